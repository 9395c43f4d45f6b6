// Package events is for those who subscribe to Outflow's events. It needs the standard library alone.
//
// Handle is the way in for a Lambda function: it takes apart whatever the function was invoked with (an event itself, or
// a batch of SQS or SNS messages around it, also SNS inside SQS) and gives each event to a handler. Parse reads one event
// that came by another way, Decode its detail into a type, such as those that outflow generate writes, and Fetch the
// detail of an event that was too large for the bus.
//
// Events come at least once, in any order. Deduper passes an event on once; use it for facts ("an order was placed": send
// a mail). Latest passes an event on only if no later one of its item and name was; use it for state ("the order is now
// so": keep a copy). They need different memories: one change may announce two events with one version, and an older fact
// is still one. Both keep what they know in a Store: Memory is one, package dynamodbstore another.
//
// What they promise, in the face of crashes and of a store that fails: the handler is called for every event at least once
// (for Latest: unless a later one's call succeeded), never twice at one time, and not again after a call that succeeded
// and was noted. A crash between the handler's effect and the note is one more call: only a handler that notes the id or
// version in its own database, in the transaction of its effect, can exclude that.
//
// ToCloudEvent and CloudEvent.Event translate to CloudEvents 1.0 and back without loss.
package events
