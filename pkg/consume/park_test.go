package consume_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
)

func TestParkedKeyIsAGoodKeyWhateverTheRecordSays(t *testing.T) {
	const label, sequence = "2026-11-02T09:14:07.312", "442158450000000000174"
	raw := []byte("record")
	good := change.Change{Stream: change.Stream{Label: label}, Sequence: sequence, Version: label + "/x", EventID: "e1", Raw: raw}
	for _, row := range []struct {
		name   string
		edit   func(c *change.Change)
		prefix string
		id     string // "" for a hash
	}{
		{"readable", func(*change.Change) {}, "parked/search/" + label + "/" + sequence + "-", "e1"},
		{"no event id", func(c *change.Change) { c.EventID = "" }, "parked/search/" + label + "/" + sequence + "-", ""},
		{"event id with a slash", func(c *change.Change) { c.EventID = "../e" }, "parked/search/" + label + "/" + sequence + "-", ""},
		{"event id with a dot", func(c *change.Change) { c.EventID = "e.json" }, "parked/search/" + label + "/" + sequence + "-", ""},
		{"long event id", func(c *change.Change) { c.EventID = strings.Repeat("e", 2000) }, "parked/search/" + label + "/" + sequence + "-", ""},
		{"long sequence", func(c *change.Change) { c.Sequence, c.Version = strings.Repeat("1", 2000), "" }, "parked/search/unknown/unknown-", ""},
		{"nothing", func(c *change.Change) { *c = change.Change{Raw: raw} }, "parked/search/unknown/unknown-", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := good
			row.edit(&c)
			key := consume.ParkedKey("search", &c)
			id, found := strings.CutSuffix(key, ".json")
			require.True(t, found)
			id, found = strings.CutPrefix(id, row.prefix)
			require.True(t, found, key)
			if row.id == "" {
				require.Len(t, id, 32, "hex of 16 bytes")
				return
			}
			require.Equal(t, row.id, id)
		})
	}
}

// timedParking notes until when it may work.
type timedParking struct{ until time.Time }

func (p *timedParking) Park(ctx context.Context, _ string, _ *change.Change, _ consume.Poison) error {
	p.until, _ = ctx.Deadline()
	return nil
}

func TestParkingMayUseTheMargin(t *testing.T) {
	var left time.Duration
	search := &outlet{name: "search", outcome: func([]*change.Change) consume.Outcome {
		return consume.Outcome{Poison: []consume.Poison{{Index: 0, Reason: errors.New("undelivered")}}}
	}}
	w := newWorld(t, []consume.Outlet{deadlines{search, &left}})
	parking := &timedParking{}
	w.consumer.Parking = parking
	now := time.Now()
	w.consumer.Now = func() time.Time { return now }
	ctx, cancel := context.WithDeadline(t.Context(), now.Add(30*time.Second))
	defer cancel()
	_, err := w.consumer.Handle(ctx, event("1"))
	require.NoError(t, err)
	require.Equal(t, 27*time.Second, left.Round(time.Second))
	require.Equal(t, now.Add(30*time.Second), parking.until)
}
