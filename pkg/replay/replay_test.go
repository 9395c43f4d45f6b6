package replay_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/publish"
	"github.com/outflow-dev/outflow/pkg/replay"
)

// recorded is the shop's recorded changes.
func recorded(t testing.TB) []byte {
	t.Helper()
	content, err := os.ReadFile("../../examples/shop/changes.json")
	require.NoError(t, err)
	return content
}

// sameButReplayed is what was sent live as a replay sends it.
func sameButReplayed(taken []types.PutEventsRequestEntry) []types.PutEventsRequestEntry {
	again := slices.Clone(taken)
	for i := range again {
		detail := strings.Replace(*again[i].Detail, `"replayed":false`, `"replayed":true`, 1)
		again[i].Detail = &detail
	}
	return again
}

func TestReplaySendsTheSameEvents(t *testing.T) {
	w := newWorld(t)
	w.live(t, recorded(t), 0)
	require.Greater(t, len(w.bus.taken), 5)
	var again bus
	faults, err := w.replay(t, &again, publish.Replay{}, 0)
	require.NoError(t, err)
	require.Empty(t, faults)
	require.Equal(t, ids(t, w.bus.taken), ids(t, again.taken), "the ids of the original, in order")
	require.Equal(t, sameButReplayed(w.bus.taken), again.taken)
	require.Equal(t, len(again.taken), w.state.Counts.Sum())
	require.Zero(t, w.state.Counts.Other)
}

// A claim's event is the same too: it names another object, since the detail in it says that it was replayed.
func TestReplayMakesClaims(t *testing.T) {
	w := newWorld(t)
	const least = 1024
	large := strings.Replace(user(1), "Ann", strings.Repeat("ä", least), 1)
	w.live(t, batch(large, user(2)), least)
	var again bus
	_, err := w.replay(t, &again, publish.Replay{}, least)
	require.NoError(t, err)
	require.Equal(t, ids(t, w.bus.taken), ids(t, again.taken))
	require.Contains(t, *again.taken[0].Detail, `"replayed":true,"claim":{"bucket":"claims"`)
	require.NotContains(t, *again.taken[1].Detail, "claim")
}

func TestReplayOfSome(t *testing.T) {
	w := newWorld(t)
	w.live(t, recorded(t), 0)
	for _, row := range []struct {
		name string
		only publish.Replay
		want []string
	}{
		{"an entity", publish.Replay{Entity: "User"}, []string{"UserRegistered"}},
		{"an event", publish.Replay{Event: "OrderShipped"}, []string{"OrderShipped"}},
		{"both, which do not go together", publish.Replay{Entity: "User", Event: "OrderShipped"}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			w.begin()
			var again bus
			_, err := w.replay(t, &again, row.only, 0)
			require.NoError(t, err)
			var names []string
			for _, entry := range again.taken {
				names = append(names, *entry.DetailType)
			}
			require.Equal(t, row.want, slices.Compact(names))
			require.Equal(t, row.want, slices.Sorted(maps.Keys(w.state.Counts.Events)))
		})
	}
}

func TestCountingIsWhatSendingSends(t *testing.T) {
	w := newWorld(t)
	w.live(t, recorded(t), 0)
	_, err := w.replay(t, nil, publish.Replay{}, 0)
	require.NoError(t, err)
	counted := w.state.Counts
	w.begin()
	var again bus
	_, err = w.replay(t, &again, publish.Replay{}, 0)
	require.NoError(t, err)
	require.Equal(t, counted, w.state.Counts)
	require.Len(t, again.taken, counted.Sum())
}

func TestReplayReadsItsTimeOnly(t *testing.T) {
	w := newWorld(t)
	w.live(t, batch(user(1), user(2), user(3), user(4)), 0)
	w.state.Of.From, w.state.Until = "2026-11-02T09:20:02Z", w.state.Until.AddDate(-1, 0, 0)
	_, err := w.replay(t, nil, publish.Replay{}, 0)
	require.NoError(t, err)
	require.Zero(t, w.state.Counts.Changes, "it ends before it begins")
	w.begin()
	w.state.Of.From = w.bus.taken[1].Time.Format("2006-01-02T15:04:05Z")
	w.state.Until = *w.bus.taken[3].Time
	var again bus
	_, err = w.replay(t, &again, publish.Replay{}, 0)
	require.NoError(t, err)
	require.Equal(t, ids(t, w.bus.taken[1:3]), ids(t, again.taken))
}

