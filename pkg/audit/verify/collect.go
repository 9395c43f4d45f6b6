package verify

import (
	"bytes"
	"sync"
	"time"
)

// ledger holds what the lines of the whole log say of items and records.
type ledger struct {
	printer  printer
	labels   *labels
	names    *names
	states   *sorter
	mentions *sorter
	recent   time.Time // baselines after this time may wait for the change that explains them

	tableRead time.Time // changes after this time may be younger than what was read of the table; zero if it was not

	mu  sync.Mutex
	raw []version // of lines whose records did not decode
}

// Bytes that the sorters hold in memory, once for each reader and once more.
const (
	statesRoom   = 12 << 20
	mentionsRoom = 6 << 20
)

func newLedger(folder string) *ledger {
	l := &ledger{printer: newPrinter(), labels: newLabels(), names: &names{folder: folder}}
	l.states = &sorter{size: stateSize, room: statesRoom, compare: l.labels.compareStates, folder: folder}
	l.mentions = &sorter{size: mentionSize, room: mentionsRoom, compare: bytes.Compare, folder: folder}
	return l
}

// collector is what one reader of segments brings into the ledger.
type collector struct {
	*ledger
	place    place
	label    []byte // the last, and its number
	labelID  uint16
	scratch  []byte
	states   []byte
	mentions []byte
}

// batch is how many bytes of records a collector brings at once.
const batch = 1 << 17

// begin is called before the lines of a segment.
func (c *collector) begin(key string) (err error) {
	c.place.seg, err = c.names.add(key)
	c.place.line = 0
	return err
}

// add takes a valid line.
func (c *collector) add(l *line, v version) error {
	c.scratch = append(append(append(append(append(append(c.scratch[:0], l.head...), l.newHash...), l.oldHash...), l.tail...), l.seq...),
		l.stream...)
	m := mention{identity: c.printer.of(c.scratch), place: c.place}
	m.record = m.identity
	if !isNull(l.id) {
		m.record = c.printer.of(l.id)
	}
	if l.raw {
		m.raw = 1
		c.addRaw(v)
	} else {
		s := state{item: c.printer.of(l.keys), kind: ofChange, v: v, record: [8]byte(m.record[:8]), now: shortHash(l.newHash),
			old: shortHash(l.oldHash), place: c.place}
		since := c.tableRead
		if string(l.op) == baselineOp {
			s.kind, since = ofBaseline, c.recent
		}
		if s.kind == ofBaseline || !since.IsZero() {
			if at, known := l.moment(); known && at.After(since) {
				s.recent = 1
			}
		}
		c.states = s.append(c.states)
	}
	c.mentions = m.append(c.mentions)
	if len(c.states) < batch && len(c.mentions) < batch {
		return nil
	}
	return c.flush()
}

// flush brings what was collected.
func (c *collector) flush() error {
	if err := c.ledger.states.add(c.states); err != nil {
		return err
	}
	err := c.ledger.mentions.add(c.mentions)
	c.states, c.mentions = c.states[:0], c.mentions[:0]
	return err
}

func (l *ledger) addRaw(v version) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.raw = append(l.raw, v)
}

// version is that of a line, with the label of the line before at hand: it is nearly always the same.
func (c *collector) version(l *line) (v version, err error) {
	name := label(l.stream)
	if len(name) == 0 || !v.setSequence(l.seq) {
		return version{}, nil
	}
	if !bytes.Equal(name, c.label) {
		if c.labelID, err = c.labels.id(name); err != nil {
			return version{}, err
		}
		c.label = append(c.label[:0], name...)
	}
	v.label = c.labelID
	return v, nil
}
