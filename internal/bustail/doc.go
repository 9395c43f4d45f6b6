// Package bustail follows the events of a bus in AWS as they come, through a rule and a queue that are there for the
// session alone: EventBridge keeps no events that could be read, it only delivers them.
//
// The rule has the pattern, so that EventBridge matches; its one target is an SQS queue (encrypted, messages of at most
// five minutes), whose policy lets that rule alone send. SQS rather than a log group of CloudWatch Logs: what is read is
// gone, where a log is one more copy of what items say; nothing is left out, where a live tail of a log samples what comes
// faster than 500 lines a second and ends after three hours (CloudWatch Logs, StartLiveTail).
//
// Order: none; a standard queue delivers in any. Repeats: what EventBridge or the queue delivers twice is given out once,
// as the envelope's id tells (for the last 100,000 events). What was published twice is given out twice, as the local bus
// would show it: subscribers get both. Gaps: none that are not said, but those of the beginning: EventBridge takes a
// while until a new rule has effect.
//
// Rule and queue have one name, which says whose they are and when they were made, and are made rule first and removed
// rule last: whatever a killed session leaves behind is found by its rule, and the next session of the deployment removes
// it when it is a day old. It needs no permission to list queues for that.
//
// Errors: what ends a session is returned; what does not is said. A session that ends, however it does, takes away what
// it has made, and says how to remove what it could not.
package bustail
