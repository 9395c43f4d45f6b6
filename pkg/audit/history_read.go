package audit

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ofItem is what segments hold of an item.
type ofItem struct {
	lines  []Line
	raw    []string // versions of lines that name no item
	faults []error
}

// readPlaces reads segments beside each other. A segment that cannot be used is a fault; a service that does not answer
// is the error.
func (l *Log) readPlaces(ctx context.Context, places []place, item []byte) (ofItem, error) {
	each := make([]ofItem, len(places))
	err := parallel(ctx, len(places), func(i int) error {
		body, err := readObject(ctx, l.Client, l.Bucket, places[i].key)
		if code(err) == "NoSuchKey" {
			each[i].faults = []error{fmt.Errorf("%w: %s: it is gone, and a digest lists it", ErrSegment, places[i].key)}
			return nil
		}
		if err != nil {
			return err
		}
		if each[i], err = places[i].read(body, item); err != nil {
			each[i] = ofItem{faults: []error{fmt.Errorf("%w: %s: %w", ErrSegment, places[i].key, err)}}
		}
		return nil
	})
	var all ofItem
	for i := range each {
		all.lines = append(all.lines, each[i].lines...)
		all.raw = append(all.raw, each[i].raw...)
		all.faults = append(all.faults, each[i].faults...)
	}
	return all, err
}

// read reads only the lines of the item, and those that name none: lines are canonical, so that the text of their keys
// is in them.
func (p place) read(body, item []byte) (found ofItem, err error) {
	if p.sha256 != "" && hashOf(body) != p.sha256 {
		return found, errors.New("its bytes are not those that its digest sealed")
	}
	text, err := gunzip(body)
	if err != nil {
		return found, err
	}
	if name, is := strings.CutSuffix(p.key, segmentSuffix); !is || !strings.HasSuffix(name, "-"+linesHash(text)) {
		return found, errors.New("the hash in its key is not that of its lines")
	}
	number := 0
	for one := range bytes.Lines(text) {
		number++
		if !bytes.Contains(one, item) && !bytes.Contains(one, []byte(`,"keys":null,`)) {
			continue
		}
		line, err := readLine(bytes.Clone(bytes.TrimSuffix(one, []byte("\n"))))
		if err != nil {
			return found, fmt.Errorf("line %d: %w", number, err)
		}
		line.segment = p.key
		switch {
		case line.IsRaw():
			found.raw = append(found.raw, line.version)
		case bytes.Equal(line.Keys, item):
			found.lines = append(found.lines, line)
		}
	}
	return found, nil
}

// sortLines sorts lines by version, and those of one version by segment.
func sortLines(lines []Line) {
	slices.SortStableFunc(lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.version, b.version), cmp.Compare(a.segment, b.segment))
	})
}
