// Package clients holds tests in which AWS's own clients, the aws CLI and boto3, work with a running local pipeline by
// what its target file dev.json says, as people and their scripts do: table, event bus and buckets.
//
// pipeline_test.go brings the pipeline up; clients_test.go runs testdata/drive.py, which is the story of one
// order told by boto3, and then a table of commands of the aws CLI.
package clients
