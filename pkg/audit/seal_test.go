package audit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/consume"
)

func TestSealListsWhatIsNewAndSealsEmptyPeriods(t *testing.T) {
	v := newVault(t)
	r := v.seal()
	require.Len(t, r.Anchors, 1)
	require.Zero(t, r.Segments)
	v.advance(15 * time.Minute)
	v.write(0, 3)
	v.write(1, 2)
	v.waiting.Batches.Add("aws/lambda/x")
	r = v.seal()
	require.EqualValues(t, 2, r.Segments)
	require.EqualValues(t, 5, r.Lines)
	require.EqualValues(t, 900, r.Lag)
	v.advance(15 * time.Minute)
	r = v.seal()
	require.Zero(t, r.Segments)
	digests := v.check(0)
	require.Len(t, digests, 3)
	require.Equal(t, audit.Tally{Insert: 5}, digests[1].Counts)
	require.Equal(t, audit.Waiting{Count: 1, Keys: []string{"aws/lambda/x"}}, digests[1].Unresolved.Batches)
	require.Zero(t, digests[1].Unresolved.Records.Count)
	require.Nil(t, digests[0].Looked.From)
	require.Equal(t, "2026-10-31T23", digests[2].Looked.From.String())
	require.Equal(t, digests[0].At, digests[2].Looked.SweptAt)
	require.Equal(t, consume.Counts{
		"Digests": 1, "DigestsCompleted": 0, "DigestsOvertaken": 0, "SealedSegments": 0, "SealedLines": 0, "SealFaults": 0,
		"UnresolvedRecords": 0, "UnresolvedBatches": 1, "SecondsUnsealed": 900}, r.Counts())
}

// All that a digest consists of is put once, with a checksum and its retention.
func TestDigestsAreRetainedLikeSegments(t *testing.T) {
	v := newVault(t)
	v.write(0, 1)
	sealer := v.sealer()
	sealer.Retention = audit.Retention{Mode: types.ObjectLockRetentionModeCompliance, Days: 3}
	before := len(v.bucket.Puts)
	_, err := sealer.Seal(t.Context())
	require.NoError(t, err)
	require.Len(t, v.bucket.Puts[before:], 3)
	for i, want := range []string{"/keys/", "/digests/", ".signature.json"} {
		name := v.bucket.Puts[before+i]
		require.Contains(t, name, want, "the order of puts")
		input := v.bucket.Objects()[name].Input
		require.Equal(t, "*", *input.IfNoneMatch)
		require.NotNil(t, input.ChecksumSHA256)
		require.Equal(t, types.ObjectLockModeCompliance, input.ObjectLockMode)
		require.Equal(t, v.now().AddDate(0, 0, 3), *input.ObjectLockRetainUntilDate)
	}
}

// However a digester dies, and whether its last call had an effect or not: the next makes one chain, and loses nothing.
func TestDigesterDiesAtEveryCall(t *testing.T) {
	for _, effect := range []bool{false, true} {
		for _, prior := range []int{0, 1} {
			t.Run(fmt.Sprintf("effect %t after %d digests", effect, prior), func(t *testing.T) {
				for call := 1; dies(t, prior, call, effect); call++ {
					require.Less(t, call, 100)
				}
			})
		}
	}
}

// dies runs a digester that dies at that call, and then another. It returns false where there are fewer calls.
func dies(t *testing.T, prior, call int, effect bool) bool {
	v := newVault(t)
	for range prior {
		v.write(0, 2)
		v.seal()
	}
	v.write(0, 2)
	v.write(1, 2)
	mortal := &mortal{vault: v, last: int64(call), effect: effect}
	v.bucket.Fail = mortal.fault
	sealer := v.sealer()
	sealer.Signers, sealer.Waits = []audit.Signer{mortal}, mortal
	_, err := sealer.Seal(t.Context())
	v.bucket.Fail = nil
	if mortal.calls.Load() < int64(call) {
		require.NoError(t, err)
		return false
	}
	require.ErrorIs(t, err, errDied)
	v.advance(time.Minute)
	v.write(1, 1)
	v.seal()
	digests := v.check(0)
	require.GreaterOrEqual(t, len(digests), prior+1)
	require.LessOrEqual(t, len(digests), prior+2)
	return true
}

