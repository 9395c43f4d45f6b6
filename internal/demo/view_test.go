package demo_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/demo"
	"github.com/outflow-dev/outflow/pkg/audit"
)

func TestDocumentViewIsWhatAPageWouldShow(t *testing.T) {
	view, err := demo.DocumentView("Order/o456", []byte(
		`{"lines": [{"qty": 2}], "outflow": {"version": "x/1"}, "total": "84.2", "status": "<NEW>"}`))
	require.NoError(t, err)
	require.Equal(t, `Order/o456  status: "<NEW>"  total: "84.2"  lines: [{"qty":2}]`, view)

	view, err = demo.DocumentView("Order/o456", nil)
	require.NoError(t, err)
	require.Equal(t, "Order/o456: no longer found", view)

	_, err = demo.DocumentView("Order/o456", []byte("{"))
	require.ErrorContains(t, err, "document Order/o456")
}

func TestEventViewNamesWhatASubscriberLooksAtFirst(t *testing.T) {
	view, err := demo.EventView([]byte(
		`{"id": "bus", "detail": {"metadata": {"id": "e-1", "type": "OrderPlaced", "actor": null}, "data": {"total": "84.2"}}}`))
	require.NoError(t, err)
	require.Equal(t, `OrderPlaced  by unknown  {"total":"84.2"}  id e-1`, view)

	_, err = demo.EventView([]byte("[]"))
	require.ErrorContains(t, err, "event")
}

func TestAuditViewSaysWhoAndHowThatIsKnown(t *testing.T) {
	at := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name string
		line audit.Line
		want string
	}{
		{"a stamped change", audit.Line{At: &at, Op: "modify", Cause: "user",
			View: []byte(`{"actor": "ann", "actorEvidence": "request", "changed": ["status", "total"]}`)},
			"2026-11-20T10:00:00Z  modify by user  actor ann (evidence: request)  changed status, total"},
		{"a name that is only carried on", audit.Line{Op: "remove", Cause: "ttl",
			View: []byte(`{"actor": null, "actorEvidence": "carried", "carriedActor": "ann", "changed": []}`)},
			"at an unknown time  remove by ttl  actor unknown (evidence: carried from ann)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			view, err := demo.AuditView(&row.line)
			require.NoError(t, err)
			require.Equal(t, row.want, view)
		})
	}
}

func TestCutCountsCharacters(t *testing.T) {
	require.Equal(t, strings.Repeat("ü", 140), demo.Cut(strings.Repeat("ü", 140)))
	require.Equal(t, 140, utf8.RuneCountInString(demo.Cut(strings.Repeat("ü", 141))))
}
