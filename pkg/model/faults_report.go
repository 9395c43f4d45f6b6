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
	failed int // faults that are no warnings
}

func newReporter(file string, src []byte) *reporter {
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
	f.File, f.Width = r.file, max(f.Width, 1)
	f.Source = r.line(f.Line)
	if rest := utf8.RuneCountInString(f.Source) - f.Column + 1; f.Width > rest {
		f.Width = max(rest, 1)
	}
	if !f.Warning {
		r.failed++
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
