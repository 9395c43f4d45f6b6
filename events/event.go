package events

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ErrForeign says that a text is no event of Outflow. Nothing helps but to find out who sent it.
var ErrForeign = errors.New("not an event of Outflow")

// ErrClaimed says that an event's detail was too large for the bus. Fetch it, then decode what Fetch returns.
var ErrClaimed = errors.New("the event's detail is in S3; Fetch gets it")

// Event is one event as it was delivered.
type Event struct {
	Envelope
	Metadata Metadata
	Detail   json.RawMessage // the whole detail, with the metadata
}

// Envelope is what EventBridge puts around a detail.
type Envelope struct {
	Version    string    `json:"version"`
	ID         string    `json:"id"` // of this delivery's sending; deduplicate by Metadata.ID
	DetailType string    `json:"detail-type"`
	Source     string    `json:"source"`
	Account    string    `json:"account"`
	Time       time.Time `json:"time"` // of the change, in whole seconds
	Region     string    `json:"region"`
	Resources  []string  `json:"resources"`
	ReplayName string    `json:"replay-name,omitempty"` // of the replay of the bus's archive that sent it
}

// Metadata is what every event says of itself.
type Metadata struct {
	ID            string          `json:"id"` // stable: the same in every delivery, retry and replay
	Type          string          `json:"type"`
	Schema        int             `json:"schema"`
	Time          time.Time       `json:"time"` // of the change, approximately
	Entity        string          `json:"entity"`
	Key           json.RawMessage `json:"key"`         // an object: the key fields of the entity
	ItemVersion   string          `json:"itemVersion"` // orders the events of one item, as text
	Operation     string          `json:"operation"`   // insert, modify or remove
	Cause         string          `json:"cause"`       // user or ttl
	Actor         *string         `json:"actor"`       // nil where the change does not prove who made it
	CorrelationID *string         `json:"correlationId"`
	Tenant        *string         `json:"tenant"`
	// Revision and PreviousRevision are numbers, or null for an image without one; nil where the model stamps none.
	Revision         json.RawMessage `json:"revision,omitempty"`
	PreviousRevision json.RawMessage `json:"previousRevision,omitempty"`
	Replayed         bool            `json:"replayed"` // Outflow sent it again on somebody's request
	Claim            *Claim          `json:"claim,omitempty"`
}

// Claim says where the whole detail of an event is that is too large for the bus.
type Claim struct {
	Bucket string `json:"bucket"` // of S3
	Key    string `json:"key"`
	Size   int64  `json:"size"`   // in bytes
	SHA256 string `json:"sha256"` // of the object's bytes, 64 hex digits
}

// Parse reads an event as EventBridge delivers it. Its error is an ErrForeign.
func Parse(text []byte) (*Event, error) {
	var e struct {
		Envelope
		Detail json.RawMessage `json:"detail"`
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return nil, fmt.Errorf("read event: %w: %w", ErrForeign, err)
	}
	return newEvent(e.Envelope, e.Detail)
}

// newEvent reads the metadata of a detail, and checks what the rest of this package relies on.
func newEvent(envelope Envelope, detail json.RawMessage) (*Event, error) {
	e := &Event{Envelope: envelope, Detail: bytes.Clone(detail)}
	var head struct {
		Metadata *Metadata `json:"metadata"`
	}
	if err := json.Unmarshal(detail, &head); err != nil || head.Metadata == nil {
		return nil, foreign(envelope, "its detail has no readable metadata")
	}
	e.Metadata = *head.Metadata
	m := &e.Metadata
	switch {
	case m.ID == "" || m.ItemVersion == "" || m.Entity == "":
		return nil, foreign(envelope, "its metadata lacks id, itemVersion or entity")
	case m.Type == "" || m.Type != envelope.DetailType:
		return nil, foreign(envelope, fmt.Sprintf("its metadata has the type %q", m.Type))
	}
	if _, err := canonicalKey(m.Key); err != nil {
		return nil, foreign(envelope, "its metadata's key is no JSON object")
	}
	return e, nil
}

func foreign(e Envelope, why string) error {
	return fmt.Errorf("read event %q from %q: %w: %s", e.DetailType, e.Source, ErrForeign, why)
}

// Decode reads an event's whole detail into a type: one of those that outflow generate writes, or a struct with the
// members metadata, data, changed and before as far as they matter. Its error is an ErrClaimed or one of encoding/json.
func Decode[T any](e *Event) (T, error) {
	var detail T
	if e.Metadata.Claim != nil {
		return detail, fmt.Errorf("decode event %s: %w", e.Metadata.ID, ErrClaimed)
	}
	if err := json.Unmarshal(e.Detail, &detail); err != nil {
		return detail, fmt.Errorf("decode event %s, %s schema %d: %w", e.Metadata.ID, e.Metadata.Type, e.Metadata.Schema, err)
	}
	return detail, nil
}

// Item names the item that the event speaks of, by a hash: the same for all events of one item from one source, whatever
// the order of the key's members.
func (e *Event) Item() string {
	key, err := canonicalKey(e.Metadata.Key)
	if err != nil { // only in an event that was not parsed
		key = e.Metadata.Key
	}
	sum := sha256.New()
	for _, part := range [][]byte{[]byte(e.Source), []byte(e.Metadata.Entity), key} {
		sum.Write(fmt.Appendf(nil, "%d:%s", len(part), part))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// canonicalKey sorts the members of a key. Its numbers stay as they are written.
func canonicalKey(key json.RawMessage) ([]byte, error) {
	members, err := keyMembers(key)
	if err != nil {
		return nil, err
	}
	return json.Marshal(members)
}

func keyMembers(key json.RawMessage) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(key))
	d.UseNumber()
	var members map[string]any
	if err := d.Decode(&members); err != nil {
		return nil, err
	}
	if members == nil {
		return nil, errors.New("null is no key")
	}
	return members, nil
}
