// Package tools is a module of its own, so that what checks the Terraform modules stays out of the product's go.mod.
package tools
