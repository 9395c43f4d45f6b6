package search

import "time"

// Show makes a part of the document a read state, as a read of its item at the operation's time does.
func (d *Document) Show(read Operation) { d.show(&read, d.Parts[read.Part].Version) }

// Settle does what an operation of a change wants, given what the index showed before the change and what was read of the
// item since (nil: nothing). It says whether the item has to be read first.
func (d *Document) Settle(op, old Operation, read *Operation, floor, now time.Time) (needsItem bool) {
	return d.settle(&ask{op: op, old: &old}, limits{floor, now}, read) == unread
}
