// Package terraform holds the Terraform module's files, so that outflow init can give a project the module of its own
// release.
package terraform

import "embed"

// Module has the root module's files and those of the modules below it: no tests, examples or documentation.
//
//go:embed *.tf modules
var Module embed.FS
