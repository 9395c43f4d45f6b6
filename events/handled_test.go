package events_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/events"
)

var errHandler = errors.New("no luck")

func TestDeduperHandlesAnEventOnce(t *testing.T) {
	c := newClock()
	d := &events.Deduper{Store: &events.Memory{}, Name: "mailer", Now: c.now, Keep: time.Hour}
	calls := 0
	do := func(fails error) (bool, error) {
		return d.Do(t.Context(), stock(t, "a", 1, ""), func(context.Context) error { calls++; return fails })
	}
	handled, err := do(errHandler)
	require.ErrorIs(t, err, errHandler)
	require.False(t, handled)
	handled, err = do(nil)
	require.NoError(t, err)
	require.True(t, handled, "what failed is handled when it comes again")
	handled, err = do(nil)
	require.NoError(t, err)
	require.False(t, handled)
	require.Equal(t, 2, calls)

	other := *d
	other.Name = "biller"
	handled, err = other.Do(t.Context(), stock(t, "a", 1, ""), func(context.Context) error { return nil })
	require.NoError(t, err)
	require.True(t, handled, "subscribers do not know of each other")
}

func TestOneHandlerAtATime(t *testing.T) {
	c := newClock()
	d := &events.Deduper{Store: &events.Memory{}, Now: c.now, Lease: time.Minute}
	e := stock(t, "a", 1, "")
	nothing := func(context.Context) error { return nil }
	_, err := d.Do(t.Context(), e, func(ctx context.Context) error {
		deadline, limited := ctx.Deadline()
		require.True(t, limited)
		require.LessOrEqual(t, time.Until(deadline), time.Minute, "the handler ends with its lease")
		_, err := d.Do(t.Context(), e, nothing)
		require.ErrorIs(t, err, events.ErrBusy)
		c.at = c.at.Add(time.Minute) // this handler is taken for dead
		_, err = d.Do(t.Context(), e, nothing)
		require.NoError(t, err)
		return nil
	})
	require.ErrorIs(t, err, events.ErrLost)
	handled, err := d.Do(t.Context(), e, nothing)
	require.NoError(t, err)
	require.False(t, handled)
}

func TestLatestPassesOverWhatIsOlder(t *testing.T) {
	l := &events.Latest{Store: &events.Memory{}, Now: newClock().now, EveryChange: true}
	for _, step := range []struct {
		item     string
		n        int
		revision string
		want     events.Verdict
	}{
		{"a", 3, `,"revision":3,"previousRevision":2`, events.Verdict{Applied: true}},
		{"a", 3, `,"revision":3,"previousRevision":2`, events.Verdict{}},
		{"a", 2, `,"revision":2,"previousRevision":1`, events.Verdict{Late: true}},
		{"a", 4, `,"revision":4,"previousRevision":3`, events.Verdict{Applied: true}},
		{"a", 7, `,"revision":7,"previousRevision":6`, events.Verdict{Applied: true, Missing: &events.Gap{Above: "4", UpTo: "6"}}},
		{"a", 8, `,"revision":null,"previousRevision":7`, events.Verdict{Applied: true}},
		{"a", 9, `,"revision":1,"previousRevision":null`, events.Verdict{Applied: true}},
		{"b", 1, ``, events.Verdict{Applied: true}},
		{"b", 5, ``, events.Verdict{Applied: true}},
	} {
		e := stock(t, step.item, step.n, step.revision)
		calls := 0
		v, err := l.Do(t.Context(), e, func(context.Context) error { calls++; return nil })
		require.NoError(t, err)
		require.Equal(t, step.want, v, "%s %d", step.item, step.n)
		require.Equal(t, step.want.Applied, calls == 1)
	}
	require.Equal(t, "after revision 4 was handled, those up to 6 did not come", (&events.Gap{Above: "4", UpTo: "6"}).String())
}

func TestLatestComesAgainAfterAFailure(t *testing.T) {
	l := &events.Latest{Store: &events.Memory{}, Now: newClock().now, Keep: time.Hour}
	_, err := l.Do(t.Context(), stock(t, "a", 2, ""), func(context.Context) error { return errHandler })
	require.ErrorIs(t, err, errHandler)
	v, err := l.Do(t.Context(), stock(t, "a", 1, ""), func(context.Context) error { return nil })
	require.NoError(t, err)
	require.True(t, v.Applied, "nothing later was handled")
}

func TestMemoryForgetsWhatHasExpired(t *testing.T) {
	c := newClock()
	d := &events.Deduper{Store: &events.Memory{}, Now: c.now, Keep: time.Hour}
	handled := func(n int) bool {
		handled, err := d.Do(t.Context(), stock(t, "a", n, ""), func(context.Context) error { return nil })
		require.NoError(t, err)
		return handled
	}
	for n := range 1500 {
		require.True(t, handled(n))
	}
	require.False(t, handled(0))
	c.at = c.at.Add(2 * time.Hour)
	for n := 1500; n < 4000; n++ {
		require.True(t, handled(n))
	}
	require.True(t, handled(0), "forgotten")
	require.False(t, handled(3999))
}

// However events of a state come, doubled, in any order, to handlers that fail before or after their effect, the copy ends
// as the last event says.
func TestLatestEndsInTheLastState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newClock()
		l := &events.Latest{Store: &events.Memory{}, Now: c.now, Lease: time.Minute}
		last, replica := map[string]int{}, map[string]int{}
		var queue []*events.Event
		for n := range rapid.IntRange(1, 20).Draw(t, "changes") {
			item := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "item")
			last[item] = n
			for range rapid.IntRange(1, 3).Draw(t, "deliveries") {
				queue = append(queue, stock(t, item, n, ""))
			}
		}
		queue = rapid.Permutation(queue).Draw(t, "order")
		for tries := 0; len(queue) > 0; tries++ {
			e := queue[0]
			queue = queue[1:]
			fault := rapid.IntRange(0, 6).Draw(t, "fault")
			_, err := l.Do(t.Context(), e, func(context.Context) error {
				if fault == 1 && tries < 50 {
					return errHandler
				}
				var n int
				var item string
				_, err := fmt.Sscanf(e.Metadata.ID, "%1s-%d", &item, &n)
				require.NoError(t, err)
				replica[item] = n
				if fault == 2 && tries < 50 {
					return errHandler
				}
				return nil
			})
			if err != nil {
				queue = append(queue, e)
			}
			c.at = c.at.Add(time.Second)
		}
		require.Equal(t, last, replica)
	})
}
