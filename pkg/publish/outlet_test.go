package publish_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/publish"
)

func TestEventsGoOutInOrder(t *testing.T) {
	for _, row := range []struct {
		name, letters, taken string
		calls                []int
	}{
		{"none", "", "", nil},
		{"ten in a call", "abcdefghijkl", "aN bN cN dN eN fN gN hN iN jN kN lN", []int{10, 2}},
		{"two events of one change share a call", "Ab", "aN aS bN", []int{3}},
		{"two changes of one item do not", "abacb", "aN bN aN cN bN", []int{2, 3}},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t, now, 0)
			var changes []*change.Change
			if row.letters != "" {
				changes = w.changes(t, row.letters)
			}
			o := w.outlet.Deliver(t.Context(), changes)
			require.Empty(t, o.Pending)
			require.Empty(t, o.Poison)
			require.NoError(t, o.Err)
			require.Equal(t, row.taken, w.bus.text())
			require.Equal(t, row.calls, w.bus.shape())
		})
	}
}

func TestFailedEntriesAreRetriedAlone(t *testing.T) {
	w := newWorld(t, now, 0)
	w.bus.script = on(map[int]answer{0: {codes: []string{"", "ThrottlingException", "InternalFailure"}}})
	o := w.deliver(t, "abcdb")
	require.Empty(t, o.Pending)
	require.Equal(t, "aN dN bN cN bN", w.bus.text(), "the second b waits for the first")
	require.Equal(t, []int{4, 2, 1}, w.bus.shape())
	require.Equal(t, consume.Counts{consume.MetricWritten: 5, consume.MetricRejected: 2, consume.MetricRuleFaults: 0,
		consume.MetricUnlisted: 0}, o.Counts)
}

func TestCallsThatProveNothingAreMadeAgain(t *testing.T) {
	for name, told := range map[string]answer{
		"no answer":                {err: errCut},
		"no answer, but an effect": {err: errCut, effect: true},
		"wrong count":              {extra: 1},
		"entry missing":            {short: true},
		"throttled":                {err: s3fake.Error("ThrottlingException")},
		"failed":                   {err: s3fake.Error("InternalException")},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, now, 0)
			w.bus.script = on(map[int]answer{0: told})
			o := w.deliver(t, "ab")
			require.Empty(t, o.Pending)
			require.True(t, strings.HasSuffix(w.bus.text(), "aN bN"), w.bus.text())
			require.Len(t, w.bus.calls, 2)
		})
	}
}

func TestRefusedEntryIsPoisonAndStopsNoOther(t *testing.T) {
	for _, code := range []string{"MalformedDetail", "InvalidArgument", "RedactionFailure", "NotAuthorizedForDetailTypeException"} {
		w := newWorld(t, now, 0)
		w.bus.script = always(code, "b")
		o := w.deliver(t, "abbc")
		require.Empty(t, o.Pending)
		require.Equal(t, []int{1, 2}, indexes(o.Poison))
		require.ErrorContains(t, o.Poison[0].Reason, "event Noted: the bus refuses it with "+code)
		require.NotContains(t, o.Poison[0].Reason.Error(), "secret", "the bus's text may quote the event")
		require.Equal(t, "aN cN", w.bus.text())
	}
}

func indexes(poison []consume.Poison) []int {
	var all []int
	for _, p := range poison {
		all = append(all, p.Index)
	}
	return all
}

func TestWhatIsRefusedAsAWholeIsAnOutage(t *testing.T) {
	const many = "abcdefghij"
	for _, row := range []struct {
		name, code, letters string
		outage              bool
	}{
		{"policy, one event", "NotAuthorizedForSourceException", "a", true},
		{"policy, many events", "AccessDeniedException", many, true},
		{"record, one event", "MalformedDetail", "a", false},
		{"record, many events", "MalformedDetail", many, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t, now, 0)
			w.bus.script = always(row.code, row.letters)
			o := w.deliver(t, row.letters)
			if !row.outage {
				require.Len(t, o.Poison, len(row.letters))
				return
			}
			var outage *publish.OutageError
			require.ErrorAs(t, o.Err, &outage)
			require.Len(t, o.Pending, len(row.letters))
			require.Empty(t, o.Poison)
		})
	}
}

