package publish

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/outflow-dev/outflow/internal/jcs"
)

// MaxEntries is EventBridge's limit on the entries of one PutEvents call.
const MaxEntries = 10

// DefaultMaxBytes is the limit on the size of an entry and of a call that holds in every region: 256 KiB. Regions
// with 1 MiB let it be raised.
const DefaultMaxBytes = 256 << 10

// ErrTooLarge says that an event exceeds the limit even with its body in a claim: its metadata alone is too large.
// The caller parks the record for the events outlet.
var ErrTooLarge = errors.New("the event's metadata exceeds the size limit of an entry")

// Entry is one event as PutEvents takes it.
type Entry struct {
	ID         string // of the event
	Item       string // what it speaks of; see Event
	Version    string // of the change
	Source     string
	DetailType string
	Time       time.Time
	Detail     string
	Claim      *Claim // the object to store before the entry is sent; nil where the event fits
}

// Claim is the detail of an event that is too large for the bus: an S3 object that the event points to.
type Claim struct {
	Key  string // claims/<event id>-<sha256>
	Body []byte // the whole detail, as it would have been sent
	// SHA256 is the hash of Body in base64, as S3 takes it for a checksum.
	SHA256 string
}

// Size is what the entry counts towards EventBridge's limits: 14 bytes for the time, and the bytes of source,
// detail-type and detail in UTF-8 ("Calculating Amazon EventBridge event sizes").
func (e *Entry) Size() int { return 14 + len(e.Source) + len(e.DetailType) + len(e.Detail) }

// Entry makes the entry of an event. Where it is larger than maxBytes, its detail goes to a claim in the bucket and
// the entry carries metadata.claim instead of data, changed and before.
func (b *Builder) Entry(ev *Event, maxBytes int, bucket string) (Entry, error) {
	e := Entry{ID: ev.ID, Item: ev.Item, Version: ev.Version, Source: b.model.EventSource, DetailType: ev.Name,
		Time: ev.Time, Detail: ev.detail}
	if e.Size() <= maxBytes {
		return e, nil
	}
	body := ev.Detail()
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	e.Claim = &Claim{"claims/" + ev.ID + "-" + hash, body, base64.StdEncoding.EncodeToString(sum[:])}
	e.Detail = string(ev.claimed(bucket, e.Claim, hash))
	if e.Size() > maxBytes {
		return Entry{}, fmt.Errorf("event %s: %w of %d bytes", ev.Name, ErrTooLarge, maxBytes)
	}
	return e, nil
}

// Detail is the event's whole detail, not to be written to.
func (ev *Event) Detail() []byte { return []byte(ev.detail) }

func (ev *Event) claimed(bucket string, c *Claim, hash string) []byte {
	dst := append([]byte(opening), ev.Metadata...)
	dst = jcs.AppendString(append(dst, `,"claim":{"bucket":`...), bucket)
	dst = jcs.AppendString(append(dst, `,"key":`...), c.Key)
	dst = strconv.AppendInt(append(dst, `,"size":`...), int64(len(c.Body)), 10)
	dst = jcs.AppendString(append(dst, `,"sha256":`...), hash)
	return append(dst, "}}}"...)
}

// Pack cuts the entries, in order, into calls of at most MaxEntries entries and maxBytes bytes. A call has no entries of
// two changes of one item: each entry of a call may fail alone, and then the later one would overtake.
func Pack(entries []Entry, maxBytes int) [][]Entry {
	var calls [][]Entry
	for start := 0; start < len(entries); {
		c := call{maxEntries: MaxEntries, maxBytes: maxBytes}
		end := start
		for end < len(entries) && c.add(&entries[end]) {
			end++
		}
		calls = append(calls, entries[start:end])
		start = end
	}
	return calls
}

// call is a call in the making.
type call struct {
	maxEntries, maxBytes int

	entries []*Entry
	size    int
}

// add says whether there was room for the entry. The first entry always has room.
func (c *call) add(e *Entry) bool {
	overtakes := func(other *Entry) bool { return other.Item == e.Item && other.Version != e.Version }
	full := len(c.entries) >= c.maxEntries || c.size+e.Size() > c.maxBytes || slices.ContainsFunc(c.entries, overtakes)
	if full && len(c.entries) > 0 {
		return false
	}
	c.entries = append(c.entries, e)
	c.size += e.Size()
	return true
}