// mortal counts the calls of a digester, and fails all from one on. It stands before the key as well.
type mortal struct {
	*vault
	last   int64
	effect bool
	calls  atomic.Int64
}

func (m *mortal) dead() bool { return m.calls.Add(1) >= m.last }

func (m *mortal) fault(string, string) s3fake.Fault {
	if n := m.calls.Add(1); n >= m.last {
		return s3fake.Fault{Err: errDied, Effect: m.effect && n == m.last}
	}
	return s3fake.Fault{}
}

func (m *mortal) PublicKey(ctx context.Context) (audit.PublicKey, error) {
	if m.dead() {
		return audit.PublicKey{}, errDied
	}
	return m.keys[0].PublicKey(ctx)
}

func (m *mortal) Sign(ctx context.Context, hash []byte) ([]byte, error) {
	if m.dead() {
		return nil, errDied
	}
	return m.keys[0].Sign(ctx, hash)
}

func (m *mortal) Unresolved(ctx context.Context) (audit.Unresolved, error) {
	if m.dead() {
		return audit.Unresolved{}, errDied
	}
	return m.vault.Unresolved(ctx)
}

// Digesters and consumers at once, with calls that are refused as S3 refuses them and answers that are lost.
func TestOneChainWhateverRaces(t *testing.T) {
	v := newVault(t)
	v.retry.Attempts = 50
	var calls atomic.Int64
	v.bucket.Fail = func(operation, _ string) s3fake.Fault {
		switch n := calls.Add(1); {
		case n%7 == 0 && operation == "PutObject":
			return s3fake.Fault{Err: s3fake.Error("ConditionalRequestConflict")}
		case n%11 == 0 && operation == "PutObject":
			return s3fake.Fault{Err: errors.New("cut"), Effect: true}
		case n%13 == 0 && operation == "GetObject":
			return s3fake.Fault{Cut: 30}
		}
		return s3fake.Fault{}
	}
	var all sync.WaitGroup
	var made, overtaken atomic.Int64
	for range 3 {
		all.Go(func() {
			sealer := v.sealer()
			for range 12 {
				r, err := sealer.Seal(context.Background())
				made.Add(int64(len(r.Anchors)))
				overtaken.Add(int64(r.Overtaken))
				if err != nil && !strings.Contains(err.Error(), "first") {
					t.Error(err)
				}
				v.advance(time.Minute)
			}
		})
	}
	for range 2 {
		all.Go(func() {
			for i := range 30 {
				if o := v.write(i%3, 2); o.Err != nil {
					t.Error(o.Err)
				}
			}
		})
	}
	all.Wait()
	v.bucket.Fail = nil
	v.seal()
	digests := v.check(0)
	require.Positive(t, overtaken.Load())
	require.LessOrEqual(t, int64(len(digests)), made.Load()+1, "digests that two made alike are one")
	lines := int64(0)
	for _, d := range digests {
		lines += d.Lines
	}
	require.EqualValues(t, v.made, lines)
}

func TestLateSegmentsAreNotedAndListed(t *testing.T) {
	v := newVault(t)
	v.write(0, 1)
	v.seal()
	v.advance(72 * time.Hour)
	v.seal() // sweeps
	v.advance(20 * time.Minute)
	require.Empty(t, v.write(0, 1).Pending)
	late := v.now()
	require.Contains(t, v.bucket.Objects(), audit.LateKey("small-dev", late, audit.HourOf(midnight)))
	v.advance(time.Minute)
	v.seal()
	digests := v.check(0)
	require.Equal(t, "2026-11-02T00", digests[2].Looked.Late[0].String())
	require.NotNil(t, digests[2].Looked.From)
	require.Len(t, digests[2].Segments, 1)

	// A segment whose note was read before it came is found all the same.
	v.advance(10 * time.Hour)
	key := v.segments()[0]
	body := v.bucket.Objects()[key].Body
	v.bucket.Set("audit/v1/small-dev/dt=2026-11-02/hour=00/other", body)
	v.seal()
	digests = v.check(0)
	require.Len(t, digests[3].Faults, 1)
	require.NotNil(t, digests[3].Looked.From, "no sweep found it")
}

