package audit_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

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

// A sealer that goes on remembers what the digests list, and reads each once.
func TestSealerRemembers(t *testing.T) {
	v := newVault(t)
	for range 40 {
		v.write(0, 1)
		v.seal()
	}
	sealer := v.sealer()
	_, err := sealer.Seal(t.Context())
	require.NoError(t, err)
	var reads atomic.Int64
	v.bucket.Fail = func(operation, _ string) s3fake.Fault {
		if operation == "GetObject" {
			reads.Add(1)
		}
		return s3fake.Fault{}
	}
	_, err = sealer.Seal(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2, reads.Load(), "the last digest and its signature")
}
