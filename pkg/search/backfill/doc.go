// Package backfill brings a table's items into the search indexes without the stream: the whole table by parallel scans,
// an export of it in S3 or in a folder, or the items of listed keys.
//
// It answers for completeness, and search.Outlet.Fill for correctness. Every item that was in the source when the
// backfill began, and has not been changed since, has been given to Fill when Run.Do returns nil: a page counts as done
// only after Fill has taken it, and the State that says so is kept before the next page of its lane is read. So a crash
// costs the pages in flight, which are read again, and Fill takes a page any number of times. What is written to the table
// meanwhile reaches the indexes by the stream.
//
// A source is read in lanes (a segment of the table, a file of the export), each in its own order, several at a time. At
// most one page for each Filler is in memory.
//
// The path of one item: world.go plans, scan.go (or export.go, keys.go) reads it, run.go gives it to search.Outlet.Fill,
// progress.go notes its page, and state.go is what is kept of that.
//
// Errors: ErrOther for a State of another backfill, ErrExport for an export that cannot be used, ErrIncomplete for a run
// that ended before its source did; all else is an error of the services, after it was tried again for a while.
package backfill
