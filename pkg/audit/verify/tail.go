package verify

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// Table is the table that the log is of.
type Table interface {
	// Items yields the items as consistent reads find them. An error is the last.
	Items(ctx context.Context) iter.Seq2[Item, error]
}

// Item is an item of the table: its primary key, and all of it, in canonical form as lines have them.
type Item struct{ Keys, Image []byte }

// inTable stands for the table where findings name an object.
const inTable = "(table)"

// lag is how far a change's time, which is approximate, and a read of the table may be apart for either to be first.
const lag = 10 * time.Minute

// readTable brings the items of the table into the ledger, before the log is listed: a change that was read is in the log
// by then, or on its way.
func (v *verification) readTable(ctx context.Context) error {
	if v.Table == nil {
		return nil
	}
	v.ledger.tableRead = v.Now.Add(-lag)
	key, err := v.ledger.names.add(inTable)
	if err != nil {
		return err
	}
	c := collector{ledger: v.ledger, place: place{seg: key}}
	for one, err := range v.Table.Items(ctx) {
		if err != nil {
			return fmt.Errorf("read the table: %w", err)
		}
		s := state{item: v.ledger.printer.of(one.Keys), kind: ofTable, place: c.place}
		sum, name := sha256.Sum256(one.Image), audit.HashItem(one.Keys)
		copy(s.now[:], sum[:])
		copy(s.old[:], name[:])
		if c.states = s.append(c.states); len(c.states) >= batch {
			if err := c.flush(); err != nil {
				return err
			}
		}
	}
	return c.flush()
}

// tail is what an item's lines leave: the table must hold the last state, or one of those around the time of its read.
type tail struct {
	settled [16]byte
	known   bool       // settled is one
	recent  [][16]byte // after it
	table   state      // as the table has it, if
	there   bool       // it does
}

// maxRecent bounds what is kept of an item that changes many times a second: the oldest go.
const maxRecent = 4096

func (t *tail) add(s *state) {
	if s.recent == 0 {
		t.settled, t.known, t.recent = s.now, true, t.recent[:0]
		return
	}
	if !t.known && len(t.recent) == 0 { // what was before the first line
		t.settled, t.known = s.old, true
	}
	if t.recent = append(t.recent, s.now); len(t.recent) == maxRecent {
		t.settled, t.recent = t.recent[0], slices.Delete(t.recent, 0, maxRecent/2)
	}
}

// compareTable compares the item in the table with what the log says of it.
func (it *item) compareTable() error {
	if it.Table == nil || it.ranged() {
		return nil
	}
	t := &it.tail
	image := none
	if t.there {
		image = t.table.now
	}
	is := func(b state) bool { return b.now == image }
	if t.known && t.settled == image || slices.Contains(t.recent, image) || !t.known && slices.ContainsFunc(it.baselines, is) {
		return nil
	}
	const ahead = "; if that was changed just now, its line is on its way: verify again in some minutes"
	switch {
	case !t.there && it.begun:
		return it.find(TableDiffers, it.last.place, nil, "the table has no such item, and its last line is no removal"+ahead)
	case !t.there:
		return it.find(TableDiffers, it.baselines[0].place, nil, "the table has no such item, and the log has no removal of it"+ahead)
	case it.begun:
		return it.find(TableDiffers, it.last.place, nil, "the table has another state of the item than its last line"+ahead)
	}
	return it.find(TableDiffers, t.table.place, nil,
		fmt.Sprintf("the log has no line of the item whose keys hash to %x%s", t.table.old[:8], ahead))
}
