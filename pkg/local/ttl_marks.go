package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/outflow-dev/outflow/internal/wholefile"
	"github.com/outflow-dev/outflow/pkg/stream"
)

// errNotDue says that an item was not deleted, for certain: its mark is withdrawn.
var errNotDue = errors.New("the item is not due any more")

// markLife is how long a mark is kept: as long as the stream keeps the record that it is for.
const markLife = 24 * time.Hour

// TTLMarks remembers the deletes that a TTLSweeper makes, so that their stream records, which DynamoDB Local gives like
// those of any delete, come out as the service's do. A mark is in the file before its delete is made, and serves one
// record only: the first REMOVE of its key whose old image has its time to live. That record gets the same answer
// when it is read again, also by a later start.
//
// What it cannot tell apart: an item that a writer deletes after its time, and writes again with the same time, while
// the stream is read only later.
type TTLMarks struct {
	path, stream, attribute string

	mu    sync.Mutex // held during deletes: no record is judged before its delete's outcome is known
	marks map[string][]*ttlMark
	saved bool // the file holds what marks does
}

// ttlMark is one delete of a key.
type ttlMark struct {
	Expires  string    `json:"expires"` // the item's time to live, as the table has it
	Made     time.Time `json:"made"`
	Deleted  bool      `json:"deleted,omitempty"`  // the delete was answered; else it may have been made or not
	Sequence string    `json:"sequence,omitempty"` // of the record that it served; "" for none yet
}

type ttlMarkFile struct {
	Stream string                `json:"stream"`
	Marks  map[string][]*ttlMark `json:"marks"` // by key
}

// OpenTTLMarks reads the marks of a stream (an ARN) whose table has its time to live in the attribute. Those of another
// stream are forgotten.
func OpenTTLMarks(path, streamARN, attribute string) (*TTLMarks, error) {
	m := &TTLMarks{path: path, stream: streamARN, attribute: attribute, marks: map[string][]*ttlMark{}, saved: true}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load the marks of expired items: %w", err)
	}
	var file ttlMarkFile
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, fmt.Errorf("load the marks of expired items: %s is damaged: %w; delete it, and removals by the time to "+
			"live that were not read yet will look like a user's", path, err)
	}
	if file.Stream == streamARN && file.Marks != nil {
		m.marks = file.Marks
	}
	return m, nil
}

// Repair makes of a record of DynamoDB Local what the service would have given: a removal by the time to live, made by
// the engine itself or by a TTLSweeper, gets the service as its userIdentity.
func (m *TTLMarks) Repair(r streamtypes.Record) streamtypes.Record {
	r, turned := stream.LocalTTL(r)
	if turned || r.EventName != streamtypes.OperationTypeRemove || r.UserIdentity != nil || r.Dynamodb == nil {
		return r
	}
	ttl, ok := r.Dynamodb.OldImage[m.attribute].(*streamtypes.AttributeValueMemberN)
	if ok && m.use(keyText(r.Dynamodb.Keys), ttl.Value, aws.ToString(r.Dynamodb.SequenceNumber)) {
		r.UserIdentity = &streamtypes.Identity{Type: aws.String("Service"), PrincipalId: aws.String("dynamodb.amazonaws.com")}
	}
	return r
}

// use finds the mark that served the record before, or else the oldest that served none. That it did is saved by the
// next Save: a record that is read again before finds the same mark.
func (m *TTLMarks) use(key, expires, sequence string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, wanted := range []string{sequence, ""} {
		for _, mark := range m.marks[key] {
			if mark.Expires == expires && mark.Sequence == wanted {
				m.saved = m.saved && wanted != ""
				mark.Deleted, mark.Sequence = true, sequence
				return true
			}
		}
	}
	return false
}

// during marks the items, then deletes them one by one, and returns how many it deleted.
func (m *TTLMarks) during(items []expiry, now time.Time, remove func(expiry) error) (deleted int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(now.Add(-markLife))
	marks := make([]*ttlMark, len(items))
	for i, item := range items {
		marks[i] = m.add(itemText(item.key), item.ttl.Value, now)
	}
	if err := m.save(); err != nil {
		for i, item := range items {
			m.withdraw(itemText(item.key), marks[i]) // none is deleted without a mark in the file
		}
		return 0, err
	}
	var faults []error
	for i, item := range items {
		err := remove(item)
		switch {
		case err == nil:
			marks[i].Deleted = true
			deleted++
		case errors.Is(err, errNotDue):
			m.withdraw(itemText(item.key), marks[i])
		default:
			faults = append(faults, err)
		}
		m.saved = false
	}
	return deleted, errors.Join(append(faults, m.save())...)
}

// add returns the mark for a delete. One whose delete was never answered serves again: since the item is still there,
// it was not made.
func (m *TTLMarks) add(key, expires string, now time.Time) *ttlMark {
	for _, mark := range m.marks[key] {
		if mark.Expires == expires && !mark.Deleted {
			return mark
		}
	}
	mark := &ttlMark{Expires: expires, Made: now.UTC()}
	m.marks[key] = append(m.marks[key], mark)
	m.saved = false
	return mark
}

func (m *TTLMarks) withdraw(key string, mark *ttlMark) {
	m.keep(key, func(other *ttlMark) bool { return other != mark })
}

func (m *TTLMarks) forget(before time.Time) {
	for key := range m.marks {
		m.keep(key, func(mark *ttlMark) bool { return mark.Made.After(before) })
	}
}

func (m *TTLMarks) keep(key string, wanted func(*ttlMark) bool) {
	kept := slices.DeleteFunc(slices.Clone(m.marks[key]), func(mark *ttlMark) bool { return !wanted(mark) })
	if len(kept) == len(m.marks[key]) {
		return
	}
	m.saved = false
	if m.marks[key] = kept; len(kept) == 0 {
		delete(m.marks, key)
	}
}

// Save writes the marks to the file, if they changed.
func (m *TTLMarks) Save() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.save()
}

func (m *TTLMarks) save() error {
	if m.saved {
		return nil
	}
	content, err := json.MarshalIndent(ttlMarkFile{m.stream, m.marks}, "", "  ")
	if err != nil {
		return fmt.Errorf("save the marks of expired items: %w", err)
	}
	if err := wholefile.Replace(m.path, append(content, '\n'), 0o600); err != nil {
		return fmt.Errorf("save the marks of expired items: %w", err)
	}
	m.saved = true
	return nil
}

// itemText is the key of an item as keyText gives that of its records.
func itemText(key map[string]types.AttributeValue) string {
	same := make(map[string]streamtypes.AttributeValue, len(key))
	for name, value := range key {
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			same[name] = &streamtypes.AttributeValueMemberS{Value: v.Value}
		case *types.AttributeValueMemberN:
			same[name] = &streamtypes.AttributeValueMemberN{Value: v.Value}
		case *types.AttributeValueMemberB:
			same[name] = &streamtypes.AttributeValueMemberB{Value: v.Value}
		}
	}
	return keyText(same)
}

// keyText is a key as the function's event has it.
func keyText(key map[string]streamtypes.AttributeValue) string {
	return string(stream.NewRecord(streamtypes.Record{Dynamodb: &streamtypes.StreamRecord{Keys: key}}, "").Key)
}
