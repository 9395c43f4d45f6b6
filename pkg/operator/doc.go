// Package operator is what the operator function does: work on a deployment that takes longer than one invocation, or
// that only a function inside the VPC can reach. It is invoked by the CLI, again and again, or by a schedule.
//
// A request is JSON: {"job": "backfill" | "purge" | "parked-retry", options of the job, "cursor": that of the last answer}.
// A scheduled event of EventBridge, which names no job, is a purge. The function works until shortly before its deadline
// and answers {"done", "cursor", "counts", ...}; whoever invoked it does so again with the cursor until it is done. A
// cursor holds keys of items as it must, but no items. An invocation that fails or is cut off has done no harm: it is made
// again with the cursor that it was given.
package operator
