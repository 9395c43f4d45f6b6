// Package engines holds what says which engines a developer's machine runs and where they come from: Maven
// coordinates, a Go module with the tool line for versitygw, checksums, and a compose file. Package
// pkg/local/engine acts on them; they are embedded here so that the CLI needs no checkout.
package engines

import _ "embed" // for the files below

// A folder with a go.mod cannot be embedded, so the module's two files are copied beside it.
//
//go:generate cp versitygw/go.mod versitygw.mod
//go:generate cp versitygw/go.sum versitygw.sum

// Pom is the Maven project that copies DynamoDB Local (execution dynamodb) and OpenSearch (execution opensearch)
// into the folder given as outflow.to.
//
//go:embed pom.xml
var Pom string

// Checksums has a line "SHA-256  file name" for every file that Pom brings; lines that begin with # are comments.
//
//go:embed checksums.txt
var Checksums string

// VersitygwMod and VersitygwSum are the go.mod and go.sum with which versitygw is built.
//
//go:embed versitygw.mod
var VersitygwMod string

// VersitygwSum is documented with VersitygwMod.
//
//go:embed versitygw.sum
var VersitygwSum string

// Compose starts all three engines with Docker.
//
//go:embed compose.yaml
var Compose string
