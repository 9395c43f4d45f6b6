package console

import (
	"fmt"
	"time"
)

// Judge fills in Healthy and Wrong from the rest.
func (s *Status) Judge() {
	s.Wrong = []string{}
	for i := range s.Engines {
		if e := &s.Engines[i]; e.Down != "" {
			s.wrong("%s does not answer at %s: %s; see its log, and start outflow dev again", e.Name, e.Endpoint, e.Down)
		}
	}
	for i := range s.Mappings {
		s.judgeMapping(&s.Mappings[i])
	}
	s.judgeParked()
	s.Healthy = len(s.Wrong) == 0
}

func (s *Status) wrong(format string, args ...any) {
	s.Wrong = append(s.Wrong, fmt.Sprintf(format, args...))
}

func (s *Status) judgeMapping(m *Mapping) {
	if !m.Enabled {
		s.wrong("the event source mapping of %s is disabled: nothing is read", m.Function)
	}
	for _, failing := range m.Failing {
		s.wrong("%s: %s", m.Function, failing)
	}
	for _, a := range m.Alarms {
		if !a.Loss {
			continue
		}
		s.wrong("%s: %s (%d times, last at %s)", m.Function, a.Message, a.Times, a.At.UTC().Format(time.RFC3339))
	}
}

func (s *Status) judgeParked() {
	p := &s.Parked
	if p.Fault != "" {
		s.wrong("the failures bucket cannot be listed: %s", p.Fault)
	}
	if p.Records+p.Batches == 0 {
		return
	}
	oldest := ""
	if p.Oldest != nil {
		oldest = ", the oldest for " + Age(s.At.Sub(*p.Oldest))
	}
	s.wrong("%d records and %d batches are parked%s: outflow parked list shows them", p.Records, p.Batches, oldest)
}

// Age is a span of time in its two largest units, for people.
func Age(d time.Duration) string {
	switch d = max(0, d).Round(time.Second); {
	case d >= 24*time.Hour:
		return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%dm%ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}
