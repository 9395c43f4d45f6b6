// Package auditlog generates audit logs for tests and benchmarks: segments, digests, signatures, key indexes and late
// notes as docs/audit-format.md has them, without any engine. A log is a function of its Config: the same seed gives the
// same bytes. What it generates is free of faults; whoever wants one puts it in. Only tests use it.
//
// Time in the log is simulated: changes are spread evenly over Config.Span, and a digest is made every 15 minutes.
package auditlog

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// Config says what is in the log. Zero fields have the defaults that their comments name, else none of it.
type Config struct {
	Seed         uint64
	Log          string        // "shop-test"
	Items        int           // how many items there are; 10
	Changes      int           // how many changes they have; 100
	Span         time.Duration // from the first change to the last; 3 hours
	SegmentLines int           // lines in a segment; 20
	LineBytes    int           // lines are padded to about this length; they have about 600 bytes at least
	Duplicates   int           // after every so many segments, the half of one comes again, by another model
	Late         int           // every so many segments one is written 30 hours late
	Adopted      int           // so many items are older than the log: they have baseline lines and no insert
	Raw          int           // every so many changes one is a record that did not decode
	Streams      int           // how many streams the table had, one after the other; 1
	Rotate       int           // every so many digests the key changes
	Pause        time.Duration // after the middle change nothing happens for so long
}

// Start is when the log begins.
var Start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// Bucket takes the objects, from several goroutines at once.
type Bucket interface {
	Put(key string, body []byte) error
}

// Log is what was generated.
type Log struct {
	Name                     string
	Lines, Segments, Digests int64             // lines as they stand, duplicates included
	Changes                  int64             // after dedupe, baseline lines not included
	Keys                     []audit.PublicKey // in the order in which they signed
	Anchors                  []audit.Anchor    // of every digest
	End                      time.Time         // of the last digest
}

// Write generates a log.
func Write(c Config, bucket Bucket) (Log, error) {
	c.Log, c.Items, c.Changes = cmp.Or(c.Log, "shop-test"), cmp.Or(c.Items, 10), cmp.Or(c.Changes, 100)
	c.Span, c.SegmentLines, c.Streams = cmp.Or(c.Span, 3*time.Hour), cmp.Or(c.SegmentLines, 20), cmp.Or(c.Streams, 1)
	p := newPress(bucket)
	w := &writer{
		Config: c, random: rand.New(rand.NewPCG(c.Seed, 1)), press: p,
		digests: digests{config: c, bucket: bucket, press: p}, log: Log{Name: c.Log},
		items: newItems(c),
	}
	err := w.write()
	if closed := p.close(); err == nil {
		err = closed
	}
	w.log.Segments, w.log.Digests = p.segments, int64(len(w.digests.anchors))
	w.log.Keys, w.log.Anchors = w.digests.keys, w.digests.anchors
	if n := len(w.log.Anchors); n > 0 {
		w.log.End = w.log.Anchors[n-1].At
	}
	return w.log, err
}

// writer makes the lines in the order of time.
type writer struct {
	Config
	random  *rand.Rand
	items   *items
	press   *press
	digests digests
	log     Log

	open   segment // being filled
	cut    int     // segments so far
	sealed time.Time
}

// segment is one that is being filled.
type segment struct {
	stream      string
	hour        time.Time
	first, last string // sequences
	text        []byte
	lines       int
	half        int    // where the line in its middle begins
	rest        []made // the lines from that one on
	tally       audit.Tally
	items       map[audit.ItemHash]struct{}
}

// made is what is known of a line beside its text.
type made struct {
	sequence, op string
	item         audit.ItemHash
}

func (w *writer) write() error {
	w.sealed = Start
	if err := w.baseline(); err != nil {
		return err
	}
	for n := range w.Changes {
		at := w.at(n)
		for !at.Before(w.sealed.Add(interval)) {
			if err := w.seal(); err != nil {
				return err
			}
		}
		w.change(n, at)
	}
	w.flush()
	for range 2 {
		if err := w.seal(); err != nil {
			return err
		}
	}
	for w.digests.waiting() {
		if err := w.seal(); err != nil {
			return err
		}
	}
	return nil
}

const interval = 15 * time.Minute

func (w *writer) at(n int) time.Time {
	at := Start.Add(time.Duration(float64(w.Span) * float64(n) / float64(w.Changes)))
	if n > w.Changes/2 {
		at = at.Add(w.Pause)
	}
	return at.Truncate(time.Second)
}

// change adds the line of the n-th change.
func (w *writer) change(n int, at time.Time) {
	label := n * w.Streams / w.Changes
	stream := fmt.Sprintf("arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-11-%02dT00:00:00.000", label+1)
	hour := at.Truncate(time.Hour)
	if w.open.lines >= w.SegmentLines || !w.open.hour.Equal(hour) || w.open.stream != stream {
		w.flush()
		w.open = segment{stream: stream, hour: hour, items: map[audit.ItemHash]struct{}{}}
	}
	item := w.random.IntN(w.Items)
	l := line{at: at, sequence: fmt.Sprintf("%021d", n+1), stream: stream, id: n + 1, model: "0123456789abcdef"}
	if w.Raw > 0 && n%w.Raw == w.Raw-1 {
		w.add(l.raw(), made{l.sequence, "raw", audit.NoItem})
	} else {
		text, op, hash := w.items.next(item, l, w.random.IntN(10) == 0)
		w.add(text, made{l.sequence, op, hash})
	}
	w.log.Changes++
}

// add puts a line into the open segment.
func (w *writer) add(text []byte, m made) {
	s := &w.open
	if s.lines == 0 {
		s.first = m.sequence
		s.text = make([]byte, 0, (len(text)+64)*w.SegmentLines)
	}
	if s.lines == w.SegmentLines/2 {
		s.half = len(s.text)
	}
	if s.half > 0 {
		s.rest = append(s.rest, m)
	}
	s.last, s.text, s.lines = m.sequence, append(s.text, text...), s.lines+1
	s.items[m.item] = struct{}{}
	count(&s.tally, m.op)
}

// flush hands the open segment over, and some of it twice.
func (w *writer) flush() {
	if w.open.lines == 0 {
		return
	}
	w.cut++
	late := w.Late > 0 && w.cut%w.Late == 0
	w.hand(w.open, late)
	if w.Duplicates > 0 && w.cut%w.Duplicates == 0 && w.open.half > 0 {
		w.hand(w.open.again(), false)
	}
	w.open = segment{}
}

func (w *writer) hand(s segment, late bool) {
	w.log.Lines += int64(s.lines)
	w.digests.add(w.press.segment(w.Log, s), s.hour, late)
}

func (w *writer) seal() error {
	w.flush()
	w.sealed = w.sealed.Add(interval)
	return w.digests.seal(w.sealed)
}
