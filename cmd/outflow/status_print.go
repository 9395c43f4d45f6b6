package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/outflow-dev/outflow/pkg/local/console"
)

// printStatus prints a status for people.
func printStatus(out io.Writer, s *console.Status) error {
	var b strings.Builder
	word := "healthy"
	if !s.Healthy {
		word = "something is wrong"
	}
	fmt.Fprintf(&b, "%s: %s, up for %s\n", s.Table, word, console.Age(s.At.Sub(s.Since)))
	for _, wrong := range s.Wrong {
		fmt.Fprintf(&b, "WRONG  %s\n", wrong)
	}
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for i := range s.Mappings {
		m := &s.Mappings[i]
		fmt.Fprintf(table, "\nmapping\t%s\t%s\n\t\t%s\n", m.Function, lagText(s.At, m.Lag), console.Counts(m.Counts))
	}
	for _, o := range s.Outlets {
		fmt.Fprintf(table, "outlet\t%s\t%s\n", o.Name, console.Counts(o.Counts))
	}
	fmt.Fprintf(table, "parked\t\t%s\n", parkedText(s))
	for _, sub := range s.Subscribers {
		fmt.Fprintf(table, "subscriber\t%s\t%s, log %s\n", sub.Name, sub.ARN, sub.Log)
	}
	for i := range s.Engines {
		e := &s.Engines[i]
		state := "up"
		if e.Down != "" {
			state = "down"
		}
		fmt.Fprintf(table, "engine\t%s\t%s at %s\n", e.Name, state, e.Endpoint)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func lagText(now time.Time, lag console.Lag) string {
	if lag.Records == 0 && !lag.AtLeast {
		return "nothing waits"
	}
	text := fmt.Sprintf("%d records wait", lag.Records)
	if lag.AtLeast {
		text = "at least " + text
	}
	if lag.Oldest != nil {
		text += ", the oldest for " + console.Age(now.Sub(*lag.Oldest))
	}
	return text
}

func parkedText(s *console.Status) string {
	text := fmt.Sprintf("%d records, %d batches", s.Parked.Records, s.Parked.Batches)
	if s.Parked.Oldest != nil {
		text += ", the oldest for " + console.Age(s.At.Sub(*s.Parked.Oldest))
	}
	return text
}
