package audit_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/change"
)

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

// Records without a readable time, and such as claim to be of the future, are listed soon, and once.
func TestHoursThatAreNoWindows(t *testing.T) {
	v := newVault(t)
	v.seal()
	v.advance(40 * time.Hour)
	v.seal()
	v.advance(time.Hour)
	for number, at := range map[int]string{1: "-5", 2: "4102444800"} {
		text := strings.Replace(record{number, 0, "a"}.json(), fmt.Sprint(1793577600+number), at, 1)
		changes, err := change.Decode(v.model, []byte(`{"Records":[`+text+`]}`))
		require.NoError(t, err)
		outlet := audit.NewOutlet(audit.OutletConfig{Model: v.model, Log: "small-dev", Client: v.bucket, Bucket: "audit", Now: v.now})
		require.Empty(t, outlet.Deliver(t.Context(), []*change.Change{&changes[0]}).Pending)
	}
	v.seal()
	digests := v.check(0)
	require.Len(t, digests[2].Segments, 2)
	require.Contains(t, digests[2].Segments[0].Key, "dt=1970-01-01/hour=00")
	require.Contains(t, digests[2].Segments[1].Key, "dt=2100-01-01/hour=00")
	require.NotNil(t, digests[2].Looked.From, "no sweep found them")
	for range 20 {
		v.advance(5 * time.Hour)
		v.seal()
	}
	v.check(0)
}

// A writer notes that it is late just before midnight; a digest is made after it, and only then the segment comes.
func TestNoteOfTheDayBefore(t *testing.T) {
	v := newVault(t)
	v.seal()
	v.advance(48*time.Hour - time.Hour - 2*time.Minute) // two minutes before a midnight
	v.seal()
	sealed := false
	v.bucket.Fail = func(operation, key string) s3fake.Fault {
		if operation == "PutObject" && strings.Contains(key, "hour=00/") && !sealed {
			sealed = true
			v.advance(4 * time.Minute)
			v.seal()
		}
		return s3fake.Fault{}
	}
	require.Empty(t, v.write(0, 1).Pending)
	require.True(t, sealed)
	v.check(1)
	v.advance(15 * time.Minute)
	v.seal()
	require.NotNil(t, v.check(0)[3].Looked.From, "no sweep found it")
}