// What nobody noted is found by the day's sweep. Hours are then all hours, also those of records without a time.
func TestSweepFindsWhatNobodyNoted(t *testing.T) {
	v := newVault(t)
	v.seal()
	v.advance(40 * time.Hour)
	v.seal()
	v.write(0, 1)
	for name := range v.bucket.Objects() {
		if strings.Contains(name, "/late/") {
			v.bucket.Delete(name)
		}
	}
	for range 4 * 24 {
		v.check(1)
		v.advance(15 * time.Minute)
		v.seal()
	}
	digests := v.check(0)
	last := digests[len(digests)-1]
	require.Nil(t, last.Looked.From)
	require.Equal(t, last.At, last.Looked.SweptAt)
}

func TestClockThatGoesBackLooksEverywhere(t *testing.T) {
	v := newVault(t)
	v.seal()
	v.advance(100 * time.Hour)
	v.seal()
	v.advance(-99 * time.Hour)
	v.write(0, 1)
	v.seal()
	digests := v.check(0)
	require.Equal(t, digests[1].At, digests[2].At)
	require.Len(t, digests[2].Segments, 1)
}

func TestKeysAreRotatedUnderTheOldOne(t *testing.T) {
	v := newVault(t)
	v.write(0, 1)
	v.seal()
	old := v.keys[0]
	v.keys = []audit.Signer{key(t, 1)}
	_, err := v.sealer().Seal(t.Context())
	require.ErrorContains(t, err, "OUTFLOW_SIGNING_KEY=new,old")
	v.keys = []audit.Signer{key(t, 1), old}
	v.check(0)
	v.advance(time.Minute)
	v.seal()
	v.advance(time.Minute)
	v.seal()
	digests := v.check(0)
	require.Len(t, digests, 3)
	require.Equal(t, digests[1].NextKey.ID, digests[2].SignedBy)
	require.Nil(t, digests[2].NextKey)
	v.keys = v.keys[:1]
	v.seal()
	v.keys = []audit.Signer{key(t, 2), key(t, 1), old}
	v.seal()
	v.seal()
	require.Len(t, v.check(0), 6)
}

// The digest that announces a key is left without a signature.
func TestRotationThatDies(t *testing.T) {
	v := newVault(t)
	v.seal()
	v.keys = []audit.Signer{key(t, 1), v.keys[0]}
	v.bucket.Fail = func(operation, key string) s3fake.Fault {
		if operation == "PutObject" && strings.HasSuffix(key, ".signature.json") {
			return s3fake.Fault{Err: errDied}
		}
		return s3fake.Fault{}
	}
	_, err := v.sealer().Seal(t.Context())
	require.ErrorIs(t, err, errDied)
	v.bucket.Fail = nil
	v.keys = []audit.Signer{key(t, 2), v.keys[0], v.keys[1]}
	require.Equal(t, 1, v.seal().Completed)
	v.seal()
	digests := v.check(0)
	require.Len(t, digests, 4)
	require.NotEqual(t, digests[0].SignedBy, digests[2].SignedBy)
	require.NotEqual(t, digests[2].SignedBy, digests[3].SignedBy)
}

