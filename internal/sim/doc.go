// Package sim runs the pipeline's own code (consumer, outlets, parked retry, backfill, purge, digester, and the event source
// mapping's state machine) in a simulated world that a seed decides: the table and its stream, OpenSearch, the bus,
// buckets, clocks, and what goes wrong with each of them. After every step an oracle asks whether the promises of the
// design hold.
//
// The world is one loop inside a testing/synctest bubble. Production code runs in goroutines of its own and meets the
// world only through external calls. A call waits; the loop goes on when all goroutines wait (synctest.Wait), brings
// the new calls into an order that does not depend on the scheduler, gives each a time on the virtual clock, and lets
// one at a time have its effect and its answer, or a fault. So the same seed gives the same run, step by step.
//
// The reading path: sim.go runs a seed; world.go is the loop; call.go an external call, fault.go what befalls it;
// table.go and shards.go are DynamoDB, poller.go drives the mapping, function.go is Lambda, services.go and search.go
// stand behind the clients; writers.go, jobs.go and seal.go are the workload, and surroundings.go what goes wrong by itself and
// is mended in the end; the oracle's files say what must hold; batch.go runs many seeds, and shrink.go shortens one.
package sim
