// Package audit turns changes into the lines and segments of the audit log.
//
// AppendLine makes the one canonical line of a change, whatever its entity, and of a record that did not decode;
// Cut puts the lines of a batch into write-once segments, one for each UTC hour of creation. Both are functions of
// the records and the model alone, so that a batch that comes again gives the same bytes under the same keys.
//
// Everything in this package so far is pure: no client, no clock, no I/O.
package audit
