package search

import "time"

// ask is what is wanted of one part of a document, where the part's item may have to be read for it.
type ask struct {
	op    Operation  // of a change; without a version only the place counts, and with isNew also the state
	old   *Operation // what the index showed before the change; nil where there is no change
	item  *reading   // of the part's item
	from  int        // index of the change or item
	isNew bool       // op holds the item's state as a page has it, and the page is young enough to be believed
}

// limits are what makes an operation old.
type limits struct{ floor, now time.Time }

// step is what became of an ask.
type step int

const (
	unchanged step = iota // nothing was to be done
	changed               // the document is another
	unread                // nothing is done before the item is read
	crowded               // nothing is done: the document has its limit of live parts
)

// settle does what an ask wants, given what was read of its part, nil while nothing is. DESIGN.md has the argument.
func (d *Document) settle(a *ask, l limits, read *Operation) step {
	if a.op.Version == "" {
		return d.settleItem(a, read)
	}
	part, known := d.Parts[a.op.Part]
	old := (known || !a.op.Deleted) && isOld(&a.op, l.floor, l.now)
	switch {
	case known && a.op.Version <= part.Version:
		return unchanged
	case !old && part.mustHave(&a.op):
		return d.keep(&a.op, part.At)
	case !old && (!part.mayHave(&a.op) || part.isBeside(a)):
		return d.take(&a.op)
	case read == nil:
		return unread
	case part.Read && part.shows(read):
		return d.keep(&a.op, read.At)
	}
	return d.show(read, a.op.Version)
}

// settleItem is for an ask without a change.
func (d *Document) settleItem(a *ask, read *Operation) step {
	part, known := d.Parts[a.op.Part]
	switch {
	case read == nil && a.isNew && known && part.shows(&a.op):
		return unchanged
	case read == nil:
		return unread
	case !known && read.Deleted, known && part.shows(read):
		return unchanged
	}
	return d.show(read, part.Version)
}

// mustHave says that the part is a read state and certainly has the operation in it.
func (p *Part) mustHave(op *Operation) bool {
	return p.Read && !op.At.IsZero() && op.At.Add(settleTime).Before(p.At)
}

// isBeside says that the read state is the state just before the change or the one that it made, or as good: it shows the
// same, and all other states that were read and shown are certainly older.
func (p *Part) isBeside(a *ask) bool {
	alone := p.Before.IsZero() || a.op.At.After(p.Before.Add(settleTime))
	return p.Read && alone && (p.shows(&a.op) || a.old != nil && p.shows(a.old))
}

// take applies an operation.
func (d *Document) take(op *Operation) step {
	if d.isFullFor(op) {
		return crowded
	}
	d.Apply(*op)
	return changed
}

// keep notes that a read state has the operation in it, as it was read at that time.
func (d *Document) keep(op *Operation, at time.Time) step {
	part := d.Parts[op.Part]
	part.Version, part.At = op.Version, at
	d.put(&Operation{Part: op.Part, At: part.At, Model: d.model}, part)
	return changed
}

// show makes the part a read state.
func (d *Document) show(read *Operation, version string) step {
	if d.isFullFor(read) {
		return crowded
	}
	part := Part{
		Version: version, Deleted: read.Deleted, Dropped: read.Dropped, Read: true, At: read.At, Tenant: read.Tenant, Body: read.Body,
	}
	if before := d.Parts[read.Part]; before.Read {
		part.Before = before.At
	}
	d.put(read, part)
	return changed
}

// isFullFor says that there is no room for one more live part.
func (d *Document) isFullFor(op *Operation) bool {
	part, known := d.Parts[op.Part]
	adds := op.Part != Root && !op.Deleted && (!known || part.Deleted)
	return adds && d.live() >= MaxParts
}

// shows says whether readers would see no difference between the part and the operation's state.
func (p *Part) shows(op *Operation) bool {
	if p.Deleted || op.Deleted {
		return p.Deleted == op.Deleted
	}
	return (op.Part != Root || p.Tenant == op.Tenant) && sameJSON(p.Body, op.Body)
}
