// Package local runs the whole pipeline on one machine: real engines (package engine), the real function binaries
// under a Lambda runtime host (package lambda), an event bus (package bus), and the event source mapping of package
// mapping, which a Driver feeds from DynamoDB Local's stream. Where that engine leaves expired items alone, a TTLSweeper
// does what the service does.
package local
