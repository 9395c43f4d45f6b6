package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
)

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
	if err := l.checkTexts(); err != nil {
		return err
	}
	if l.raw {
		return l.checkRaw()
	}
	if l.keys[0] != '{' {
		return errors.New("it has no keys")
	}
	hasOld, hasNew := !isNull(l.oldHash), !isNull(l.newHash)
	cause := string(l.cause)
	fits := cause == `"user"` || cause == `"ttl"`
	switch string(l.op) {
	case `"insert"`:
		fits = fits && !hasOld && hasNew
	case `"modify"`:
		fits = fits && hasOld && hasNew
	case `"remove"`:
		fits = fits && hasOld && !hasNew
	case baselineOp:
		fits = isNull(l.cause) && !hasOld && hasNew
	default:
		fits = false
	}
	if !fits {
		return errors.New("its images or its cause are not those of its operation")
	}
	return nil
}

func (l *line) checkTexts() error {
	for _, s := range [][]byte{l.id, l.op, l.seq, l.stream} {
		if s[0] != '"' && !isNull(s) || len(s) == 2 {
			return errors.New("its id, op, seq or stream is no text")
		}
	}
	if !isNull(l.at) && !isTime(l.at) {
		return errors.New("its time is not in RFC 3339, in UTC and without zeros at its end")
	}
	return nil
}

func (l *line) checkRaw() error {
	if !isNull(l.oldHash) || !isNull(l.newHash) || !isNull(l.keys) || !isNull(l.cause) {
		return errors.New("it is raw, and has an image, keys or a cause all the same")
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
