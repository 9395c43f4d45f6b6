package model

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// reporter collects the faults of one file.
type reporter struct {
	file   string
	lines  []string
	faults Faults
	failed int // faults that are no warnings, those left out too
}

// maxFaults is how many faults are kept of one file: more than anybody reads.
const maxFaults = 1000

func newReporter(file string, src []byte) *reporter {
	if len(src) > maxBytes {
		return &reporter{file: file} // refused as a whole
	}
	text := strings.ToValidUTF8(string(src), "\uFFFD")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return &reporter{file: file, lines: strings.Split(strings.ReplaceAll(text, "\r", "\n"), "\n")}
}

// whole reports a fault of the file as a whole.
func (r *reporter) whole(format string, args ...any) {
	r.add(Fault{Message: fmt.Sprintf(format, args...)})
}

// fault reports a fault at a node.
func (r *reporter) fault(n *node, format string, args ...any) {
	r.at(n.place, format, args...)
}

// at reports a fault at a place.
func (r *reporter) at(p place, format string, args ...any) {
	r.add(Fault{Line: p.line, Column: p.column, Width: p.width, Message: fmt.Sprintf(format, args...)})
}

// warn reports a warning at a place.
func (r *reporter) warn(p place, format string, args ...any) {
	r.add(Fault{Line: p.line, Column: p.column, Width: p.width, Message: fmt.Sprintf(format, args...), Warning: true})
}

func (r *reporter) add(f Fault) {
	if !f.Warning {
		r.failed++
	}
	if len(r.faults) > maxFaults {
		return
	}
	if len(r.faults) == maxFaults {
		f = Fault{Message: fmt.Sprintf("more than %d faults; the others are left out", maxFaults)}
	}
	f.File, f.Width = r.file, max(f.Width, 1)
	f.Source = r.line(f.Line)
	end := utf8.RuneCountInString(f.Source) + 1
	f.Column = min(f.Column, end) // the parser puts a value that is missing behind where one would stand
	if rest := end - f.Column; f.Width > rest {
		f.Width = max(rest, 1)
	}
	r.faults = append(r.faults, f)
}

// line is a line of the file, from 1; "" outside of it.
func (r *reporter) line(n int) string {
	if n < 1 || n > len(r.lines) {
		return ""
	}
	return r.lines[n-1]
}

// done returns the faults by position.
func (r *reporter) done() Faults {
	r.faults.sort()
	return r.faults
}
