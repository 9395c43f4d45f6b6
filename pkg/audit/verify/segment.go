package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/change"
)

// segment is what a reader finds out about one.
type segment struct {
	key    string
	sum    string // of its text; "" if that could not be read
	lines  int64
	tally  audit.Tally
	fault  error // why its text could not be read
	line   int   // the first that is not valid, or 0
	reason error // why, or what is wrong with its name

	first, last version
	hour        string // YYYY-MM-DDThh, as its lines' times begin
	collector   *collector
}

const segmentSuffix = ".ndjson.gz"

// read reads a segment's lines into the ledger. What is wrong with it is in the result; an error is one of this machine.
func (r *reader) read(key string, body []byte, known bool) (*segment, error) {
	s := &segment{key: key, hour: hourOf(key), collector: &r.collector}
	if err := r.begin(key); err != nil {
		return nil, err
	}
	var local error
	sum, fault := r.unpacker.lines(body, known, func(text []byte) error {
		local = s.add(text)
		return local
	})
	if local != nil {
		return nil, local
	}
	if s.fault = fault; fault == nil {
		s.sum = hex.EncodeToString(sum[:])
		if s.line == 0 {
			s.reason = s.named(sum)
		}
	}
	return s, nil
}

// add checks one line, and brings it into the ledger if it is valid.
func (s *segment) add(text []byte) error {
	s.lines++
	s.collector.place.line = uint32(s.lines)
	l, err := parse(text)
	if err != nil {
		s.wrong(err)
		return nil
	}
	v, err := s.collector.version(&l)
	if err != nil {
		return err
	}
	if s.lines > 1 && s.collector.labels.compareVersions(v, s.last) < 0 {
		s.wrong(errors.New("it is not in order"))
	}
	if !s.inHour(&l) {
		s.wrong(errors.New("it is not of the hour that it is in"))
	}
	if s.lines == 1 {
		s.first = v
	}
	s.last = v
	s.count(&l)
	return s.collector.add(&l, v)
}

func (s *segment) wrong(err error) {
	if s.line == 0 {
		s.line, s.reason = int(s.lines), err
	}
}

// inHour compares a line's time with the segment's folder.
func (s *segment) inHour(l *line) bool {
	if isNull(l.at) {
		return s.hour == timeless
	}
	return string(l.at[1:1+len(timeless)]) == s.hour
}

// timeless is the hour of lines without a time.
const timeless = "1970-01-01T00"

// hourOf is the hour of a segment's folder as times begin, "" if the key is in none.
func hourOf(key string) string {
	parts := strings.Split(key, "/")
	if len(parts) != 6 || !strings.HasPrefix(parts[3], "dt=") || !strings.HasPrefix(parts[4], "hour=") {
		return ""
	}
	return parts[3][len("dt="):] + "T" + parts[4][len("hour="):]
}

func (s *segment) count(l *line) {
	switch {
	case l.raw:
		s.tally.Raw++
	case string(l.op) == baselineOp:
		s.tally.Baseline++
	case string(l.op) == `"insert"`:
		s.tally.Insert++
	case string(l.op) == `"modify"`:
		s.tally.Modify++
	default:
		s.tally.Remove++
	}
}

// named compares the segment's name with its lines.
func (s *segment) named(sum [sha256.Size]byte) error {
	label, first, last, hash, ok := splitName(s.key)
	if !ok {
		return errors.New("its name is not that of a segment")
	}
	if hash != hex.EncodeToString(sum[:8]) {
		return errors.New("the hash in its name is not that of its lines")
	}
	if named := versionText(label, first); named != s.collector.labels.text(s.first) {
		return fmt.Errorf("its name says that it begins with version %q, and its first line is %q", named, s.collector.labels.text(s.first))
	}
	if named := versionText(label, last); named != s.collector.labels.text(s.last) {
		return fmt.Errorf("its name says that it ends with version %q, and its last line is %q", named, s.collector.labels.text(s.last))
	}
	return nil
}

// versionText is the version that a name says, "" for none.
func versionText(label, sequence string) string {
	if label == unknown || sequence == unknown {
		return ""
	}
	text, err := change.Version(label, sequence)
	if err != nil {
		return "none (" + sequence + ")"
	}
	return text
}

// unknown stands for a label or a sequence that a record did not have.
const unknown = "unknown"

// splitName takes a segment's name apart, from its end, since labels hold hyphens.
func splitName(key string) (label, first, last, hash string, ok bool) {
	name, suffixed := strings.CutSuffix(key[strings.LastIndexByte(key, '/')+1:], segmentSuffix)
	parts := strings.Split(name, "-")
	n := len(parts)
	if !suffixed || n < 4 || len(parts[n-1]) != 16 {
		return "", "", "", "", false
	}
	return strings.Join(parts[:n-3], "-"), parts[n-3], parts[n-2], parts[n-1], true
}
