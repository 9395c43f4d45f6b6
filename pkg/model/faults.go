package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing that is wrong in a model file, or, as a warning, likely to surprise.
type Fault struct {
	File         string
	Line, Column int    // from 1; the column counts characters. 0 where the file as a whole is meant
	Message      string // what is wrong, and what to do next
	Source       string // the line itself, without its end; "" where the file as a whole is meant
	Width        int    // characters under the caret, at least 1
	Warning      bool   // the model is usable nevertheless
}

// String renders the fault for people: file, line, column and message, then the line, then carets below it.
//
//	model.yaml:12:7: unknown field "serch" in entity Order; did you mean search?
//	      serch: {index: orders}
//	      ^^^^^
func (f Fault) String() string {
	head := f.File
	if f.Line > 0 {
		head += fmt.Sprintf(":%d:%d", f.Line, f.Column)
	}
	if f.Warning {
		head += ": warning"
	}
	head += ": " + f.Message
	if f.Source == "" {
		return head
	}
	return head + "\n" + excerpt(f.Source, f.Column, f.Width)
}

// Faults are the faults of one file, by position.
type Faults []Fault

// Err returns the faults as an error, which errors.As finds again as Faults; nil if all of them are warnings.
func (f Faults) Err() error {
	if slices.ContainsFunc(f, func(fault Fault) bool { return !fault.Warning }) {
		return f
	}
	return nil
}

// Error is String.
func (f Faults) Error() string { return f.String() }

// String renders all faults, one after the other.
func (f Faults) String() string {
	texts := make([]string, len(f))
	for i, fault := range f {
		texts[i] = fault.String()
	}
	return strings.Join(texts, "\n")
}

func (f Faults) sort() {
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column, strings.Compare(a.Message, b.Message))
	})
}
