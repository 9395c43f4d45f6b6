package change

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/outflow-dev/outflow/pkg/model"
)

// maxEvent bounds an event so that every place in the arena has an int32: of all that an event can hold, numbers such
// as 1E125 grow the most, less than twentyfold. Lambda delivers 6 MB at most.
const maxEvent = 64 << 20

// maxBatch is the most records that Lambda puts into one event (AWS Lambda Developer Guide, BatchSize); more are
// decoded all the same.
const maxBatch = 10_000

// Decode decodes an event of a DynamoDB stream: one Change for each record, in the event's order.
//
// It keeps the event's bytes and does not copy them: they must not be written to while images, values or Raw of its
// changes are in use. Lambda's Go runtime reads the next event into the same memory, so what is to outlive an invocation
// has to be copied; the strings of a Change and its Fault may be kept as they are.
//
// A record that cannot be decoded becomes a Change with a Fault and takes no other along. The errors for the whole
// event, which errors.Is finds, are ErrEvent and ErrViewType.
func Decode(m *model.Model, event []byte) ([]Change, error) {
	if len(event) > maxEvent {
		return nil, fmt.Errorf("decode event: %w: longer than %d bytes", ErrEvent, maxEvent)
	}
	d := &decoder{scanner: scanner{src: event}, a: &arena{event: event}, model: m}
	if err := d.decode(); err != nil {
		return nil, fmt.Errorf("decode event: %w", err)
	}
	return d.changes, nil
}

// decoder decodes one event.
type decoder struct {
	scanner
	a       *arena
	model   *model.Model
	changes []Change

	record record           // the one being read
	names  [][]byte         // of the record's objects being read, the innermost last
	open   []int32          // nodes of the containers being read, the innermost last
	key    []model.KeyValue // of the record being matched
	bound  [][]byte         // texts of its key fields
	stream Stream           // of the last record: most often that of all
	ids    strings.Builder  // what strings of changes are slices of
}

func (d *decoder) decode() error {
	if err := d.expect('{'); err != nil {
		return d.notEvent(err)
	}
	found := false
	for first := true; ; first = false {
		more, err := d.more(first, '}')
		if err != nil {
			return d.notEvent(err)
		}
		if !more {
			break
		}
		name, err := d.member()
		switch {
		case err != nil:
			return d.notEvent(err)
		case string(d.a.bytes(name)) != "Records":
			err = d.notEvent(d.skip(maxDepth))
		case found:
			err = fmt.Errorf("%w: it has Records twice", ErrEvent)
		default:
			found, err = true, d.records()
		}
		if err != nil {
			return err
		}
	}
	if d.peek(); d.pos < len(d.src) {
		return d.notEvent(errToken)
	}
	if !found {
		return fmt.Errorf("%w: it has no Records", ErrEvent)
	}
	return nil
}

// notEvent says that what the scanner met is no event; no error stays none.
func (d *decoder) notEvent(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w at byte %d", ErrEvent, err, d.pos)
}

func (d *decoder) records() error {
	if d.peek() != '[' {
		return fmt.Errorf("%w: its Records are not an array", ErrEvent)
	}
	d.pos++
	for first := true; ; first = false {
		more, err := d.more(first, ']')
		if err != nil {
			return d.notEvent(err)
		}
		if !more {
			return nil
		}
		if err := d.change(); err != nil {
			return err
		}
		if first {
			d.grow(len(d.changes[0].Raw))
		}
	}
}

// grow makes room for the rest of an event whose first record has so many bytes.
func (d *decoder) grow(record int) {
	n := min(len(d.src)/max(record, 1), maxBatch)
	room := n + n/8
	d.changes = slices.Grow(d.changes, n)
	d.a.nodes = slices.Grow(d.a.nodes, room*len(d.a.nodes))
	d.a.kids = slices.Grow(d.a.kids, room*len(d.a.kids))
	d.a.extra = slices.Grow(d.a.extra, room*len(d.a.extra))
	d.ids.Grow(room * d.ids.Len())
}

// change decodes the record at d.pos.
func (d *decoder) change() error {
	d.peek()
	start, mark := d.pos, d.a.mark()
	d.changes = append(d.changes, Change{})
	c := &d.changes[len(d.changes)-1]
	fault := d.read()
	if fault != nil {
		fault = located(fault, d.pos-start)
		d.pos, d.open = start, d.open[:0]
		if !d.pass() {
			return d.notEvent(errEnd)
		}
		d.record = salvage(d.src[start:d.pos])
	}
	c.Raw = d.src[start:d.pos:d.pos]
	if view := d.record.view; view != nil && string(view) != "NEW_AND_OLD_IMAGES" {
		return fmt.Errorf("%w but %q: stream %s: switch the stream off and on again with that type",
			ErrViewType, view, d.record.arn)
	}
	if fault = cmp.Or(fault, d.describe(c)); fault == nil {
		fault = d.states(c)
	}
	if fault != nil {
		d.a.reset(mark)
		c.Keys, c.Old, c.New, c.Fault = Image{}, State{}, State{}, fault
	}
	return nil
}

// located adds to a fault where in the record it was met.
func located(fault error, at int) error {
	f, ok := fault.(*FaultError) //nolint:errorlint // made here, never wrapped
	if !ok {
		f = &FaultError{Reason: fault.Error()}
	}
	return &FaultError{Path: f.Path, Reason: fmt.Sprintf("%s (near byte %d of the record)", f.Reason, at)}
}
