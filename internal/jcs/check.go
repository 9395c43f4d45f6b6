package jcs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// What keeps a text from being canonical.
var (
	errValue   = errors.New("a value should come, whose numbers are integers of 0 to 2^53")
	errDepth   = errors.New("it nests too deeply")
	errName    = errors.New("a name in quotes should come")
	errOrder   = errors.New("names are not in order, or one is there twice")
	errColon   = errors.New("a colon should come")
	errEnd     = errors.New("a comma or the end should come")
	errTail    = errors.New("something follows the value")
	errCut     = errors.New("a string has no end")
	errControl = errors.New("a control character in a string")
	errUTF8    = errors.New("it is not UTF-8")
	errEscape  = errors.New("an escape that canonical JSON has not")
)

// Check says whether a text is one value in canonical JSON (RFC 8785) whose numbers, if any, are integers of 0 to 2^53,
// as in all of the audit log's formats. The error names the byte and the reason, and holds none of the text.
func Check(text []byte) error {
	end, err := Value(text, 0)
	if err == nil && end < len(text) {
		err = errTail
	}
	if err != nil {
		return fmt.Errorf("not canonical JSON at byte %d: %w", end, err)
	}
	return nil
}

// Value is the place after the value that begins at i, which must be as Check asks. Beside an error it is the place
// where the text stops being so.
//
// It goes over the bytes once and makes nothing, since most of the time of a log's verification goes into it.
func Value(text []byte, i int) (end int, err error) { return value(text, i, 0) }

// maxNesting is far above what an audit line has: DynamoDB nests 32 levels, each of which is two in JSON.
const maxNesting = 200

func value(text []byte, i, depth int) (int, error) {
	switch {
	case i >= len(text):
		return i, errValue
	case depth > maxNesting:
		return i, errDepth
	}
	switch text[i] {
	case '{':
		return object(text, i, depth)
	case '[':
		return array(text, i, depth)
	case '"':
		return str(text, i)
	case 't':
		return word(text, i, "true")
	case 'f':
		return word(text, i, "false")
	case 'n':
		return word(text, i, "null")
	}
	return integer(text, i)
}

func word(text []byte, i int, w string) (int, error) {
	if len(text)-i < len(w) || string(text[i:i+len(w)]) != w {
		return i, errValue
	}
	return i + len(w), nil
}

func object(text []byte, i, depth int) (int, error) {
	if i++; i < len(text) && text[i] == '}' {
		return i + 1, nil
	}
	var before []byte
	for {
		if i >= len(text) || text[i] != '"' {
			return i, errName
		}
		end, err := str(text, i)
		if err != nil {
			return end, err
		}
		if before != nil && !ascending(before, text[i:end]) {
			return i, errOrder
		}
		before = text[i:end]
		if end >= len(text) || text[end] != ':' {
			return end, errColon
		}
		if i, err = value(text, end+1, depth+1); err != nil {
			return i, err
		}
		if i >= len(text) || text[i] != ',' {
			return closed(text, i, '}')
		}
		i++
	}
}

func array(text []byte, i, depth int) (int, error) {
	if i++; i < len(text) && text[i] == ']' {
		return i + 1, nil
	}
	for {
		var err error
		if i, err = value(text, i, depth+1); err != nil {
			return i, err
		}
		if i >= len(text) || text[i] != ',' {
			return closed(text, i, ']')
		}
		i++
	}
}

// closed is the place after the bracket that must come at i.
func closed(text []byte, i int, bracket byte) (int, error) {
	if i >= len(text) || text[i] != bracket {
		return i, errEnd
	}
	return i + 1, nil
}

// ascending says that one member's name, with its quotes, comes before another's.
func ascending(a, b []byte) bool {
	if bytes.IndexByte(a, '\\') < 0 && bytes.IndexByte(b, '\\') < 0 {
		return Compare(a[1:len(a)-1], b[1:len(b)-1]) < 0
	}
	x, okX := Unquote(a)
	y, okY := Unquote(b)
	return okX && okY && Compare(x, y) < 0
}

// Unquote is what a JSON string stands for. It is ok for all that Value goes over.
func Unquote(quoted []byte) (s string, ok bool) {
	return s, json.Unmarshal(quoted, &s) == nil
}

const maxInteger = 1 << 53

func integer(text []byte, i int) (int, error) {
	start, n := i, int64(0)
	for ; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
		if n = n*10 + int64(text[i]-'0'); n > maxInteger {
			return start, errValue
		}
	}
	if i == start || text[start] == '0' && i > start+1 {
		return start, errValue
	}
	return i, nil
}
