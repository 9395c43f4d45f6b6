package search

import (
	"maps"
	"strings"
	"time"
)

// Document is one document as an index keeps it, and the guard's rule in Go: what Script does inside OpenSearch.
// The zero Document is one that does not exist.
type Document struct {
	Entity string
	Parts  map[string]Part // by Root and "<list>/<part id>", tombstones too

	version, model string    // of the newest operation that took effect
	at             time.Time // likewise
}

// Part is the newest known state of one part.
type Part struct {
	Version string // of the newest change that is known to be in it; "" for a read state that met none
	Deleted bool
	Dropped []string
	Read    bool      // the state was read from the table: see DESIGN.md
	At      time.Time // of a tombstone: of its change; of a read state: when it was read; zero for the others
	Before  time.Time // of a read state: when the one before it, which was another, was read; zero for none
	Tenant  string    // of the root
	Body    []byte    // nil for a tombstone
}

// MaxParts is how many parts of one document can be live. Each operation on a document rewrites all of them.
const MaxParts = 1000

// settleTime is how much later than a read a change must be, by its creation time, to be certainly newer than it, and
// how much earlier to be certainly in it: creation times are approximate, and clocks differ.
const settleTime = 10 * time.Minute

// Apply lets each operation take effect if its version is newer than its part's, and says whether any did.
// Applying is idempotent, and the order of operations makes no difference to where it ends.
func (d *Document) Apply(ops ...Operation) bool {
	applied := false
	for i := range ops {
		op := &ops[i]
		if part, known := d.Parts[op.Part]; known && op.Version <= part.Version {
			continue
		}
		part := Part{Version: op.Version, Deleted: op.Deleted, Dropped: op.Dropped, Tenant: op.Tenant, Body: op.Body}
		if op.Deleted {
			part.At = op.At
		}
		d.put(op, part)
		applied = true
	}
	return applied
}

// put makes part the state of the operation's part.
func (d *Document) put(op *Operation, part Part) {
	if d.Parts == nil {
		d.Entity, d.Parts = op.Entity, map[string]Part{}
		d.version, d.at, d.model = part.Version, op.At, op.Model
	}
	d.Parts[op.Part] = part
	if part.Version > d.version || part.Read && part.Version == d.version {
		d.version, d.at, d.model = part.Version, op.At, op.Model
	}
}

// Open says whether one of the operations that would take effect is open: it is old, or its part is a read state that may
// have it in it. Then none of them may be applied together with it, and the items are to be read.
func (d *Document) Open(ops ...Operation) bool {
	for i := range ops {
		part, known := d.Parts[ops[i].Part]
		if known && ops[i].Version <= part.Version {
			continue
		}
		if part.mayHave(&ops[i]) || (known || !ops[i].Deleted) && ops[i].Old {
			return true
		}
	}
	return false
}

// mayHave says that the part is a read state and the operation is not certainly newer.
func (p *Part) mayHave(op *Operation) bool {
	return p.Read && op.At.UnixMilli() <= p.At.Add(settleTime).UnixMilli()
}

// isOld says that what undid the operation may have been forgotten: the index did not see it, or its tombstone was purged.
func isOld(op *Operation, floor, now time.Time) bool {
	at := op.At.UnixMilli()
	return !floor.IsZero() && (at < floor.UnixMilli() || at < now.Add(day-Horizon).UnixMilli())
}

// Crowded says whether the operations together would leave more live parts than there may be, and than there are.
func (d *Document) Crowded(ops ...Operation) bool {
	before := d.live()
	if before+len(ops) <= MaxParts {
		return false
	}
	after := *d
	after.Parts = maps.Clone(d.Parts)
	after.Apply(ops...)
	return after.isCrowded(before)
}

func (d *Document) isCrowded(before int) bool {
	live := d.live()
	return live > MaxParts && live > before
}

// live is the number of live parts beside the root.
func (d *Document) live() int {
	n := 0
	for id, part := range d.Parts {
		if id != Root && !part.Deleted {
			n++
		}
	}
	return n
}

// Visible says whether readers see the document: its root is there.
func (d *Document) Visible() bool {
	root, known := d.Parts[Root]
	return known && !root.Deleted
}

// Version is the highest version that any part has had: it never falls.
func (d *Document) Version() string { return d.version }

// clone is a copy that operations can be tried on.
func (d *Document) clone() Document {
	copied := *d
	copied.Parts = maps.Clone(d.Parts)
	return copied
}

// listOf is the list that a part's id names; "" for the root.
func listOf(part string) string {
	list, _, isPart := strings.Cut(part, "/")
	if !isPart {
		return ""
	}
	return list
}
