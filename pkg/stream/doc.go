// Package stream reads a DynamoDB stream with the SDK and gives its records as the JSON that Lambda delivers.
//
// A Reader is a Lister, which lists the stream's shards, and a Source, which reads one of them on from a Position. It
// decides nothing: which shard is read when, from where and what becomes of the records is the driver's, usually an
// event source mapping. Shards are listed parents before children, and records of a shard come in its order; a driver
// that begins a child when its parent has ended sees the changes of every item in their order.
//
// Errors are those of the SDK, together with one of ErrExpired, ErrTrimmed, ErrGone and ErrThrottled where these say
// what to do next; ErrViewType refuses a stream. Whatever is none of these (network, credentials) is worth another try.
//
// The path of a record: reader.go reads it, local.go repairs it where it comes from DynamoDB Local, record.go and
// value.go write it as JSON.
package stream
