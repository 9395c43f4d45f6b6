// Package mapping is AWS Lambda's event source mapping for DynamoDB Streams as one pure state machine: which records
// are read, how they become batches, what an answer of the function means, when a batch comes again, and when it is
// given up.
//
// A Machine has no clock, does no I/O, starts no goroutine and draws no random number. A driver tells it what
// happened (an Input, with the time) and does what it answers (Effects): list the shards, read one, invoke the
// function, store a failed batch, save a checkpoint, come back at a time. The same inputs always give the same
// effects, so the local mode and the deterministic simulation run the same code.
//
// Guarantees, for a driver that carries every effect out and reports how it ended:
//   - Every record that was read is delivered at least once, or reported: in a StoreFailure or in an Alarm.
//   - Records of one item are delivered in stream order the first time, and never two batches of one lane at once.
//   - A checkpoint is saved only when everything up to it succeeded, was filtered out, or was reported.
//   - A shard is read only when its parent is done.
//
// Batch borders mean nothing: a record may come again in another company, after a restart for one. DESIGN.md beside
// this file says where the behaviour is documented by the service and where it is this package's choice.
package mapping
