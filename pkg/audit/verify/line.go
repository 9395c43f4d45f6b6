package verify

import (
	"errors"
	"fmt"
	"strings"

	"github.com/outflow-dev/outflow/internal/jcs"
)

// line is what is needed of one line. Its parts are of the text that it was read from, with the quotes of strings.
type line struct {
	at, cause, id, keys  []byte
	oldHash, newHash, op []byte
	record, seq, stream  []byte // record: that of a raw line
	head, tail           []byte // all that is identity but the hashes: from at to keys; from op to the record
	raw                  bool
}

var null = []byte("null")

func isNull(text []byte) bool { return string(text) == "null" }

// members reads the members of a line one after the other. It stops at the first that is not as it must be.
type members struct {
	text []byte
	i    int    // the place after the last that was read; where it stopped
	err  error  // why it stopped; nil so long as it has not
	at   string // the member at which it stopped
}

// next reads the value of the member that must come now.
func (m *members) next(name string) []byte {
	if !m.has(name) {
		return m.fail(name, m.i, errMember)
	}
	start := m.i + len(name)
	end, err := jcs.Value(m.text, start)
	if err != nil {
		return m.fail(name, end, err)
	}
	m.i = end
	return m.text[start:end]
}

// str is next for a member that must be a string.
func (m *members) str(name string) []byte {
	value := m.next(name)
	if value[0] != '"' {
		return m.fail(name, m.i-len(value), errString)
	}
	return value
}

// has says whether a member comes now.
func (m *members) has(name string) bool {
	return m.err == nil && len(m.text)-m.i >= len(name) && string(m.text[m.i:m.i+len(name)]) == name
}

func (m *members) fail(name string, place int, err error) []byte {
	if m.err == nil {
		m.at, m.i, m.err = name, place, err
	}
	return null
}

var (
	errMember = errors.New("it should come now")
	errString = errors.New("it is no string")
)

// parse takes a line apart and checks that it is valid: docs/audit-format.md, section 3.
func parse(text []byte) (line, error) {
	m := &members{text: text}
	l := line{at: m.next(`{"at":`), cause: m.next(`,"cause":`), id: m.next(`,"id":`), keys: m.next(`,"keys":`)}
	head := m.i
	now := m.next(`,"new":`)
	l.newHash = m.next(`,"newHash":`)
	old := m.next(`,"old":`)
	l.oldHash = m.next(`,"oldHash":`)
	tail := m.i
	l.op = m.next(`,"op":`)
	m.raw(&l)
	record := m.i
	if l.raw {
		m.str(`,"reason":`)
	}
	l.seq, l.stream = m.next(`,"seq":`), m.next(`,"stream":`)
	version, view := m.next(`,"v":`), m.next(`,"view":`)
	if m.err != nil {
		return l, fmt.Errorf("it is not in canonical form, or has other members than version 1: member %s, byte %d: %w",
			strings.Trim(m.at, `{,":`), m.i, m.err)
	}
	if string(text[m.i:]) != "}" {
		return l, errors.New("something follows its last member")
	}
	if string(version) != "1" {
		return l, errors.New("its version is not 1: use a newer program")
	}
	l.head, l.tail = text[:head], text[tail:record]
	return l, errors.Join(l.check(), image("old", old, l.oldHash), image("new", now, l.newHash), checkView(view, l.raw))
}

// raw reads the members that only raw lines have.
func (m *members) raw(l *line) {
	for _, name := range []string{`,"raw":`, `,"rawBase64":`} {
		if !l.raw && m.has(name) {
			l.raw, l.record = true, m.str(name)
		}
	}
}
