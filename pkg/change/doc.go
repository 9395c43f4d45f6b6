// Package change turns an event of a DynamoDB stream, as Lambda delivers it, into Changes: who and what a record speaks
// of, when, in which order, and the item before and after in one canonical form.
//
// Decode is the way in. It reads the event once, over its bytes, and keeps all images of the event in one arena, so that
// neither a record nor an attribute costs an allocation; see arena.go. A record that cannot be decoded takes no other
// along: it becomes a Change with a Fault, with as much of its identity as could be read, so that it can be parked and
// the stream go on. Errors for a whole event are ErrEvent and ErrViewType, after which nothing of it can be used.
//
// Versions order changes: within a stream by sequence number, and the streams of one table by their labels. Versions of
// different tables or replicas do not compare.
//
// Images are compared and hashed in a canonical form (see Image.AppendCanonical): equal items, and no others, have equal
// forms, hashes and no Changed attributes, however the service spells them.
//
// The path of one record: decode.go finds it; record.go takes it apart, with attribute.go and container.go for its
// images; describe.go understands what it says of itself; states.go matches its images with the model. Where that fails,
// salvage.go reads what it can. Outlets then take values out of a State with change.go, and as the JSON of documents and
// events with project.go; evidence.go says who made the change.
//
// Changes, States, Images and Values are immutable and safe for use by several goroutines.
package change
