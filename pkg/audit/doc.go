// Package audit writes changes to the audit log, and reads it.
//
// AppendLine makes the one canonical line of a change, whatever its entity, and of a record that did not decode;
// Cut puts the lines of a batch into write-once segments, one for each UTC hour of creation. Both are pure, and functions
// of the records and the model alone, so that a batch that comes again gives the same lines under the same keys.
//
// Outlet stores segments: each is put once, with a checksum and its retention. One that is there already is read back and
// compared, since a key alone proves nothing. The log is a superset of the stream: a batch that comes again in other
// borders makes other segments with lines of equal identity, which readers take for one by their ids.
//
// Sealer makes digests: every 15 minutes it reads back the segments that no digest lists yet, and puts what it found under
// a signature, chained to the digest before. Digest, Signature, KeyIndex and Anchor are the formats of
// docs/audit-format.md, which says all that a reader needs who has not this package.
//
// Log reads it: Show yields the lines of an item or a time, each record once and in order, and says of everything that
// it could not read.
package audit
