// Package search turns changes into OpenSearch documents whose versions never fall. DESIGN.md has the argument.
//
// The reading path: a Projector makes Operations from a change, by the definition of one index; Fold puts the
// operations of a batch together, one Action per document; AppendBulk writes the actions as a _bulk body whose
// stored script (Script) applies each part's operation only where its version is newer than that part's.
// Document is the same rule in Go, for previews, for tests, and as the oracle that the script is held against.
//
// An Outlet sends them. What a change alone does not decide, since it is older than its index or meets a state that was
// read from the table, it settles by reading the item (Items). Fill and FillKeys bring in items as the table has them;
// Purge takes old tombstones out. Indexes makes indexes and keeps them right; a Reader reads as a user interface does.
//
// Errors: a change is poison, with a reason that quotes no document, or it stays pending and comes again. All writes may
// be repeated, in any order.
package search
