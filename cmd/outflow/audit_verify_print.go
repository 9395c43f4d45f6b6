package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

// shownFindings is how many findings of a class the screen shows; --json has all that the report holds.
const shownFindings = 5

func (c *auditVerifyCommand) print(out io.Writer, r *verify.Report) error {
	if c.JSON {
		return printJSON(out, "", r)
	}
	_, err := io.WriteString(out, screen(r, isTerminal(out)))
	return err
}

// screen is the report for people.
func screen(r *verify.Report, colour bool) string {
	var s strings.Builder
	fmt.Fprintf(&s, "audit log %s, checked at %s\n", r.Log, r.At.Format(time.RFC3339))
	fmt.Fprintf(&s, "  %d digests", r.Digests)
	if r.Last != nil {
		fmt.Fprintf(&s, ", the last at %s", r.Last.At.Format(time.RFC3339))
	}
	fmt.Fprintf(&s, "; %d segments, %d lines: %d records of %d items\n", r.Segments, r.Lines, r.Records, r.Items)
	last := verify.Class("")
	shown := int64(0)
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Class != last {
			last, shown = f.Class, 0
			fmt.Fprintf(&s, "\n%s %s (%d)\n", painted(f.Wrong, colour), f.Class, r.Counts[f.Class])
		}
		if shown++; shown <= shownFindings {
			s.WriteString(findingText(f))
		} else if shown == shownFindings+1 {
			fmt.Fprintf(&s, "  and %d more; --json has them\n", r.Counts[f.Class]-shownFindings)
		}
	}
	for i, one := range r.Unread {
		if i == 0 {
			s.WriteString("\nCOULD NOT LOOK\n")
		}
		fmt.Fprintf(&s, "  %s\n", one)
	}
	s.WriteString("\nnot proven by this:\n")
	for _, gap := range r.NotProven {
		fmt.Fprintf(&s, "  - %s\n", gap)
	}
	if r.Last != nil {
		fmt.Fprintf(&s, "\nanchor, to be kept where nobody who writes the log can write:\n%s\n", r.Last)
	}
	fmt.Fprintf(&s, "\n%s\n", verdict(r))
	return s.String()
}

func findingText(f *verify.Finding) string {
	text := "  " + f.Object
	if f.Line > 0 {
		text += fmt.Sprintf(" line %d", f.Line)
	}
	if f.Other != "" {
		text += "\n  beside " + f.Other
	}
	if f.Beside > 0 {
		text += fmt.Sprintf(" line %d", f.Beside)
	}
	return text + "\n    " + f.Detail + "\n"
}

func painted(wrong, colour bool) string {
	switch {
	case wrong && colour:
		return "\x1b[1;31mWRONG\x1b[0m"
	case wrong:
		return "WRONG"
	case colour:
		return "\x1b[33mUNPROVEN\x1b[0m"
	}
	return "UNPROVEN"
}

func verdict(r *verify.Report) string {
	switch r.Status {
	case verify.Fine:
		return "FINE: all that was given proves what is there"
	case verify.Wrong:
		return fmt.Sprintf("WRONG: first %s, %s", r.First.Class, r.First.Object)
	case verify.Unproven:
		return "UNPROVEN: nothing is wrong, and not everything is proven"
	}
	return "COULD NOT LOOK at everything, and found nothing wrong in the rest"
}
