// Package parked keeps the records that an outlet could not take, lists them, and retries them.
//
// There are two kinds, both in the failures bucket and both written once:
//
//	parked/<outlet>/<label>/<seq>-<event id>.json   a record that the consumer parked: consume.Parked
//	aws/lambda/<mapping>/<shard>/YYYY/MM/DD/...     a batch that the event source mapping gave up: Lambda's invocation
//	                                                record, with the whole event in payload
//
// What became of a retry is an object of its own beside the one that was retried, so that none is ever changed, and two
// retries at once do not overwrite each other's:
//
//	<key>.outcomes/<UTC time>-<random>-<resolved|open>.json
//
// The state is in the name, so that a listing alone tells what is open: all that has no outcome "resolved". A lifecycle
// rule must not expire records under parked/ or aws/lambda/: what is open has nowhere else to be.
//
// A retry gives records to outlets as the consumer does. Outlets take records any number of times and in any order
// (documents are guarded by versions, events have stable ids, segments are written once), so a retry that breaks off,
// or whose outcome could not be written, is simply made again.
package parked
