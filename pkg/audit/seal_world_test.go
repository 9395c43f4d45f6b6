package audit_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
)

// midnight is when the hours of records begin.
var midnight = time.Unix(1793577600, 0).UTC()

// vault is a log in a bucket with a clock, an outlet that writes to it, and sealers.
type vault struct {
	t       require.TestingT
	bucket  *s3fake.S3
	model   *model.Model
	waiting audit.Unresolved
	keys    []audit.Signer
	retry   consume.Retry

	mu    sync.Mutex
	clock time.Time
	made  int // records
}

func newVault(t require.TestingT) *vault {
	m, faults := model.Parse("model.yaml", []byte(small))
	require.NoError(t, faults.Err())
	return &vault{t: t, bucket: &s3fake.S3{}, model: m, clock: midnight.Add(time.Hour), keys: []audit.Signer{key(t, 0)},
		retry: consume.Retry{First: 1, Max: 1, Attempts: 3}}
}

func key(t require.TestingT, n int) audit.Signer {
	s, err := auditlog.Signer(1, n)
	require.NoError(t, err)
	return s
}

func (v *vault) now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.clock
}

func (v *vault) advance(d time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.clock = v.clock.Add(d)
}

// write delivers n records of that hour by an outlet of its own.
func (v *vault) write(hour, n int) consume.Outcome {
	outlet := audit.NewOutlet(audit.OutletConfig{Model: v.model, Log: "small-dev", Client: v.bucket, Bucket: "audit", Now: v.now, Retry: v.retry})
	v.mu.Lock()
	var records []record
	for range n {
		v.made++
		records = append(records, record{v.made, hour, fmt.Sprint(v.made % 3)})
	}
	v.mu.Unlock()
	return outlet.Deliver(context.Background(), (&world{model: v.model}).changes(v.t, records...))
}

// Unresolved implements audit.Waits.
func (v *vault) Unresolved(context.Context) (audit.Unresolved, error) { return v.waiting, nil }

func (v *vault) sealer() *audit.Sealer {
	return audit.NewSealer(audit.SealerConfig{Log: "small-dev", Client: v.bucket, Bucket: "audit", Signers: v.keys, Waits: v, Now: v.now, Retry: v.retry})
}

// seal seals by a sealer that remembers nothing.
func (v *vault) seal() audit.Report {
	r, err := v.sealer().Seal(context.Background())
	require.NoError(v.t, err)
	return r
}

// segments are the keys of all segments.
func (v *vault) segments() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(v.bucket.Objects())), func(key string) bool {
		return !strings.HasPrefix(key, "audit/v1/small-dev/dt=")
	})
}

// check goes through the log as a reader does who trusts the first key alone, and returns the digests: dense, chained,
// signed by the key in force, each segment that is there listed once and read back as listed. open is how many
// segments may be listed nowhere yet.
func (v *vault) check(open int) []audit.Digest {
	objects := v.bucket.Objects()
	var digests []audit.Digest
	listed := map[string]bool{}
	first, err := v.keys[len(v.keys)-1].PublicKey(context.Background())
	require.NoError(v.t, err)
	inForce := first
	var before audit.Signature
	for n := int64(1); ; n++ {
		object, there := objects[audit.DigestKey("small-dev", n)]
		if !there {
			break
		}
		d, err := audit.ReadDigest(object.Body)
		require.NoError(v.t, err)
		require.NoError(v.t, d.Check())
		require.Equal(v.t, n, d.Number)
		signature, err := audit.ReadSignature(objects[audit.SignatureKey("small-dev", n)].Body)
		require.NoError(v.t, err, "digest %d", n)
		require.NoError(v.t, signature.Verify(inForce, &d, object.Body))
		if n > 1 {
			require.Equal(v.t, &audit.Previous{Number: n - 1, SHA256: before.SHA256, Signature: before.Signature}, d.Previous)
			require.False(v.t, d.At.Before(digests[n-2].At))
		}
		if d.NextKey != nil {
			inForce = *d.NextKey
		}
		if d.KeyIndex != nil {
			_, err := audit.ReadKeyIndex(*d.KeyIndex, objects[d.KeyIndex.Key].Body)
			require.NoError(v.t, err)
		}
		for _, s := range d.Segments {
			require.False(v.t, listed[s.Key], "listed twice: %s", s.Key)
			listed[s.Key] = true
			read, err := audit.ReadSealed(s.Key, objects[s.Key].Body)
			require.NoError(v.t, err)
			require.Equal(v.t, s, read.Listed)
		}
		for _, f := range d.Faults {
			require.False(v.t, listed[f.Key], "listed twice: %s", f.Key)
			listed[f.Key] = true
		}
		before, digests = signature, append(digests, d)
	}
	unlisted := slices.DeleteFunc(v.segments(), func(key string) bool { return listed[key] })
	require.Len(v.t, unlisted, open, "%v", unlisted)
	return digests
}

// errDied is what a call of a process that is gone never answers.
var errDied = errors.New("the process died")
