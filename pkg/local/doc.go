// Package local runs the whole pipeline on one machine: real engines (package engine), the real function binaries
// under a Lambda runtime host (package lambda), an event bus (package bus), and the event source mapping of package
// mapping, which a Driver feeds from DynamoDB Local's stream. Where that engine leaves expired items alone, a TTLSweeper
// does what the service does. Package console shows how all of that is.
//
// The path through the files: pipeline.go brings everything up and down; services.go has the engines' clients, the
// buckets and the bus, function.go the consumer and its mapping. The Driver is driver.go with driver_jobs.go, what it is
// asked to do, and driver_state.go, what it tells. status.go gathers what the console shows, and Meter the metrics that
// the consumer logs.
package local
