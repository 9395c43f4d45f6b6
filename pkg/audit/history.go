package audit

import (
	"context"
	"errors"
	"time"
)

// ItemQuery asks for one item.
type ItemQuery struct {
	Key []byte    // as ParseKey makes it
	Now time.Time // hours up to now are looked at for segments that no digest lists yet
}

// History is all that the log holds of one item.
type History struct {
	Lines  []Line     // each record once, in order of versions
	Links  []Standing // how each line goes with the one before; as long as Lines
	Faults []error    // objects that could not be read, records whose lines differ
	Looked Searched
}

// Searched says where a history was looked for.
type Searched struct {
	Digests  int64    `json:"digests"`  // whose key indexes were asked; 0 where there is none, and all segments were read
	Segments int      `json:"segments"` // read
	Unsealed int      `json:"unsealed"` // of these, not listed by a digest yet
	Scanned  []string `json:"scanned"`  // why more was read than the key indexes say, empty if it was not
	Lines    int      `json:"lines"`    // of the item
	Repeated int      `json:"repeated"` // of these, lines of records that were there already
	Nameless int      `json:"nameless"` // lines that name no item, so that they may be of this one
}

// History reads the changes of an item. The digests' key indexes say which segments hold some; what no digest lists
// yet is read whole, and so is all that a digest lists whose key index is gone or not to be read, and all of a log with a
// digest that was altered (Searched.Scanned). It compares each segment with the hash that its digest has of it, but
// does not verify signatures: that is verify's part, which also finds an index that was altered. The error is of a
// service that did not answer.
func (l *Log) History(ctx context.Context, q ItemQuery) (*History, error) {
	h := &History{}
	finder := newFinder(l, q, &h.Looked)
	places, err := finder.find(ctx)
	if errors.Is(err, ErrTampered) {
		h.Faults = append(h.Faults, err)
		h.Looked = Searched{Scanned: []string{"a digest cannot be trusted, and so no key index: all the log's segments were read"}}
		places, err = finder.everything(ctx)
	}
	if err != nil {
		return nil, err
	}
	found, err := l.readPlaces(ctx, places, q.Key)
	if err != nil {
		return nil, err
	}
	h.Looked.Segments = len(places)
	h.Looked.Nameless = len(found.raw)
	h.Faults = append(h.Faults, found.faults...)
	h.keep(found.lines)
	h.Links = links(h.Lines, found.raw, q.Now)
	return h, nil
}

// keep sorts the lines, and keeps each record once.
func (h *History) keep(lines []Line) {
	h.Looked.Lines = len(lines)
	sortLines(lines)
	var summary Summary
	once := &showing{summary: &summary, yield: func(line Line, err error) bool {
		if err != nil {
			h.Faults = append(h.Faults, err)
		} else {
			h.Lines = append(h.Lines, line)
		}
		return true
	}}
	for i := range lines {
		_ = once.emit(&lines[i]) // the yield above never stops it
	}
	h.Looked.Repeated = summary.Repeated
}
