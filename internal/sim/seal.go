package sim

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
	"github.com/outflow-dev/outflow/pkg/consume"
)

// seal makes the audit log's digest, as the digester does by its schedule.
func (w *world) seal(done func(error)) {
	m := w.model
	w.job("digester", func(ctx context.Context, a *actor) error {
		of := func() *actor { return a }
		_, err := audit.NewSealer(audit.SealerConfig{
			Log: deployment, Client: bucket{w, of, serviceAudit}, Bucket: serviceAudit, Signers: []audit.Signer{w.signer},
			Waits: w.newParking(m, of, time.Now), Now: time.Now, Retry: consume.Retry{Steady: true},
		}).Seal(ctx)
		return err
	}, done)
}

// verified has the auditors' own command look at the log: whatever befell writers and digesters, it finds nothing wrong.
// What it cannot prove is only what records that do not decode leave open.
func (o *oracle) verified() {
	w := o.world
	if len(w.report.Violations) > 0 {
		return
	}
	key, err := w.signer.PublicKey(context.Background())
	if err != nil {
		panic(err) // it is at hand
	}
	r, err := verify.Verify(context.Background(), verify.Config{
		Log: deployment, Source: sealed{w.audit}, Keys: []audit.PublicKey{key}, Now: time.Now(),
	})
	switch {
	case err != nil:
		w.fail("the audit log cannot be verified: %v", err)
	case r.First != nil:
		w.fail("outflow audit verify finds something wrong: %+v", *r.First)
	case len(r.Unread) > 0:
		w.fail("outflow audit verify could not read %s", r.Unread[0])
	case len(r.Findings) > 0 && w.report.Faults[RecordPoison] == 0:
		w.fail("outflow audit verify cannot prove all: %+v", r.Findings[0])
	case int(r.Records) != len(w.table.commits):
		w.fail("outflow audit verify finds %d records, and %d changes were committed", r.Records, len(w.table.commits))
	}
}

// sealed is the audit bucket as it is.
type sealed struct{ store *s3fake.S3 }

var _ verify.Source = sealed{}

// List implements verify.Source.
func (s sealed) List(_ context.Context, prefix string) iter.Seq2[verify.Object, error] {
	return func(yield func(verify.Object, error) bool) {
		for _, key := range slices.Sorted(maps.Keys(s.store.Objects())) {
			if strings.HasPrefix(key, prefix) && !yield(verify.Object{Key: key}, nil) {
				return
			}
		}
	}
}

// Read implements verify.Source.
func (s sealed) Read(_ context.Context, key, _ string, limit int64) ([]byte, error) {
	object, there := s.store.Object(key)
	switch {
	case !there:
		return nil, verify.ErrAbsent
	case int64(len(object.Body)) > limit:
		return nil, verify.ErrTooLarge
	}
	return object.Body, nil
}

// Versioned implements verify.Source.
func (sealed) Versioned() bool { return false }

// Readers implements verify.Source.
func (sealed) Readers() int { return 1 }
