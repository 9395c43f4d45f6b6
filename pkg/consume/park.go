package consume

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/outflow-dev/outflow/pkg/change"
)

// Parking keeps records that an outlet can never take, until somebody retries them.
type Parking interface {
	// Park stores the record durably. An error means that the record must be delivered again.
	Park(ctx context.Context, outlet string, c *change.Change, p Poison) error
}

// Parked is the object of a parked record, under ParkedKey. A retry writes its outcome as an object of its own.
type Parked struct {
	Version  int             `json:"v"` // 1
	Outlet   string          `json:"outlet"`
	Reason   string          `json:"reason"`
	Stream   string          `json:"stream"` // ARN
	Sequence string          `json:"sequence"`
	EventID  string          `json:"eventId"`
	Model    string          `json:"model"` // version of the model that could not take it
	ParkedAt time.Time       `json:"parkedAt"`
	Record   json.RawMessage `json:"record,omitempty"`       // as Lambda delivered it
	Raw      []byte          `json:"recordBase64,omitempty"` // instead of Record where that is not valid JSON text
}

// NewParked makes the object of a record.
func NewParked(outlet, model string, c *change.Change, p Poison, now time.Time) Parked {
	parked := Parked{
		Version: 1, Outlet: outlet, Reason: p.Reason.Error(), Stream: c.Stream.ARN, Sequence: c.Sequence,
		EventID: c.EventID, Model: model, ParkedAt: now.UTC(),
	}
	if utf8.Valid(c.Raw) && json.Valid(c.Raw) {
		parked.Record = c.Raw
	} else {
		parked.Raw = c.Raw
	}
	return parked
}

// ParkedPrefix is where the parked records of all outlets are.
const ParkedPrefix = "parked/"

// ParkedKey is the key of a parked record: parked/<outlet>/<label>/<seq>-<event id>.json. One record has one key in
// an outlet, so that parking it again changes nothing that matters. What could not be read of a record that did not
// decode, or would make no good part of a key, is replaced: label and sequence by "unknown", the event id by a hash of
// the record.
func ParkedKey(outlet string, c *change.Change) string {
	id := c.EventID
	if !eventIDPattern.MatchString(id) || c.Version == "" {
		sum := sha256.Sum256(c.Raw)
		id = hex.EncodeToString(sum[:16])
	}
	label, sequence := "unknown", "unknown"
	if c.Version != "" {
		label, sequence = c.Stream.Label, c.Sequence
	}
	return fmt.Sprintf("%s%s/%s/%s-%s.json", ParkedPrefix, outlet, label, sequence, id)
}

// eventIDPattern is narrower than the service's ids could be: no dot, so that no key of a record is the beginning of
// another's, and no slash.
var eventIDPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