// Whoever can put objects gets no signature for what they say.
func TestForgedDigestIsNotSigned(t *testing.T) {
	foreign, err := key(t, 9).PublicKey(t.Context())
	require.NoError(t, err)
	hour, fault := audit.HourOf(midnight), strings.Repeat("0", 64)
	for name, forge := range map[string]func(*audit.Digest){
		"as it should be":          nil,
		"a segment less":           func(d *audit.Digest) { d.Segments = d.Segments[1:] },
		"other bytes":              func(d *audit.Digest) { d.Segments[0].SHA256 = fault },
		"other lines":              func(d *audit.Digest) { d.Counts.Insert--; d.Counts.Remove++ },
		"a key of somebody's":      func(d *audit.Digest) { d.NextKey = &foreign },
		"signed by somebody":       func(d *audit.Digest) { d.SignedBy = foreign.ID },
		"other chain":              func(d *audit.Digest) { d.Previous.SHA256 = fault },
		"from the future":          func(d *audit.Digest) { d.At = d.At.Add(time.Hour) },
		"from before":              func(d *audit.Digest) { d.At = d.At.Add(-time.Hour) },
		"has looked nowhere":       func(d *audit.Digest) { d.Looked.From = &hour },
		"a fault that is none":     func(d *audit.Digest) { d.Faults = append(d.Faults, audit.Fault{Key: "x", SHA256: &fault}) },
		"a segment for a fault":    func(d *audit.Digest) { d.Faults = []audit.Fault{{Key: d.Segments[0].Key}}; d.Segments = d.Segments[1:] },
		"a segment of before":      func(d *audit.Digest) { d.Segments[0].Key = strings.Replace(d.Segments[0].Key, "hour=00", "hour=02", 1) },
		"no key index":             func(d *audit.Digest) { d.KeyIndex = nil },
		"swept":                    func(d *audit.Digest) { d.Looked.SweptAt = d.At },
		"a number of its own":      func(d *audit.Digest) { d.Previous.Number, d.Number = 5, 6 },
		"a root that is not there": func(d *audit.Digest) { d.Root = fault },
	} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t)
			v.write(2, 1)
			v.seal()
			v.advance(15 * time.Minute)
			v.write(0, 1)
			v.write(1, 1)
			v.seal()
			v.bucket.Delete(audit.SignatureKey("small-dev", 2))
			if forge == nil {
				require.Equal(t, 1, v.seal().Completed)
				require.Nil(t, v.check(0)[2].Looked.From, "what a dead digester saw is not relied on")
				return
			}
			d := v.digest(2)
			forge(&d)
			if name != "a root that is not there" {
				d.Root, err = audit.RootOf(d.Segments)
				require.NoError(t, err)
			}
			body, err := d.Encode()
			require.NoError(t, err)
			v.bucket.Set(audit.DigestKey("small-dev", 2), body)
			_, err = v.sealer().Seal(t.Context())
			require.Error(t, err)
			require.NotContains(t, v.bucket.Objects(), audit.SignatureKey("small-dev", 2))
			if !strings.Contains(err.Error(), "OUTFLOW_SIGNING_KEY") {
				require.ErrorIs(t, err, audit.ErrTampered)
			}
		})
	}
}

func (v *vault) digest(n int64) audit.Digest {
	d, err := audit.ReadDigest(v.bucket.Objects()[audit.DigestKey("small-dev", n)].Body)
	require.NoError(v.t, err)
	return d
}

// Nothing is signed on top of what was altered.
func TestSealStopsAtTampering(t *testing.T) {
	for name, alter := range map[string]func(*vault){
		"a digest is gone":    func(v *vault) { v.bucket.Delete(audit.DigestKey("small-dev", 3)) },
		"a digest in between": func(v *vault) { v.bucket.Delete(audit.DigestKey("small-dev", 2)) },
		"a digest by another": func(v *vault) { v.bucket.Set(audit.DigestKey("small-dev", 2), v.body(audit.DigestKey("small-dev", 1))) },
		"no digest":           func(v *vault) { v.bucket.Set(audit.DigestKey("small-dev", 9), []byte("{}")) },
		"a signature by another": func(v *vault) {
			v.bucket.Set(audit.SignatureKey("small-dev", 3), v.body(audit.SignatureKey("small-dev", 2)))
		},
		"no signature":              func(v *vault) { v.bucket.Set(audit.SignatureKey("small-dev", 3), []byte("{}")) },
		"a folder without a digest": func(v *vault) { v.bucket.Set("audit/v1/small-dev/digests/00000009/x", nil) },
	} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t)
			for range 3 {
				v.write(0, 1)
				v.seal()
			}
			before := len(v.bucket.Objects())
			v.bucket.Set("audit/v1/small-dev/digests/stray/x", nil) // which is not the log's
			v.seal()
			for _, n := range []int64{4} {
				v.bucket.Delete(audit.DigestKey("small-dev", n))
				v.bucket.Delete(audit.SignatureKey("small-dev", n))
			}
			require.Len(t, v.bucket.Objects(), before+1)
			alter(v)
			puts := len(v.bucket.Puts)
			_, err := v.sealer().Seal(t.Context())
			require.ErrorIs(t, err, audit.ErrTampered)
			require.Len(t, v.bucket.Puts, puts)
		})
	}
}

func (v *vault) body(key string) []byte { return v.bucket.Objects()[key].Body }

