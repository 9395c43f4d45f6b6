// Package replay announces again what the audit log has recorded: the same events, with the same ids, in the order of the
// changes, but for metadata.replayed, which is true.
//
// An event's id is a function of the stream record, its name and its schema, and the log has all of the record that
// matters. So whoever deduplicates by id, as far back as the replay reaches, takes a replayed event for the one that it
// is. What an event says is what today's model makes of the change: Counts.Other is how many changes were recorded under
// another.
//
// Replay.Run reads the log once, from its beginning to a fixed end; a State says how far it has come, so that another
// process can go on after the last change that is wholly sent. What was sent after the state was kept is then sent twice,
// as everything on a bus may be.
//
// The path of one line: replay.go reads it; record.go makes it the stream record that it was; publish makes and sends its
// events, through a Pace that keeps to a rate.
package replay