func TestCallThatIsRefusedIsPendingAndSaysWhatToDo(t *testing.T) {
	for code, hint := range map[string]string{
		"AccessDeniedException":     "events:PutEvents",
		"ResourceNotFoundException": "OUTFLOW_BUS",
	} {
		w := newWorld(t, now, 0)
		w.bus.script = func(int, []types.PutEventsRequestEntry) answer { return answer{err: s3fake.Error(code)} }
		o := w.deliver(t, "ab")
		require.Equal(t, []int{0, 1}, o.Pending)
		require.ErrorContains(t, o.Err, hint)
		require.Len(t, w.bus.calls, 4, "as often as Retry says")
	}
}

func TestEntryThatMakesACallInvalidIsFound(t *testing.T) {
	w := newWorld(t, now, 0)
	w.bus.script = func(_ int, entries []types.PutEventsRequestEntry) answer {
		for _, entry := range entries {
			if read(entry).name() == "eN" {
				return answer{err: s3fake.Error("ValidationException")}
			}
		}
		return answer{}
	}
	o := w.deliver(t, "abcdefgh")
	require.Empty(t, o.Pending)
	require.Equal(t, []int{4}, indexes(o.Poison))
	require.ErrorContains(t, o.Poison[0].Reason, "OUTFLOW_ENTRY_BYTES")
	require.Equal(t, "aN bN cN dN fN gN hN", w.bus.text())
}

func TestUndelivered(t *testing.T) {
	old := now.Add(publish.Undelivered)
	down := func(int, []types.PutEventsRequestEntry) answer { return answer{err: errCut} }
	for _, row := range []struct {
		name            string
		at              time.Time
		script          func(int, []types.PutEventsRequestEntry) answer
		pending, parked []int
	}{
		{"young", now, down, []int{0, 1, 2}, nil},
		{"old", old, down, nil, []int{0, 1, 2}},
		{"old, one fails", old, always("InternalFailure", "b"), nil, []int{1}},
		{"old, refused by a policy", old, always("AccessDeniedException", "abc"), nil, []int{0, 1, 2}},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t, row.at, 0)
			w.bus.script = row.script
			o := w.deliver(t, "abc")
			require.Equal(t, row.pending, o.Pending)
			require.Equal(t, row.parked, indexes(o.Poison))
			for _, p := range o.Poison {
				require.True(t, strings.HasPrefix(p.Reason.Error(), "undelivered: event Noted: "), p.Reason)
			}
		})
	}
}

func TestBacklogThatTimeWasTooShortForIsNotParked(t *testing.T) {
	w := newWorld(t, now.Add(time.Hour), 0)
	ctx, cancel := context.WithCancel(t.Context())
	w.bus.script = func(call int, _ []types.PutEventsRequestEntry) answer {
		if call == 1 {
			cancel()
			return answer{err: context.Canceled}
		}
		return answer{}
	}
	o := w.outlet.Deliver(ctx, w.changes(t, "aaa"))
	require.Equal(t, []int{1, 2}, o.Pending)
	require.Empty(t, o.Poison)
	require.Error(t, o.Err)
}

func TestWhatCannotBeMadeIsPoison(t *testing.T) {
	w := newWorld(t, now, 0)
	o := w.deliver(t, "a!?b")
	require.Empty(t, o.Pending)
	require.Equal(t, []int{1, 2}, indexes(o.Poison))
	require.ErrorContains(t, o.Poison[1].Reason, "event Sized: field size")
	require.Equal(t, "aN ?N bN", w.bus.text(), "the other event of the record goes out")
}

func TestWhatWasSentIsNotSentAgain(t *testing.T) {
	w := newWorld(t, now, 0)
	w.bus.script = always("InternalFailure", "b")
	require.Equal(t, []int{1}, w.deliver(t, "abc").Pending)
	w.bus.script = nil
	o := w.deliver(t, "abc")
	require.Empty(t, o.Pending)
	require.Equal(t, "aN cN bN", w.bus.text())
}