func TestReplaySaysWhatItCannotSend(t *testing.T) {
	w := newWorld(t)
	undecoded := strings.Replace(user(2), `{"S":"Ann"}`, `{"N":"none"}`, 1)
	nameless := strings.Replace(user(3), `{"S":"Ann"}`, `{"N":"7"}`, 1) // no text, as the event needs it
	w.live(t, batch(user(1), undecoded, nameless, user(4)), 0)
	altered := newWorld(t)
	altered.live(t, batch(user(5)), 0)
	for key := range altered.log.Objects() {
		w.log.Set(key, []byte("altered"))
	}
	var again bus
	faults, err := w.replay(t, &again, publish.Replay{}, 0)
	require.NoError(t, err)
	require.Equal(t, ids(t, w.bus.taken), ids(t, again.taken), "what can be sent is sent")
	require.Equal(t, 1, w.state.Counts.Raw)
	require.Equal(t, 1, w.state.Counts.Refused)
	require.Equal(t, 1, w.state.Counts.Faults)
	require.Len(t, faults, 2)
	text := strings.Join(faults, "\n")
	require.Contains(t, text, "event UserRegistered: field name")
	require.Contains(t, text, "not a segment of the audit log")

	w.begin()
	counted, err := w.replay(t, nil, publish.Replay{}, 0)
	require.NoError(t, err)
	require.ElementsMatch(t, faults, counted, "a dry run says the same")
}

// A replay that is stopped by any faults, and begun again as often as it takes, sends every event, and in each run none
// before the last that was kept as done.
func TestReplayGoesOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		var records []string
		for n := range rapid.IntRange(1, 250).Draw(t, "changes") {
			records = append(records, user(n))
		}
		w.live(t, batch(records...), 0)
		trouble := rapid.IntRange(0, 12).Draw(t, "faults")
		var again bus
		again.fail = func(entries int) ([]string, error) {
			if trouble--; trouble < 0 {
				return nil, nil
			}
			if rapid.Bool().Draw(t, "the call fails") {
				return nil, errDown
			}
			return rapid.SliceOfN(rapid.SampledFrom([]string{"", "InternalFailure"}), entries, entries).Draw(t, "codes"), nil
		}
		for runs := 0; ; runs++ {
			require.Less(t, runs, 20)
			done, before := w.state.Counts.Changes, len(again.taken)
			_, err := w.replay(t, &again, publish.Replay{}, 0)
			want := ids(t, w.bus.taken)
			for _, id := range ids(t, again.taken[before:]) {
				require.GreaterOrEqual(t, slices.Index(want, id), done, "what is done is not sent again")
			}
			if err == nil {
				break
			}
		}
		require.Equal(t, len(records), w.state.Counts.Changes)
		got := ids(t, again.taken)
		slices.Sort(got)
		require.Equal(t, slices.Sorted(slices.Values(ids(t, w.bus.taken))), slices.Compact(got))
	})
}

func TestListingThatFailsEndsTheReplay(t *testing.T) {
	w := newWorld(t)
	w.live(t, batch(user(1)), 0)
	w.log.Fail = failing
	_, err := w.replay(t, nil, publish.Replay{}, 0)
	require.ErrorIs(t, err, errDown)
}

func TestStateOfAnotherReplayIsRefused(t *testing.T) {
	of := replay.Identity{Log: "audit/shop-dev", From: "2026-01-01T00:00:00Z", Bus: "a"}
	for name, row := range map[string]struct{ content, says string }{
		"half":          {`{"format":1,`, "not whole"},
		"another form":  {`{"format":9}`, "format 9"},
		"another bus":   {`{"format":1,"of":{"log":"audit/shop-dev","from":"2026-01-01T00:00:00Z","bus":"b"}}`, `the bus was "b" and is "a"`},
		"another start": {`{"format":1,"of":{"log":"audit/shop-dev","from":"2025-01-01T00:00:00Z","bus":"a"}}`, "--from was"},
		"more":          {`{"format":1,"lanes":[]}`, "not whole"},
	} {
		_, err := replay.ReadState([]byte(row.content), of)
		require.ErrorIs(t, err, replay.ErrOther, name)
		require.ErrorContains(t, err, row.says, name)
	}
}
