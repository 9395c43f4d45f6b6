package report

import (
	"context"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

// MaxGaps is how many gaps a report names. All are counted.
const MaxGaps = 100

// Config says what is reported.
type Config struct {
	Log      *audit.Log
	From, To time.Time // To not included
	Now      time.Time
	Verified *verify.Report // of the log; nil if nobody verified it
}

// Report is what the page says.
type Report struct {
	Log       string         `json:"log"`
	From      time.Time      `json:"from"`
	To        time.Time      `json:"to"`
	MadeAt    time.Time      `json:"madeAt"`
	Status    int            `json:"status"` // as of verify: 0 fine, 1 wrong, 2 not all proven
	Digests   Digests        `json:"digests"`
	Keys      []Key          `json:"keys"`
	Lines     Lines          `json:"lines"`
	Operation []Count        `json:"operations"`
	Evidence  []Count        `json:"evidence"`
	Changes   []Changes      `json:"changes"` // by entity and actor
	Gaps      []Gap          `json:"gaps"`    // the first MaxGaps
	Wrong     []string       `json:"wrong"`
	NotProven []string       `json:"notProven"`
	Verified  *verify.Report `json:"verified"`
}

// Digests are those made from the period's beginning up to the report: its last hours are sealed after its end.
type Digests struct {
	Count      int              `json:"count"`
	First      int64            `json:"first"`
	Last       int64            `json:"last"`
	FirstAt    time.Time        `json:"firstAt"`
	LastAt     time.Time        `json:"lastAt"`
	Pause      time.Duration    `json:"pause"`  // the longest between two
	Anchor     string           `json:"anchor"` // of the last
	Segments   int              `json:"segments"`
	Lines      int64            `json:"lines"` // as they stand, also of hours before or after the period
	Unresolved audit.Unresolved `json:"unresolved"`
}

// Key is a key that signed digests.
type Key struct {
	ID      string `json:"id"`
	Digests int    `json:"digests"`
	First   int64  `json:"first"`
	Last    int64  `json:"last"`
}

// Lines counts what was read of the period.
type Lines struct {
	Segments int `json:"segments"`
	Read     int `json:"read"`
	Records  int `json:"records"` // without those that came again
	Raw      int `json:"raw"`     // that did not decode
	Unsealed int `json:"unsealed"`
	Items    int `json:"items"`
}

// Count is a number beside its name.
type Count struct {
	Name   string `json:"name"`
	Number int    `json:"number"`
}

// Changes are those of one entity by one actor on one evidence.
type Changes struct {
	Entity   string `json:"entity"` // "" for items that no entity matches
	Actor    string `json:"actor"`  // "" for nobody known
	Evidence string `json:"evidence"`
	Insert   int    `json:"insert"`
	Modify   int    `json:"modify"`
	Remove   int    `json:"remove"`
}

// Gap is a change whose old image is not what the change before it left. It names the record, and no item data.
type Gap struct {
	At      string `json:"at"`
	Record  string `json:"record"`
	Version string `json:"version"`
	Segment string `json:"segment"`
}

// Build reads the digests and the lines of the period. What is wrong in the log is in the report; the error is of a
// service that did not answer.
func Build(ctx context.Context, c Config) (*Report, error) {
	r := &Report{Log: c.Log.Name, From: c.From.UTC(), To: c.To.UTC(), MadeAt: c.Now.UTC(), Verified: c.Verified}
	sealed, err := r.digests(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := r.lines(ctx, c, sealed); err != nil {
		return nil, err
	}
	r.conclude()
	return r, nil
}
