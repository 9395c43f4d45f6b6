package publish_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/publish"
)

// many are updates of 26 items, in more portions than one, and the events that are to come of them. The first is an
// insertion with two events, so that calls do not end where portions do.
func many() (letters, taken string) {
	const alphabet = "abcdefghijklmnopqrstuvwxyz"
	letters = "A" + strings.Repeat(alphabet, 9)[1:]
	taken = "aN aS"
	for _, letter := range letters[1:] {
		taken += " " + string(letter) + "N"
	}
	return letters, taken
}

// panicky makes the rule Sized, which is asked on insertions, panic.
func (w *world) panicky() *world {
	events := w.model.Entities["Thing"].Events
	sized := slices.IndexFunc(events, func(e model.Event) bool { return e.Name == "Sized" })
	events[sized].Becomes = []model.Condition{{Field: "nowhere"}}
	return w
}

func TestPanicInMakingIsPoisonOfItsChange(t *testing.T) {
	o := newWorld(t, now, 0).panicky()
	outcome := o.deliver(t, "aBcD")
	require.Empty(t, outcome.Pending)
	require.Equal(t, []int{1, 3}, indexes(outcome.Poison))
	for _, p := range outcome.Poison {
		require.ErrorIs(t, p.Reason, consume.ErrPanic)
	}
	require.Equal(t, "aN bN cN dN", o.bus.text(), "what was made before it panicked goes out")
}

func TestPortionsDoNotShowInCalls(t *testing.T) {
	letters, taken := many()
	w := newWorld(t, now, 0)
	w.bus.script = on(map[int]answer{7: {err: errCut}})
	o := w.deliver(t, letters)
	require.Empty(t, o.Pending)
	require.Equal(t, taken, w.bus.text())
	require.Equal(t, append(slices.Repeat([]int{publish.MaxEntries}, 24), 5), w.bus.shape())
	require.Equal(t, 235, o.Counts[consume.MetricWritten])
}

// What a batch would come to is known to the end, however early the calls stop: what can never be made is parked, the
// rest comes again, and what asks for no event is done.
func TestWhatIsNotTriedIsMadeAllTheSame(t *testing.T) {
	letters, _ := many()
	w := newWorld(t, now, 0)
	w.bus.script = func(int, []types.PutEventsRequestEntry) answer { return answer{err: errCut} }
	o := w.deliver(t, letters+"!?")
	require.Len(t, o.Pending, len(letters)+1)
	require.Equal(t, []int{len(letters)}, indexes(o.Poison), "? has another event that is pending")
	require.NotContains(t, o.Pending, len(letters))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	done := w.outlet.Deliver(ctx, w.changes(t, letters+"!?"))
	require.Equal(t, o.Pending, done.Pending)
	require.Equal(t, indexes(o.Poison), indexes(done.Poison))
}

// Lambda reads the next event over the one that the changes are slices of. A goroutine that is left would end the bubble
// with an error, and the race detector would see what it has read.
func TestNothingReadsTheChangesAfterDeliver(t *testing.T) {
	letters, taken := many()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, now, 0)
		w.bus.script = func(call int, _ []types.PutEventsRequestEntry) answer {
			if call == 1 {
				panic("the client")
			}
			return answer{}
		}
		changes := w.changes(t, letters)
		require.PanicsWithValue(t, "the client", func() { w.outlet.Deliver(t.Context(), changes) })
		for _, c := range changes {
			for i := range c.Raw {
				c.Raw[i] = '?'
			}
		}
		require.Len(t, w.bus.taken, publish.MaxEntries)
		w.bus.script = nil
		require.Empty(t, w.deliver(t, letters).Pending)
		require.Equal(t, taken, w.bus.text(), "what it had sent is not sent again")
	})
}
