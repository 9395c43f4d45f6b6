package publish_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/publish"
)

// A call is full at the limit, in bytes of UTF-8.
func TestCallAtTheLimit(t *testing.T) {
	const limit = 4 << 10
	for _, row := range []struct {
		name  string
		over  int
		calls []int
	}{{"limit - 1", -1, []int{2}}, {"limit", 0, []int{2}}, {"limit + 1", 1, []int{1, 1}}} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t, now, limit)
			text := func(bytes int) string { return strings.Repeat("ü", bytes/2) + strings.Repeat("u", bytes%2) }
			changes := w.sized(t, "", "")
			builder, err := publish.NewBuilder(w.model)
			require.NoError(t, err)
			var asked publish.Result
			size := 0
			for _, c := range changes {
				builder.Add(&asked, c)
			}
			for i := range asked.Events {
				entry, err := builder.Entry(&asked.Events[i], limit, "claims")
				require.NoError(t, err)
				size += entry.Size()
			}
			room := limit + row.over - size
			o := w.outlet.Deliver(t.Context(), w.sized(t, text(room/2), text(room-room/2)))
			require.Empty(t, o.Pending)
			require.Equal(t, row.calls, w.bus.shape())
			require.Zero(t, o.Counts[consume.MetricClaims])
		})
	}
}

// sized is updates of two items to the texts.
func (w *world) sized(t *testing.T, texts ...string) []*change.Change {
	t.Helper()
	var changes []*change.Change
	for i, c := range w.changes(t, "abcdefghij"[:len(texts)]) {
		changed := strings.Replace(string(c.Raw), `{"S":"x"}`, `{"S":"`+texts[i]+`"}`, 1)
		decoded, err := change.Decode(w.model, []byte(`{"Records":[`+changed+`]}`))
		require.NoError(t, err)
		changes = append(changes, &decoded[0])
	}
	return changes
}
