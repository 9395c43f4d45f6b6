package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
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

// image checks that the hash beside an image is that of its very bytes.
func image(name string, text, hash []byte) error {
	if isNull(text) {
		if !isNull(hash) {
			return fmt.Errorf("it has %sHash, and no %s", name, name)
		}
		return nil
	}
	sum := sha256.Sum256(text)
	var want [2*sha256.Size + 2]byte
	want[0], want[len(want)-1] = '"', '"'
	hex.Encode(want[1:], sum[:])
	if text[0] != '{' || !bytes.Equal(want[:], hash) {
		return fmt.Errorf("its %s is not what %sHash says", name, name)
	}
	return nil
}

func checkView(view []byte, raw bool) error {
	if !isNull(view) && (raw || view[0] != '{') {
		return errors.New("its view is no object, or that of a record that did not decode")
	}
	return nil
}

// check compares the members with each other.
func (l *line) check() error {
	for _, s := range [][]byte{l.id, l.op, l.seq, l.stream} {
		if s[0] != '"' && !isNull(s) || len(s) == 2 {
			return errors.New("its id, op, seq or stream is no text")
		}
	}
	if !isNull(l.at) && !isTime(l.at) {
		return errors.New("its time is not in RFC 3339, in UTC and without zeros at its end")
	}
	hasOld, hasNew := !isNull(l.oldHash), !isNull(l.newHash)
	if l.raw {
		if hasOld || hasNew || !isNull(l.keys) || !isNull(l.cause) {
			return errors.New("it is raw, and has an image, keys or a cause all the same")
		}
		return nil
	}
	if l.keys[0] != '{' {
		return errors.New("it has no keys")
	}
	fits := false
	switch string(l.op) {
	case `"insert"`:
		fits = !hasOld && hasNew
	case `"modify"`:
		fits = hasOld && hasNew
	case `"remove"`:
		fits = hasOld && !hasNew
	case `"baseline"`:
		fits = !hasOld && hasNew
	}
	if !fits {
		return errors.New("its images are not those of its operation")
	}
	if cause := string(l.cause); (cause == "null") != (string(l.op) == baselineOp) || cause != "null" && cause != `"user"` && cause != `"ttl"` {
		return errors.New("its cause is not that of its operation")
	}
	return nil
}

const baselineOp = `"` + audit.OpBaseline + `"`

// isTime says whether a quoted text is a time as the log has it.
func isTime(quoted []byte) bool {
	s := quoted[1 : len(quoted)-1]
	if len(s) < len("2006-01-02T15:04:05Z") || s[len(s)-1] != 'Z' {
		return false
	}
	if fraction := s[len("2006-01-02T15:04:05") : len(s)-1]; len(fraction) > 0 {
		if fraction[0] != '.' || len(fraction) < 2 || len(fraction) > 10 || fraction[len(fraction)-1] == '0' {
			return false
		}
	}
	_, err := time.Parse(time.RFC3339, string(s))
	return err == nil
}

// moment is the time of a line that has one.
func (l *line) moment() (at time.Time, known bool) {
	if isNull(l.at) {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339, string(l.at[1:len(l.at)-1]))
	return at, err == nil
}
