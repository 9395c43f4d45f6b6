package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	canonicaljson "github.com/gowebpki/jcs"
)

// DigestVersion is the version of the formats of digest and signature, member v.
const DigestVersion = 1

// Digest seals what is new in the log since the digest before it: docs/audit-format.md, section 4. Its members are in
// the order of canonical JSON.
type Digest struct {
	At         time.Time  `json:"at"` // when it was made, UTC, in milliseconds
	Counts     Tally      `json:"counts"`
	Faults     []Fault    `json:"faults"`
	KeyIndex   *IndexRef  `json:"keyIndex"` // nil without segments
	Lines      int64      `json:"lines"`
	Log        string     `json:"log"` // "<name>-<stage>"
	Looked     Looked     `json:"looked"`
	NextKey    *PublicKey `json:"nextKey"` // nil unless another key signs from the next digest on
	Number     int64      `json:"number"`  // dense from 1
	Previous   *Previous  `json:"previous"`
	Root       string     `json:"root"` // Merkle root over Segments, hexadecimal
	Segments   []Listed   `json:"segments"`
	SignedBy   string     `json:"signedBy"` // id of the key that signs it
	Unresolved Unresolved `json:"unresolved"`
	V          int        `json:"v"`
}

// Tally counts lines by operation. A raw line counts as raw, whatever its operation.
type Tally struct {
	Baseline int64 `json:"baseline"`
	Insert   int64 `json:"insert"`
	Modify   int64 `json:"modify"`
	Raw      int64 `json:"raw"`
	Remove   int64 `json:"remove"`
}

// Total is the number of lines.
func (t Tally) Total() int64 { return t.Baseline + t.Insert + t.Modify + t.Raw + t.Remove }

// Listed is a segment that a digest seals. Hashes are hexadecimal.
type Listed struct {
	Bytes      int64  `json:"bytes"` // stored
	Key        string `json:"key"`
	Lines      int64  `json:"lines"`
	SHA256     string `json:"sha256"`     // of the stored bytes
	TextSHA256 string `json:"textSha256"` // of the uncompressed lines
}

// Fault is an object among the segments that is not a valid one.
type Fault struct {
	Bytes  int64   `json:"bytes"`
	Key    string  `json:"key"`
	Reason string  `json:"reason"`
	SHA256 *string `json:"sha256"` // of the stored bytes; nil where there are more than MaxSegment
}

// IndexRef names the key index of a digest.
type IndexRef struct {
	Bytes   int64  `json:"bytes"`
	Entries int64  `json:"entries"`
	Key     string `json:"key"`
	SHA256  string `json:"sha256"` // of the stored bytes
}

// Looked says where a digest's maker looked for segments that no digest lists.
type Looked struct {
	Complete bool      `json:"complete"` // false if there were more than one digest takes
	From     *Hour     `json:"from"`     // hours from this one on; nil for all
	Late     []Hour    `json:"late"`     // and these, ascending
	SweptAt  time.Time `json:"sweptAt"`  // At of the last digest that looked at all hours, this one included
}

// Previous is the digest before.
type Previous struct {
	Number    int64  `json:"number"`
	SHA256    string `json:"sha256"` // of its stored bytes
	Signature []byte `json:"signature"`
}

// Unresolved is what waited in the failures bucket when the digest was made.
type Unresolved struct {
	Batches       Waiting `json:"batches"`       // given up by the event source mapping: the log may lack their changes
	OutcomesAlone Waiting `json:"outcomesAlone"` // outcomes of retries beside which the record is gone
	Records       Waiting `json:"records"`       // parked by other outlets: the log has them
}

// MaxWaiting is how many keys of waiting objects a digest names.
const MaxWaiting = 100

// Waiting counts objects, and names the first MaxWaiting.
type Waiting struct {
	Count int64    `json:"count"`
	Keys  []string `json:"keys"` // ascending
}

// Add counts an object. Objects come in the order of their keys.
func (w *Waiting) Add(key string) {
	if w.Count++; len(w.Keys) < MaxWaiting {
		w.Keys = append(w.Keys, key)
	}
}

// Hour is an hour of UTC, in JSON and in keys of late notes as 2006-01-02T15.
type Hour struct{ time.Time }

const hourForm = "2006-01-02T15"

