package verify

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"sync"
)

// judge says what is wrong with what all lines together say.
func (v *verification) judge() error {
	slices.SortFunc(v.ledger.raw, v.ledger.labels.compareVersions)
	var faults [2]error
	var both sync.WaitGroup
	both.Go(func() { faults[0] = v.judgeStates() })
	both.Go(func() { faults[1] = v.judgeMentions() })
	both.Wait()
	return errors.Join(faults[:]...)
}

// judgeMentions compares the lines of each record, and counts records.
func (v *verification) judgeMentions() error {
	var before mention
	records := int64(0)
	for text, err := range v.ledger.mentions.all() {
		if err != nil {
			return err
		}
		m := readMention(text)
		again := records > 0 && m.record == before.record
		if !again {
			records++
		}
		if !again && m.raw == 1 {
			if err := v.find(Raw, m.place, nil, "its record did not decode: which item it is of is not known"); err != nil {
				return err
			}
		}
		if again && m.identity != before.identity {
			if err := v.find(DuplicateDiffers, m.place, &before.place, "they are of one record, and differ in what it is"); err != nil {
				return err
			}
		}
		before = m
	}
	v.report.Records = records
	return nil
}

// find adds a finding about a line, and another beside it. Which of the two comes first does not depend on the run.
func (v *verification) find(class Class, at place, beside *place, detail string) error {
	key, err := v.ledger.names.get(at.seg)
	if err != nil {
		return err
	}
	f := Finding{Class: class, Object: key, Line: int(at.line), Detail: detail}
	if beside != nil {
		if f.Other, err = v.ledger.names.get(beside.seg); err != nil {
			return err
		}
		f.Beside = int(beside.line)
		if class == DuplicateDiffers && cmp.Or(cmp.Compare(f.Object, f.Other), cmp.Compare(f.Line, f.Beside)) < 0 {
			f.Object, f.Line, f.Other, f.Beside = f.Other, f.Beside, f.Object, f.Line
		}
	}
	v.report.add(f)
	return nil
}

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
		return it.find(StartUnproven, s.place, nil, "the item's first line is no insertion, and no baseline has its old image: what was before is not known")
	}
	if bytes.Equal(it.last.now[:], s.old[:]) {
		return nil
	}
	if it.ledger.mayBeRaw(it.last.v, s.v) {
		return it.find(ChainUnproven, s.place, &it.last.place, "its old image is not the new image before it; a record that did not decode may be what is between")
	}
	return it.find(ChainBroken, s.place, &it.last.place, "its old image is not the new image of the item's line before it: something is missing between them")
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
		if b.recent == 1 {
			class, detail = BaselineOpen, "no line of the item has this state yet: the change that made it may be to come"
		}
		if err := it.find(class, b.place, nil, detail); err != nil {
			return err
		}
	}
	return nil
}
