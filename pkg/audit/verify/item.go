package verify

import (
	"bytes"
	"slices"
)

// mayBeRaw says whether a record that did not decode may be between two versions, or have any.
func (l *ledger) mayBeRaw(after, before version) bool {
	if len(l.raw) > 0 && l.raw[0] == (version{}) {
		return true
	}
	i, _ := slices.BinarySearchFunc(l.raw, after, l.labels.compareVersions)
	return i < len(l.raw) && l.labels.compareVersions(l.raw[i], before) <= 0
}

// item is one that is being judged: its states come in order.
type item struct {
	*verification
	of        fingerprint
	baselines []state // of different images
	met       []bool  // whether each was a state of it
	last      state   // change, if any
	begun     bool    // it has a last
	tail      tail
}

// judgeStates follows the states of each item.
func (v *verification) judgeStates() error {
	it := &item{verification: v}
	for text, err := range v.ledger.states.all() {
		if err != nil {
			return err
		}
		s := readState(text)
		if v.report.Items == 0 || s.item != it.of {
			if err := it.end(); err != nil {
				return err
			}
			*it = item{verification: v, of: s.item, baselines: it.baselines[:0], met: it.met[:0], tail: tail{recent: it.tail.recent[:0]}}
			v.report.Items++
		}
		if err := it.add(&s); err != nil {
			return err
		}
	}
	return it.end()
}

func (it *item) add(s *state) error {
	switch {
	case s.kind == ofBaseline:
		if !slices.ContainsFunc(it.baselines, func(b state) bool { return b.now == s.now }) {
			it.baselines, it.met = append(it.baselines, *s), append(it.met, false)
		}
		return nil
	case s.kind == ofTable:
		it.tail.table, it.tail.there = *s, true
		return nil
	case it.begun && it.last.v == s.v && it.last.record == s.record:
		return nil // the same record again
	}
	if err := it.follow(s); err != nil {
		return err
	}
	it.meet(s.now)
	it.tail.add(s)
	it.last, it.begun = *s, true
	return nil
}

// meet notes that the item had a state.
func (it *item) meet(image [16]byte) {
	for i := range it.baselines {
		if it.baselines[i].now == image {
			it.met[i] = true
		}
	}
}

// none is the hash of no image.
var none [16]byte

// follow compares a change with the one before it.
func (it *item) follow(s *state) error {
	if !it.begun {
		known := s.old == none || it.ranged() ||
			slices.ContainsFunc(it.baselines, func(b state) bool { return b.now == s.old })
		it.meet(s.old)
		if known {
			return nil
		}
		return it.find(StartUnproven, s.place, nil, "the item's first line is no insertion, and no baseline has its old image")
	}
	if bytes.Equal(it.last.now[:], s.old[:]) {
		return nil
	}
	if len(it.report.Unread) > 0 {
		return it.find(ChainUnproven, s.place, &it.last.place,
			"its old image is not the new image before it; an object that could not be read may hold what is between")
	}
	if it.ledger.mayBeRaw(it.last.v, s.v) {
		return it.find(ChainUnproven, s.place, &it.last.place,
			"its old image is not the new image before it; a record that did not decode may be what is between")
	}
	return it.find(ChainBroken, s.place, &it.last.place,
		"its old image is not the new image of the item's line before it: something is missing between them")
}

// end judges the baselines of an item. One without lines has the states of its baselines, which must be one.
func (it *item) end() error {
	if it.of == (fingerprint{}) || it.ranged() {
		return nil
	}
	if err := it.compareTable(); err != nil {
		return err
	}
	for i := range it.baselines {
		b := &it.baselines[i]
		if it.met[i] || !it.begun && i == 0 {
			continue
		}
		class, detail := BaselineDiffers, "no line of the item has this state"
		switch {
		case b.recent == 1:
			class, detail = BaselineOpen, "no line of the item has this state yet: the change that made it may be to come"
		case len(it.report.Unread) > 0:
			class, detail = BaselineOpen, "no line of the item that could be read has this state"
		}
		if err := it.find(class, b.place, nil, detail); err != nil {
			return err
		}
	}
	return nil
}
