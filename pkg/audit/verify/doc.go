// Package verify checks an audit log: a copy in a folder, or a bucket in place. It needs no more than the log's objects
// and the public key that the reader brings, and does what docs/audit-format.md says in section 9, whose classes its
// findings have.
//
// Verify is the way in. The path of a log: inventory.go lists what is there; digests.go follows the chain of digests,
// with signature.go for the keys in force; segment.go reads each segment that a digest lists, unpack.go its gzip, and
// line.go, line_check.go and canonical.go its lines; leftover.go looks at what no digest lists; collect.go keeps what
// lines say of items and records, and judge.go and item.go judge it, with tail.go for the table and end.go for the
// log's end.
//
// Memory is bounded, whatever the size of the log: what a line says of its item and its record is two small records of
// fixed size (record.go), which are sorted on disk (sorter.go, merge.go). What grows with the log are 40 bytes a segment
// and 22 a raw line.
//
// A finding never holds item data: it names objects and lines.
package verify
