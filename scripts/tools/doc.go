// Package tools is a module of its own, so that the linter's dependencies stay out of the product's go.mod.
package tools
