package demo

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// print shows the change as its three readers see it, each with the time that it took to get there.
func (s *seen) print(out io.Writer) error {
	document, event := row("document", 0, "none: this change has none for readers"), row("event", 0, "none: the model asks for none")
	if s.index != "" {
		text, err := documentView(s.id, s.document)
		if err != nil {
			return err
		}
		document = row("document", s.documentAfter, text)
	}
	if s.event != "" {
		text, err := eventView(s.events[len(s.events)-1])
		if err != nil {
			return err
		}
		event = row("event", s.eventAfter, text)
	}
	line, err := auditView(&s.lines[len(s.lines)-1])
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n%s\n%s\n", document, event, row("audit", s.lineAfter, line))
	return err
}

// row is one reader's line; a zero time is that of nothing to wait for.
func row(reader string, after time.Duration, text string) string {
	took := "       -"
	if after > 0 {
		took = fmt.Sprintf("%5d ms", after.Milliseconds())
	}
	return cut(fmt.Sprintf("%s  %-8s  %s", took, reader, text))
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
	t.byCause[cause(&s.lines[len(s.lines)-1])]++
}

func cause(line *audit.Line) string { return line.Op + " by " + line.Cause }

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
