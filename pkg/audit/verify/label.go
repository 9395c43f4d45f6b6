package verify

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/outflow-dev/outflow/internal/jcs"
	"github.com/outflow-dev/outflow/pkg/change"
)

// version orders the changes of an item: the label of a stream by its place in labels, and the sequence number, two
// digits a byte. The zero version is that of a line that has none.
type version struct {
	label uint16
	seq   [sequenceDigits / 2]byte
}

const sequenceDigits = 40

// labels numbers the labels of streams, of which a log has few, in the order in which they come. Compare orders them.
type labels struct {
	mu    sync.Mutex
	ids   map[string]uint16
	names atomic.Pointer[[]string]
}

func newLabels() *labels {
	l := &labels{ids: map[string]uint16{"": 0}}
	l.names.Store(&[]string{""})
	return l
}

const maxLabels = 1 << 16

// errLabels is for what is not the log of a table: its stream is made anew some times in its life.
var errLabels = errors.New("the lines are of more than 65,535 streams: is it the log of one table?")

func (l *labels) id(name []byte) (uint16, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if id, known := l.ids[string(name)]; known {
		return id, nil
	}
	before := *l.names.Load()
	if len(before) == maxLabels {
		return 0, errLabels
	}
	id := uint16(len(before))
	names := slices.Concat(before, []string{string(name)}) // compare reads the other meanwhile
	l.ids[string(name)] = id
	l.names.Store(&names)
	return id, nil
}

func (l *labels) compare(a, b uint16) int {
	if a == b {
		return 0
	}
	names := *l.names.Load()
	return strings.Compare(names[a], names[b])
}

func (l *labels) compareVersions(a, b version) int {
	return cmp.Or(l.compare(a.label, b.label), bytes.Compare(a.seq[:], b.seq[:]))
}

// label is that of a quoted ARN, or nil where a line has none. Canonical JSON escapes no slash.
func label(stream []byte) []byte {
	if isNull(stream) {
		return nil
	}
	text := change.LabelOf(stream[1 : len(stream)-1])
	if bytes.IndexByte(text, '\\') < 0 {
		return text
	}
	unescaped, _ := jcs.Unquote(slices.Concat([]byte{'"'}, text, []byte{'"'})) // it is part of what jcs.Value went over
	return []byte(unescaped)
}

// setSequence sets the sequence number, and says whether it is one.
func (v *version) setSequence(quoted []byte) bool {
	if isNull(quoted) {
		return false
	}
	digits := quoted[1 : len(quoted)-1]
	if len(digits) == 0 || len(digits) > sequenceDigits {
		return false
	}
	skip := sequenceDigits - len(digits)
	for i, c := range digits {
		if c < '0' || c > '9' {
			return false
		}
		at := skip + i
		if at%2 == 0 {
			v.seq[at/2] = (c - '0') << 4
		} else {
			v.seq[at/2] |= c - '0'
		}
	}
	return true
}

// text is the version as docs/audit-format.md has it.
func (l *labels) text(v version) string {
	if v == (version{}) {
		return ""
	}
	return (*l.names.Load())[v.label] + "/" + hex.EncodeToString(v.seq[:])
}
