package verify

import (
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
