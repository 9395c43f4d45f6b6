package verify

import (
	"errors"
	"fmt"
	"strings"
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

// members reads the members of a line one after the other.
type members struct {
	text []byte
	i    int // bad once something was not as it must be
	at   string
}

// next reads the value of the member that must come now.
func (m *members) next(name string) []byte {
	start := word(m.text, m.i, name)
	if start == bad {
		return m.fail(name)
	}
	end := value(m.text, start, 0)
	if end == bad {
		return m.fail(name)
	}
	m.i = end
	return m.text[start:end]
}

// has says whether a member comes now.
func (m *members) has(name string) bool { return word(m.text, m.i, name) != bad }

func (m *members) fail(name string) []byte {
	if m.i != bad {
		m.i, m.at = bad, name
	}
	return null
}

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
		if reason := m.next(`,"reason":`); reason[0] != '"' {
			m.fail(`,"reason":`)
		}
	}
	l.seq, l.stream = m.next(`,"seq":`), m.next(`,"stream":`)
	version, view := m.next(`,"v":`), m.next(`,"view":`)
	if m.i == bad {
		return l, fmt.Errorf("it is not in canonical form, or has other members than version 1: at %s", strings.Trim(m.at, `,:{`))
	}
	if word(text, m.i, "}") != len(text) {
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
			l.raw, l.record = true, m.next(name)
			if l.record[0] != '"' {
				m.fail(name)
			}
		}
	}
}