// An object that is no valid segment stops nothing: digests name it, once.
func TestInvalidSegmentsAreNamedAsFaults(t *testing.T) {
	v := newVault(t)
	v.write(0, 2)
	good := v.segments()[0]
	body := v.body(good)
	folder := "audit/v1/small-dev/dt=2026-11-02/hour=00/"
	v.bucket.Set(folder+"notes.txt", []byte("x"))
	v.bucket.Set(strings.Replace(good, "hour=00", "hour=01", 1), body)
	v.bucket.Set(strings.Replace(good, "0001-", "0002-", 1), body)
	v.bucket.Set(good[:len(good)-9]+".gz", body)
	r := v.seal()
	v.seal()
	require.EqualValues(t, 1, r.Segments)
	require.Len(t, r.Faults, 4)
	digests := v.check(0)
	require.Empty(t, digests[1].Faults)
	for _, f := range digests[0].Faults {
		require.NotEmpty(t, f.Reason)
		require.NotNil(t, f.SHA256)
	}
}

func TestBacklogMakesSeveralDigests(t *testing.T) {
	v := newVault(t)
	v.bucket.Page = 300
	for range 1100 {
		v.write(0, 1)
	}
	r := v.seal()
	require.Len(t, r.Anchors, 2)
	digests := v.check(0)
	require.False(t, digests[0].Looked.Complete)
	require.Len(t, digests[0].Segments, 1000)
	require.True(t, digests[1].Looked.Complete)
	require.Nil(t, digests[1].Looked.From)
}

// The first of two digests of a backlog is made, and then the digester dies for days.
func TestBacklogIsTakenUpAgain(t *testing.T) {
	v := newVault(t)
	v.seal()
	for range 1100 {
		v.write(0, 1)
	}
	v.bucket.Fail = func(operation, key string) s3fake.Fault {
		if operation == "PutObject" && key == audit.DigestKey("small-dev", 3) {
			return s3fake.Fault{Err: errDied}
		}
		return s3fake.Fault{}
	}
	_, err := v.sealer().Seal(t.Context())
	require.ErrorIs(t, err, errDied)
	v.bucket.Fail = nil
	require.Len(t, v.check(100), 2)
	v.advance(23 * time.Hour)
	v.seal()
	digests := v.check(0)
	require.Equal(t, digests[1].Looked.From, digests[2].Looked.From)
}

// A new model writes lines of the same records with another view; both are sealed.
func TestModelChangesBetweenDigests(t *testing.T) {
	v := newVault(t)
	v.write(0, 3)
	v.seal()
	v.model = newWorld(t, strings.Replace(small, "count: integer", "count: string", 1), nil, audit.Retention{}).model
	v.made = 0
	v.write(0, 3)
	require.EqualValues(t, 3, v.seal().Lines)
	require.Len(t, v.segments(), 2)
	v.check(0)
}

// Any history of writes on time and late, of seals that fail anywhere, of clocks that stand or jump: one chain, and
// after a last seal everything is listed once.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := newVault(t)
		v.retry.Attempts = 1
		faults := 0
		v.bucket.Fail = func(string, string) s3fake.Fault {
			if faults--; faults != 0 {
				return s3fake.Fault{}
			}
			return s3fake.Fault{Err: errDied, Effect: rapid.Bool().Draw(t, "effect")}
		}
		sealer := v.sealer()
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"write", "write", "seal", "seal", "restart", "time", "day"}).Draw(t, "step") {
			case "write":
				hours := int(v.now().Sub(midnight) / time.Hour)
				v.write(rapid.IntRange(0, hours).Draw(t, "hour"), rapid.IntRange(1, 3).Draw(t, "records"))
			case "seal":
				faults = rapid.IntRange(0, 40).Draw(t, "fault")
				if _, err := sealer.Seal(context.Background()); err != nil {
					require.ErrorIs(t, err, errDied)
				}
				faults = 0
			case "restart":
				sealer = v.sealer()
			case "time":
				v.advance(15 * time.Minute)
			case "day":
				v.advance(time.Duration(rapid.IntRange(20, 50).Draw(t, "hours")) * time.Hour)
			}
		}
		v.bucket.Fail = nil
		_, err := sealer.Seal(context.Background())
		require.NoError(t, err)
		v.check(0)
	})
}
