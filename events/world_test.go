package events_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/events"
)

// samples are the shop's generated sample events, by name.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	content, err := os.ReadFile("../examples/shop/events/samples.json")
	require.NoError(t, err)
	var raw map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(content, &raw))
	delete(raw, "$comment")
	all := map[string][]byte{}
	for name, event := range raw {
		all[name] = event
	}
	require.NotEmpty(t, all)
	return all
}

// version is that of the n-th change.
func version(n int) string { return fmt.Sprintf("2026-11-02T09:14:07.312/%040d", n) }

// stock is the n-th event of an item that is published on every change; revision is its metadata's members for that.
func stock(t require.TestingT, item string, n int, revision string) *events.Event {
	e, err := events.Parse(fmt.Appendf(nil, `{"version":"0","id":"x","detail-type":"StockChanged","source":"com.example.shop",
		"time":"2026-11-02T09:20:01Z","detail":{"metadata":{"id":"%[1]s-%[2]d","type":"StockChanged","schema":1,
		"time":"2026-11-02T09:20:01Z","entity":"Stock","key":{"id":%[1]q},"itemVersion":%[3]q%[4]s},
		"data":{"level":%[2]d},"changed":[],"before":{}}}`, item, n, version(n), revision))
	require.NoError(t, err)
	return e
}

// clock is a time that tests move.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{time.Date(2026, 11, 2, 9, 20, 0, 0, time.UTC)} }

func (c *clock) now() time.Time { return c.at }
