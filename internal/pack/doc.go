// Package pack makes what Terraform deploys of a model: model.json, a zip of each function with that model inside, a
// bill of materials and checksums.
//
// A package is a function of the model, the functions' binaries and the Go version that outflow itself was built with
// (which compresses): the same give the same bytes, whenever and wherever. Binaries are a function of the source and the
// Go version: they are built without paths, times and version control.
//
// The way of a package: binaries beside outflow are read (function.go), or built from a checkout (source.go) and read;
// package.go puts the files together, with zip.go and bill.go.
package pack
