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

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/audit"
)

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

// Any history of writes on time and late, of seals that fail anywhere, of clocks that stand or jump: one chain, and
// after a last seal everything is listed once.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := newVault(t)
		v.retry.Attempts = 1
		var calls atomic.Int64 // until the fault
		effect := false
		v.bucket.Fail = func(string, string) s3fake.Fault {
			if calls.Add(-1) != 0 {
				return s3fake.Fault{}
			}
			return s3fake.Fault{Err: errDied, Effect: effect}
		}
		sealer := v.sealer()
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"write", "write", "seal", "seal", "restart", "time", "day"}).Draw(t, "step") {
			case "write":
				hours := int(v.now().Sub(midnight) / time.Hour)
				v.write(rapid.IntRange(0, hours).Draw(t, "hour"), rapid.IntRange(1, 3).Draw(t, "records"))
			case "seal":
				calls.Store(rapid.Int64Range(0, 40).Draw(t, "fault"))
				effect = rapid.Bool().Draw(t, "effect")
				if _, err := sealer.Seal(context.Background()); err != nil {
					require.ErrorIs(t, err, errDied)
				}
				calls.Store(0)
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