// HourOf is the hour that a time is in.
func HourOf(at time.Time) Hour { return Hour{at.UTC().Truncate(time.Hour)} }

// String is the hour as keys have it.
func (h Hour) String() string { return h.UTC().Format(hourForm) }

// MarshalText implements encoding.TextMarshaler.
func (h Hour) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// MarshalJSON hides that of time.Time.
func (h Hour) MarshalJSON() ([]byte, error) { return json.Marshal(h.String()) }

// UnmarshalJSON hides that of time.Time.
func (h *Hour) UnmarshalJSON(text []byte) error {
	at, err := time.Parse(`"`+hourForm+`"`, string(text))
	h.Time = at
	return err
}

// ErrDigest is returned for bytes that are no digest, signature or key index of this version, or were altered.
var ErrDigest = errors.New("not a digest's object of the audit log")

// Encode is the digest in canonical JSON: the bytes that are stored, hashed and signed.
func (d Digest) Encode() ([]byte, error) {
	d.Segments, d.Faults, d.Looked.Late = notNil(d.Segments), notNil(d.Faults), notNil(d.Looked.Late)
	for _, w := range []*Waiting{&d.Unresolved.Batches, &d.Unresolved.OutcomesAlone, &d.Unresolved.Records} {
		w.Keys = notNil(w.Keys)
	}
	d.At, d.Looked.SweptAt = d.At.UTC(), d.Looked.SweptAt.UTC()
	return canonical(d)
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// canonical is RFC 8785's form of a value. encoding/json alone escapes more than that.
func canonical(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode canonical JSON: %w", err)
	}
	if text, err = canonicaljson.Transform(text); err != nil {
		return nil, fmt.Errorf("encode canonical JSON: %w", err)
	}
	return text, nil
}

// ReadDigest reads the stored bytes of a digest. It is strict: they must be what Encode makes of it. Whether its figures
// agree with each other is Check's to say.
func ReadDigest(body []byte) (Digest, error) {
	var d Digest
	if err := decodeStrictly(body, &d, &d.V); err != nil {
		return Digest{}, fmt.Errorf("%w: digest: %w", ErrDigest, err)
	}
	again, err := d.Encode()
	if err != nil || !bytes.Equal(again, body) {
		return Digest{}, fmt.Errorf("%w: digest %d: it is not in canonical form", ErrDigest, d.Number)
	}
	return d, nil
}

// decodeStrictly reads one JSON value without unknown members, whose version is DigestVersion.
func decodeStrictly(body []byte, v any, version *int) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return fmt.Errorf("no JSON of the right form: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows its JSON")
	}
	if *version != DigestVersion {
		return fmt.Errorf("its version is %d, and this program reads %d: use a newer one", *version, DigestVersion)
	}
	return nil
}

// Check compares the digest's figures with each other.
func (d *Digest) Check() error {
	var faults []error
	sum := int64(0)
	for i := range d.Segments {
		sum += d.Segments[i].Lines
		if i > 0 && d.Segments[i-1].Key >= d.Segments[i].Key {
			faults = append(faults, fmt.Errorf("its segments are not sorted, or one is there twice: %s", d.Segments[i].Key))
		}
	}
	if sum != d.Lines || d.Counts.Total() != d.Lines {
		faults = append(faults, fmt.Errorf("it has %d lines, but its segments have %d and its counts make %d",
			d.Lines, sum, d.Counts.Total()))
	}
	if !slices.IsSortedFunc(d.Faults, func(a, b Fault) int { return strings.Compare(a.Key, b.Key) }) {
		faults = append(faults, errors.New("its faults are not sorted"))
	}
	root, err := RootOf(d.Segments)
	if err != nil || root != d.Root {
		faults = append(faults, errors.New("its root is not that of its segments"))
	}
	if d.Number < 1 || (d.Previous == nil) != (d.Number == 1) || d.Previous != nil && d.Previous.Number != d.Number-1 {
		faults = append(faults, fmt.Errorf("its number %d does not follow that of its previous", d.Number))
	}
	return errors.Join(faults...)
}

// InForce is the id of the key that signs the next digest.
func (d *Digest) InForce() string {
	if d.NextKey != nil {
		return d.NextKey.ID
	}
	return d.SignedBy
}

// hashOf is the hash of bytes as the formats have it.
func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
