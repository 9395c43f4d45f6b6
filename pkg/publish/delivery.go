package publish

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
)

// delivery is the state of one batch on its way to the bus.
type delivery struct {
	changes []*change.Change
	making  <-chan made     // what becomes of the changes, in order; closed when nothing reads them any more
	open    []*letter       // made, and neither sent nor refused, in order
	poison  map[int][]error // by index of the change: what of it can never be made
	refused []*letter
	sent    []string // ids of the events that the bus has taken
	counts  consume.Counts

	failed     bool // a call or an entry failed that time was left for
	exhausted  bool // nothing has moved for as many passes as the outlet makes
	maxEntries int  // of a call
	patient    bool // nothing is given up for its age
}

// start begins to make the letters of the changes.
func (o *Outlet) start(changes []*change.Change) *delivery {
	d := &delivery{changes: changes, poison: map[int][]error{}, maxEntries: MaxEntries, patient: o.Replay != nil}
	for i, c := range changes {
		if c.Fault != nil {
			d.poison[i] = []error{c.Fault}
		}
	}
	d.making = o.make(changes)
	return d
}

// more says whether a letter is open, after waiting for the next to be made if none is.
func (d *delivery) more() bool {
	for len(d.open) == 0 {
		m, ok := <-d.making
		if !ok {
			return false
		}
		d.take(m)
	}
	return true
}

// rest takes in all that is still to be made.
func (d *delivery) rest() {
	for m := range d.making {
		d.take(m)
	}
}

func (d *delivery) take(m made) {
	for i := range m.letters {
		d.open = append(d.open, &m.letters[i])
	}
	maps.Copy(d.poison, m.poison)
	d.counts.Add(consume.MetricRuleFaults, m.ruleFaults)
	d.counts.Add(consume.MetricUnlisted, m.unlisted)
}

// settled is how many letters are on their way no more.
func (d *delivery) settled() int { return len(d.sent) + len(d.refused) }

// outcome is the outlet's answer. A change with an open letter is pending, or undelivered if it is old enough; what
// else is wrong with it is said when that is settled.
func (d *delivery) outcome(now time.Time) consume.Outcome {
	o := consume.Outcome{Counts: d.counts}
	if outage := d.outage(); outage != nil {
		o.Err = outage
		d.open, d.refused = append(d.open, d.refused...), nil
		d.exhausted = true
	}
	open := byChange(d.open)
	for from, reasons := range byChange(d.refused) {
		d.poison[from] = append(d.poison[from], reasons...)
	}
	for i, c := range d.changes {
		reasons, isOpen := open[i]
		undelivered := isOpen && d.givesUp() && !c.At.IsZero() && now.Sub(c.At) > Undelivered
		switch {
		case undelivered:
			reason := fmt.Errorf("undelivered: %w", join(append(reasons, d.poison[i]...)))
			o.Poison = append(o.Poison, consume.Poison{Index: i, Reason: reason})
		case isOpen:
			o.Pending = append(o.Pending, i)
		case len(d.poison[i]) > 0:
			o.Poison = append(o.Poison, consume.Poison{Index: i, Reason: join(d.poison[i])})
		}
	}
	if len(o.Pending) > 0 {
		o.Err = errors.Join(o.Err, d.summary())
	} else {
		o.Err = nil
	}
	return o
}

// givesUp says that this invocation has done what it could: it has tried as often as it may, or tried in vain all the
// time there was. What merely waited for its turn when time was up comes again.
func (d *delivery) givesUp() bool {
	return !d.patient && (d.exhausted || d.failed && len(d.sent) == 0)
}

// outageRecords is the smallest number of events, refused for one reason, that can be an outage.
const outageRecords = 10

// OutageError says that the bus refused all events of a batch for one reason: rather a wrong policy, bus or limit than
// that many wrong records. None of them is parked before it is 15 minutes old; somebody must look.
type OutageError struct {
	Reason string
	Events int
}

// Error says what is to be looked at.
func (e *OutageError) Error() string {
	return fmt.Sprintf("the bus refused all %d events for one reason, which looks like an outage and not like that many "+
		"bad records; check the bus, its policy and the function's role: %s", e.Events, e.Reason)
}

// outage returns an error if the bus took nothing, and whatever it refused it refused for one reason that is rather its
// own than the records'.
func (d *delivery) outage() error {
	if len(d.refused) == 0 || len(d.sent) > 0 {
		return nil
	}
	first := d.refused[0]
	if slices.ContainsFunc(d.refused, func(l *letter) bool { return l.code != first.code }) {
		return nil
	}
	if slices.Contains(recordCodes, first.code) && len(d.refused) < outageRecords {
		return nil
	}
	return &OutageError{first.reason.Error(), len(d.refused)}
}

// byChange gathers the reasons of letters, each naming its event.
func byChange(letters []*letter) map[int][]error {
	all := map[int][]error{}
	for _, l := range letters {
		reason := l.reason
		if reason == nil {
			reason = errWaits
		}
		all[l.from] = append(all[l.from], fmt.Errorf("event %s: %w", l.DetailType, reason))
	}
	return all
}

// errWaits is why an event was not tried.
var errWaits = errors.New("it waited for events before it")

// join joins reasons on one line, as they stand in logs and parked records.
func join(reasons []error) error {
	if len(reasons) == 1 {
		return reasons[0]
	}
	formats := strings.TrimSuffix(strings.Repeat("%w; ", len(reasons)), "; ")
	args := make([]any, len(reasons))
	for i, reason := range reasons {
		args[i] = reason
	}
	return fmt.Errorf(formats, args...)
}

// maxReasons is how many reasons an error names.
const maxReasons = 3

// summary says why letters are open: the first reasons and how many events each.
func (d *delivery) summary() error {
	var order []string
	count := map[string]int{}
	for _, l := range d.open {
		text := errWaits.Error()
		if l.reason != nil {
			text = l.reason.Error()
		}
		if count[text]++; count[text] == 1 {
			order = append(order, text)
		}
	}
	all := make([]string, 0, maxReasons+1)
	for _, text := range order[:min(len(order), maxReasons)] {
		all = append(all, fmt.Sprintf("%d events: %s", count[text], text))
	}
	if more := len(order) - maxReasons; more > 0 {
		all = append(all, fmt.Sprintf("and %d more reasons", more))
	}
	return fmt.Errorf("not sent: %s", strings.Join(all, "; "))
}
