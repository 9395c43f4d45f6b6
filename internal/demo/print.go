package demo

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// print shows the change as its three readers see it.
func (s *seen) print(out io.Writer) error {
	line := s.lines[len(s.lines)-1]
	document, event := "none: no document is named for readers by this change", "none asked for by the model"
	switch {
	case s.index != "" && s.document == nil:
		document = fmt.Sprintf("%5d ms  %s: no longer found", s.documentAfter.Milliseconds(), s.id)
	case s.index != "":
		document = fmt.Sprintf("%5d ms  %s", s.documentAfter.Milliseconds(), s.document)
	}
	if s.event != "" {
		event = fmt.Sprintf("%5d ms  %s", s.eventAfter.Milliseconds(), s.events[len(s.events)-1])
	}
	_, err := fmt.Fprintf(out, "   document  %s\n   event     %s\n   audit     %5d ms  %s\n",
		document, event, s.lineAfter.Milliseconds(), line.Text)
	return err
}

// totals are the figures of all steps.
type totals struct {
	changes                  int
	documents, events, lines []time.Duration
	byCause                  map[string]int
}

func (t *totals) add(s seen) {
	t.changes++
	if s.index != "" {
		t.documents = append(t.documents, s.documentAfter)
	}
	if s.event != "" {
		t.events = append(t.events, s.eventAfter)
	}
	t.lines = append(t.lines, s.lineAfter)
	if t.byCause == nil {
		t.byCause = map[string]int{}
	}
	t.byCause[cause(s.lines[len(s.lines)-1].Text)]++
}

func cause(line []byte) string {
	var l struct{ Op, Cause string }
	if json.Unmarshal(bytes.TrimSpace(line), &l) != nil {
		return "unreadable"
	}
	return l.Op + " by " + l.Cause
}

func (t *totals) print(out io.Writer) error {
	_, err := fmt.Fprintf(out, "\n%-22s %7s %12s %12s\n", "of the changes", "seen", "median ms", "slowest ms")
	for _, row := range []struct {
		name string
		took []time.Duration
	}{{"documents searchable", t.documents}, {"events received", t.events}, {"audit lines readable", t.lines}} {
		slices.Sort(row.took)
		n := len(row.took)
		if n == 0 || err != nil {
			continue
		}
		_, err = fmt.Fprintf(out, "%-22s %7d %12d %12d\n", row.name, n, row.took[n/2].Milliseconds(), row.took[n-1].Milliseconds())
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d changes; %v\n", t.changes, cmp.Or(fmt.Sprint(t.byCause), "none"))
	return err
}
