// Package search turns changes into OpenSearch documents whose versions never fall.
//
// The reading path: a Projector makes Operations from a change, by the definition of one index; Fold puts the
// operations of a batch together, one Action per document; AppendBulk writes the actions as a _bulk body whose
// stored script (Script) applies each part's operation only where its version is newer than that part's.
// Document is the same rule in Go, for previews, for tests, and as the oracle that the script is held against.
//
// Everything in this package so far is pure: no client, no clock, no I/O.
package search
