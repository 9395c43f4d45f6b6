// Package bus is EventBridge on this machine: buses, rules and targets behind the service's own JSON protocol, so that
// the AWS SDKs and CLI work against its address unchanged.
//
// PutEvents answers after the accepted events are appended, whole and as a subscriber gets them, to events.ndjson; what
// cannot be written is refused, so an acknowledged event is never missing there. Delivery to the targets of the rules
// that match comes after that: at least once, unordered, retried with backoff until the target's retry policy is
// exhausted, then written to a dead-letter file. Rules, targets and buses survive a restart.
//
// A target's Arn is an http or https URL (the local stand-in for an API destination), the ARN of a Lambda function
// that the bus was given, or the ARN of an SQS queue, which is the file queues/<name>.ndjson.
//
// What differs from the service: deliveries that were pending when the process was killed are not made (the events
// are in events.ndjson); nothing is synced to the disk, so a power failure may take what the system had not written.
// What is pending at Close, or when a target is removed, goes to the dead-letter file; so does, without a queue in its
// DeadLetterConfig, what the service would drop, and an event that has nothing at its target's InputPath. An entry for
// a bus that does not exist is refused. Schedules, archives, permissions, tags and whatever else this bus does not do
// are refused by name rather than passed over.
//
// Names, limits, error codes and what most messages say are the service's, so that clients meet their own exceptions.
package bus
