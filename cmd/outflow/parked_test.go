package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/parked"
)

func TestParkedListAndShow(t *testing.T) {
	f := newShopFloor(t)
	status, stdout, _ := f.run("parked", "list")
	require.Equal(t, exitFine, status)
	require.Contains(t, stdout, "0 open, 0 resolved")

	key := f.park("events", record(1, userKey, "", user))
	status, stdout, _ = f.run("parked", "list")
	require.Equal(t, exitWrong, status)
	require.Contains(t, stdout, key)
	require.Contains(t, stdout, "1 open, 0 resolved")

	status, stdout, _ = f.run("parked", "show", key)
	require.Equal(t, exitFine, status)
	require.Contains(t, stdout, "refused by events")
	require.Contains(t, stdout, "USER#u1")
	status, stdout, _ = f.run("parked", "show", key, "--json")
	require.Equal(t, exitFine, status)
	var shown parkedItem
	require.NoError(t, json.Unmarshal([]byte(stdout), &shown))
	require.Equal(t, []any{key, "refused by events", "e1"}, []any{shown.Key, shown.Reason, shown.Record.EventID})

	f.failures.Set("parked/events/label/2-e.json", []byte("nothing"))
	status, stdout, _ = f.run("parked", "show", "parked/events/label/2-e.json")
	require.Equal(t, exitWrong, status)
	require.Contains(t, stdout, "nothing that was parked")
	status, _, stderr := f.run("parked", "show", "parked/none.json")
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, "there is no parked/none.json")
}

func TestParkedListReportsAnOutcomeWithoutItsRecord(t *testing.T) {
	f := newShopFloor(t)
	f.failures.Set("parked/events/label/1-e.json.outcomes/x-resolved.json", nil)
	status, stdout, _ := f.run("parked", "list", "--json")
	require.Equal(t, exitWrong, status)
	require.Contains(t, stdout, "an outcome without its record")
}

func TestParkedRetry(t *testing.T) {
	f := newShopFloor(t)
	key := f.park("events", record(1, userKey, "", user))
	objects := f.failures.Objects()
	status, stdout, stderr := f.run("parked", "retry", key)
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, "1 would be retried; nothing was written")
	require.Len(t, f.failures.Objects(), len(objects))
	require.Empty(t, f.published)

	status, stdout, stderr = f.run("parked", "retry", key, "--yes")
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, "=> resolved")
	require.Contains(t, stdout, "1 retried; 0 open now")
	require.Equal(t, []string{"UserRegistered"}, f.published)

	status, _, _ = f.run("parked", "list")
	require.Equal(t, exitFine, status)
	status, stdout, _ = f.run("parked", "list", "--all")
	require.Equal(t, exitFine, status)
	require.Contains(t, stdout, "resolved  events")
	status, stdout, _ = f.run("parked", "retry", "--all", "--yes")
	require.Equal(t, exitFine, status)
	require.Contains(t, stdout, "0 retried; 0 open now")
}

func TestParkedRetryOfWhatStaysOpen(t *testing.T) {
	f := newShopFloor(t)
	unfit := `{"PK":{"S":"USER#u1"},"SK":{"S":"PROFILE"},"name":{"N":"5"}}`
	key := f.park("events", record(1, userKey, "", unfit))
	status, stdout, _ := f.run("parked", "retry", "--all", "--yes", "--json")
	require.Equal(t, exitWrong, status)
	var printed struct {
		Key     string
		Outcome parked.Outcome
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &printed))
	require.Equal(t, key, printed.Key)
	require.Equal(t, parked.Open, printed.Outcome.State)
	require.Contains(t, printed.Outcome.Reason, "name")

	f.failures.Set("parked/events/label/2-e.json", []byte("nothing"))
	status, stdout, _ = f.run("parked", "retry", "parked/events/label/2-e.json")
	require.Equal(t, exitWrong, status, "a dry run says what cannot be retried")
	require.Contains(t, stdout, string(parked.Unreadable))
}

// A batch's poison is parked record by record, and counts as left open.
func TestParkedRetryOfABatchWithPoison(t *testing.T) {
	f := newShopFloor(t)
	f.target.OpenSearch = ""
	f.save()
	unfit := `{"PK":{"S":"USER#u2"},"SK":{"S":"PROFILE"},"name":{"N":"5"}}`
	event := fmt.Sprintf(`{"Records":[%s,%s]}`, record(1, userKey, "", user),
		record(2, `{"PK":{"S":"USER#u2"},"SK":{"S":"PROFILE"}}`, "", unfit))
	f.failures.Set("aws/lambda/mapping/shard/2026/11/21/batch", fmt.Appendf(nil, `{"payload":%q}`, event))
	status, stdout, stderr := f.run("parked", "retry", "--all", "--yes")
	require.Equal(t, exitWrong, status, stderr)
	require.Contains(t, stdout, "1 retried; 1 open now, 1 of them newly parked")
	require.Equal(t, []string{"UserRegistered"}, f.published)
	require.Len(t, f.audit.Objects(), 1, "audit comes before events")
}

func TestParkedRetryOfADeploymentNeedsItsRetention(t *testing.T) {
	f := newShopFloor(t)
	f.target.S3 = ""
	f.save()
	status, _, stderr := f.run("parked", "retry", "--all", "--yes")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "--audit-retention")
}
