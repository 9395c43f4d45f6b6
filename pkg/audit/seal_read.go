package audit

import (
	"fmt"
	"strings"
	"time"
)

// ReadBack is a segment as a digest lists it, with what the digest counts of it.
type ReadBack struct {
	Listed
	Counts Tally
	Items  []ItemHash // of its lines, each once
}

// ReadSealed reads the stored bytes of a segment and checks all that a digest vouches for: that they are a segment with
// this key (ReadSegment), every line canonical (CheckForm) and in its hour. The error wraps ErrSegment.
func ReadSealed(key string, body []byte) (ReadBack, error) {
	text, err := gunzip(body)
	if err != nil {
		return ReadBack{}, fmt.Errorf("%w: %s: %w", ErrSegment, key, err)
	}
	lines, err := readSegment(key, text)
	if err != nil {
		return ReadBack{}, err
	}
	r := ReadBack{Listed: Listed{Bytes: int64(len(body)), Key: key, Lines: int64(len(lines)), SHA256: hashOf(body), TextSHA256: hashOf(text)}}
	if err := checkPlace(key, lines); err != nil {
		return ReadBack{}, fmt.Errorf("%w: %s: %w", ErrSegment, key, err)
	}
	seen := map[ItemHash]struct{}{}
	for i := range lines {
		if err := lines[i].CheckForm(); err != nil {
			return ReadBack{}, fmt.Errorf("%w: %s: line %d: %w", ErrSegment, key, i+1, err)
		}
		r.Counts.count(&lines[i])
		item := lines[i].Item()
		if _, known := seen[item]; !known {
			seen[item] = struct{}{}
			r.Items = append(r.Items, item)
		}
	}
	return r, nil
}

// Item is what key indexes call the line's item; NoItem for a raw line.
func (l *Line) Item() ItemHash {
	if len(l.Keys) == 0 || string(l.Keys) == "null" {
		return NoItem
	}
	return HashItem(l.Keys)
}

// checkPlace compares a segment's key with its lines: the hour, the label, the first and the last sequence.
func checkPlace(key string, lines []Line) error {
	folder := key[:strings.LastIndexByte(key, '/')+1]
	for i := range lines {
		at := time.Unix(0, 0)
		if lines[i].At != nil {
			at = *lines[i].At
		}
		if !strings.HasSuffix(folder, hourFolder(at)) {
			return fmt.Errorf("line %d is not of this hour", i+1)
		}
	}
	named, err := parseKey(folder, key)
	if err != nil {
		return err
	}
	if first, last := lines[0].version, lines[len(lines)-1].version; named.first != first || named.last != last {
		return fmt.Errorf("its key names the versions %q to %q, and its lines have %q to %q", named.first, named.last, first, last)
	}
	return nil
}

func (t *Tally) count(l *Line) {
	switch {
	case l.IsRaw():
		t.Raw++
	case l.Op == OpBaseline:
		t.Baseline++
	case l.Op == "insert":
		t.Insert++
	case l.Op == "modify":
		t.Modify++
	default:
		t.Remove++
	}
}

func (t *Tally) add(other Tally) {
	t.Baseline += other.Baseline
	t.Insert += other.Insert
	t.Modify += other.Modify
	t.Raw += other.Raw
	t.Remove += other.Remove
}
