package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// Config says what is checked, and against what. Log, Source, Keys and Now must be set.
type Config struct {
	Log      string // "<name>-<stage>"
	Source   Source
	Keys     []audit.PublicKey // that the reader trusts: that of the first digest is enough
	Anchors  []audit.Anchor
	Now      time.Time
	Fresh    time.Duration // how old the last digest may be; 0 for DefaultFresh
	From, To time.Time     // of the hours whose segments are read, To not included; zero for no bound
	HashOnly bool          // segments are compared with their digests as they are stored; no line is read
	Table    Table         // nil if the log is not to be compared with it
	TempDir  string        // where what does not fit into memory goes; "" for the system's
}

// DefaultFresh is how old the last digest may be: one is made every 15 minutes.
const DefaultFresh = 30 * time.Minute

// Verify checks a log. The report holds what was found, also beside an error, which says that something could not be
// looked at: the source, or this machine's disk.
func Verify(ctx context.Context, c Config) (*Report, error) {
	c.Fresh = cmp.Or(c.Fresh, DefaultFresh)
	r := &Report{Log: c.Log, At: c.Now.UTC(), Counts: map[Class]int64{}, Findings: []Finding{}, NotProven: []string{}, Unread: []string{}}
	folder, err := os.MkdirTemp(c.TempDir, "outflow-verify-*")
	if err != nil {
		return r, fmt.Errorf("verify log %s: %w (TMPDIR says where)", c.Log, err)
	}
	v := newVerification(c, r, folder)
	err = errors.Join(v.run(ctx), v.close(), os.RemoveAll(folder))
	if err != nil {
		r.Unread = append(r.Unread, err.Error())
		err = fmt.Errorf("verify log %s: %w", c.Log, err)
	}
	r.finish()
	return r, err
}

// verification is one run.
type verification struct {
	Config
	report    *Report
	inventory inventory
	ledger    *ledger
	last      *audit.Digest // the last that could be read
	blind     bool          // some digest could not be looked at
}

func newVerification(c Config, r *Report, folder string) *verification {
	l := newLedger(folder)
	return &verification{Config: c, report: r, ledger: l, inventory: inventory{
		log: c.Log, printer: l.printer, report: r, segments: map[fingerprint]mark{}, digests: map[int64]mark{}, versions: map[string]string{},
	}}
}

// run checks in the order of docs/audit-format.md, section 9.
func (v *verification) run(ctx context.Context) error {
	if err := v.readTable(ctx); err != nil {
		return err
	}
	if err := v.inventory.list(ctx, v.Source); err != nil {
		return err
	}
	if err := v.readAll(ctx); err != nil {
		return err
	}
	if !v.HashOnly {
		if err := v.judge(); err != nil {
			return err
		}
	}
	v.judgeEnd()
	v.nameGaps()
	return nil
}

func (v *verification) close() error {
	return errors.Join(v.ledger.states.close(), v.ledger.mentions.close(), v.ledger.names.close())
}

// ranged says that only some hours are read.
func (v *verification) ranged() bool { return !v.From.IsZero() || !v.To.IsZero() }

// wants says whether the segments of an hour are read.
func (v *verification) wants(key string) bool {
	if !v.ranged() {
		return true
	}
	hour, err := time.Parse("2006-01-02T15", hourOf(key))
	if err != nil || hourOf(key) == timeless {
		return true
	}
	return hour.Add(time.Hour).After(v.From) && (v.To.IsZero() || hour.Before(v.To))
}
