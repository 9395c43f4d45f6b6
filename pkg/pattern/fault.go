package pattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Error says why a text is no event pattern, or no event, and where.
type Error struct {
	What    string // "event pattern" or "event"
	Offset  int    // bytes before the place
	Line    int    // from 1
	Column  int    // from 1, in bytes
	Message string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: line %d, column %d: %s", e.What, e.Line, e.Column, e.Message)
}

const (
	patternText = "event pattern"
	eventText   = "event"
)

func fault(what string, text []byte, offset int, format string, args ...any) *Error {
	before := text[:offset]
	return &Error{
		What: what, Offset: offset, Line: 1 + bytes.Count(before, []byte("\n")),
		Column: offset - bytes.LastIndexByte(before, '\n'), Message: fmt.Sprintf(format, args...),
	}
}

// check makes sure that the text is a JSON object in UTF-8, so that a cursor can walk it.
func check(what string, text []byte) error {
	if at := invalidUTF8(text); at >= 0 {
		return fault(what, text, at, "this byte is not UTF-8")
	}
	var raw json.RawMessage
	err := json.Unmarshal(text, &raw)
	if err != nil {
		return fault(what, text, syntaxFault(err, text), "not JSON: %s", err)
	}
	if c := (cursor{text: text}); c.peek() != '{' {
		return fault(what, text, c.at, "must be a JSON object")
	}
	return nil
}

// syntaxFault is the offset of the byte that json stumbled over, or of the end where the text ends too soon.
func syntaxFault(err error, text []byte) int {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) || syntax.Error() == "unexpected end of JSON input" {
		return len(text)
	}
	return max(int(syntax.Offset)-1, 0)
}

func invalidUTF8(text []byte) int {
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}
