package bus

import "fmt"

// maxEntries is EventBridge's limit on the entries of a call.
const maxEntries = 10

type putEventsInput struct{ Entries []entry }

type putEventsOutput struct {
	FailedEntryCount int
	Entries          []putEventsResult // in the order of the request
}

type putEventsResult struct {
	EventId      string `json:",omitempty"`
	ErrorCode    string `json:",omitempty"`
	ErrorMessage string `json:",omitempty"`
}

// putEvents refuses the call as a whole, or each entry on its own. What it accepts is in events.ndjson before it
// answers.
func (b *Bus) putEvents(in *putEventsInput) (*putEventsOutput, error) {
	if err := b.checkCall(in.Entries); err != nil {
		return nil, err
	}
	current := b.state.Load()
	out := &putEventsOutput{Entries: make([]putEventsResult, len(in.Entries))}
	var lines []byte
	var routed []delivery
	for n := range in.Entries {
		event, fault := b.accept(current, &in.Entries[n])
		if fault != nil {
			out.FailedEntryCount++
			out.Entries[n] = putEventsResult{ErrorCode: fault.Code, ErrorMessage: fault.Message}
			continue
		}
		out.Entries[n].EventId = event.id
		lines = append(append(lines, event.line...), '\n')
		routed = append(routed, event.deliveries...)
	}
	if err := b.events.append(lines); err != nil {
		return nil, internal(fmt.Errorf("no event was accepted: append to %s: %w; "+
			"free space or mend the file, then send the entries again", eventsFile, err))
	}
	b.counts.accepted.Add(int64(len(in.Entries) - out.FailedEntryCount))
	for n := range routed {
		routed[n].box.offer(&routed[n])
	}
	return out, nil
}

func (b *Bus) checkCall(entries []entry) error {
	const constraint = "1 validation error detected: Value at 'entries' failed to satisfy constraint: " +
		"Member must have length %s than or equal to %d; it has %d"
	total := 0
	for n := range entries {
		total += entries[n].size()
	}
	switch {
	case len(entries) == 0:
		return invalid(constraint, "greater", 1, 0)
	case len(entries) > maxEntries:
		return invalid(constraint, "less", maxEntries, len(entries))
	case total > b.cfg.MaxCallBytes:
		return invalid("Total size of the entries in the request is over the limit. (%d of %d bytes)", total, b.cfg.MaxCallBytes)
	}
	return nil
}

// accepted is an event with the deliveries that the rules ask for.
type accepted struct {
	id         string
	line       []byte
	deliveries []delivery
}

func (b *Bus) accept(current *state, e *entry) (accepted, *fault) {
	if fault := e.check(b.cfg.MaxEntryBytes); fault != nil {
		return accepted{}, fault
	}
	name, err := b.busName(e.EventBusName)
	if err == nil && current.Buses[name] == nil {
		err = notFound("Event bus %s does not exist; create it, or name another.", name)
	}
	if err != nil {
		return accepted{}, asFault(err)
	}
	now := b.cfg.Now()
	id := b.cfg.NewID()
	line, fault := e.event(stamp{id: id, account: b.cfg.Account, region: b.cfg.Region, now: now})
	if fault != nil {
		return accepted{}, fault
	}
	deliveries, fault := current.route(name, line)
	for n := range deliveries {
		deliveries[n].accepted = now
	}
	return accepted{id: id, line: line, deliveries: deliveries}, fault
}

// route lists the deliveries of an event. A rule that cannot judge it refuses it: an event must not miss a subscriber
// silently.
func (s *state) route(busName string, line []byte) ([]delivery, *fault) {
	var deliveries []delivery
	for _, rule := range s.Buses[busName].Rules {
		if rule.State != enabled {
			continue
		}
		matches, err := rule.compiled.Match(line)
		if err != nil {
			return nil, invalidArgument("the event cannot be matched against rule %s: %v", rule.Name, err)
		}
		if !matches {
			continue
		}
		for id := range rule.Targets {
			box := s.boxes[boxKey{busName, rule.Name, id}]
			deliveries = append(deliveries, delivery{box: box, event: line})
		}
	}
	return deliveries, nil
}