func TestClaimIsStoredBeforeItsEventIsSent(t *testing.T) {
	const limit = 700 // less than the detail with this text, more than its metadata
	w := newWorld(t, now, limit)
	changes := w.changes(t, "b")
	large := strings.Replace(string(changes[0].Raw), `"x"}`, `"`+strings.Repeat("x", limit)+`"}`, 1)
	decoded, err := change.Decode(w.model, []byte(`{"Records":[`+large+`]}`))
	require.NoError(t, err)
	fails := 2
	w.claims.Fail = func(string, string) s3fake.Fault {
		require.Empty(t, w.bus.taken)
		if fails--; fails >= 0 {
			return s3fake.Fault{Err: s3fake.Error("SlowDown"), Effect: fails == 0}
		}
		return s3fake.Fault{}
	}
	o := w.outlet.Deliver(t.Context(), []*change.Change{&decoded[0]})
	require.Empty(t, o.Pending)
	require.Equal(t, 1, o.Counts[consume.MetricClaims])
	require.Len(t, w.claims.Puts, 1)
	require.True(t, strings.HasPrefix(w.claims.Puts[0], "claims/"+w.bus.taken[0].ID+"-"))
	require.Contains(t, string(w.claims.Objects()[w.claims.Puts[0]].Body), strings.Repeat("x", limit))
}

// Under any faults, and any borders of batches that come again, every event is sent, those of an item first in order.
func TestNothingIsLostAndOrderHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.StringOfN(rapid.RuneFrom([]rune("abcABC")), 1, 30, -1).Draw(t, "changes")
		w := newWorld(t, now, 0)
		faults := rapid.IntRange(0, 30).Draw(t, "faults")
		w.bus.script = func(_ int, entries []types.PutEventsRequestEntry) answer {
			if faults--; faults < 0 {
				return answer{}
			}
			return draw(t, len(entries))
		}
		changes := w.changes(t, letters)
		for from := 0; from < len(changes); {
			end := rapid.IntRange(from+1, len(changes)).Draw(t, "end of batch")
			o := w.outlet.Deliver(t.Context(), changes[from:end])
			require.Empty(t, o.Poison)
			if len(o.Pending) > 0 {
				require.Error(t, o.Err)
				end = from + o.Pending[0]
			}
			from = end
		}
		requireComplete(t, letters, w.bus.taken)
	})
}

func draw(t *rapid.T, entries int) answer {
	switch rapid.IntRange(0, 4).Draw(t, "fault") {
	case 0:
		return answer{err: errCut, effect: rapid.Bool().Draw(t, "effect")}
	case 1:
		return answer{extra: rapid.SampledFrom([]int{-1, 1}).Draw(t, "count")}
	case 2:
		return answer{short: true}
	}
	return answer{codes: rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "InternalFailure", "ThrottlingException", "NewCode"}),
		entries, entries).Draw(t, "codes")}
}

func requireComplete(t *rapid.T, letters string, taken []sent) {
	ids := map[string]bool{}
	last := map[string]string{}
	for _, s := range taken {
		if ids[s.ID] {
			continue
		}
		ids[s.ID] = true
		require.GreaterOrEqual(t, s.Version, last[s.Item], "the first sending of %s", s.Type)
		last[s.Item] = s.Version
	}
	want := map[string]int{}
	for i, letter := range strings.Split(letters, "") {
		version := fmt.Sprintf("2026-11-02T09:14:07.312/%040d", i)
		want[version+" Noted"]++
		if letter < "a" {
			want[version+" Sized"]++
		}
	}
	got := map[string]int{}
	for _, s := range slices.CompactFunc(sortedByID(taken), func(a, b sent) bool { return a.ID == b.ID }) {
		got[s.Version+" "+s.Type]++
	}
	require.Equal(t, want, got)
}

func sortedByID(all []sent) []sent {
	return slices.SortedFunc(slices.Values(all), func(a, b sent) int { return strings.Compare(a.ID, b.ID) })
}
