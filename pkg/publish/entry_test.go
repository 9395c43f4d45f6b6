package publish_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/publish"
)

// placed makes the OrderPlaced event of an order whose user_id is the text.
func placed(t *testing.T, userID string) (*publish.Builder, *publish.Event) {
	t.Helper()
	src, err := os.ReadFile("../../examples/shop/model.yaml")
	require.NoError(t, err)
	m, faults := model.Parse("model.yaml", src)
	require.NoError(t, faults.Err())
	b, err := publish.NewBuilder(m)
	require.NoError(t, err)
	quoted, err := json.Marshal(userID)
	require.NoError(t, err)
	changes, err := change.Decode(m, fmt.Appendf(nil, `{"Records":[{"eventID":"e1","eventName":"INSERT","eventSource":"aws:dynamodb",
		"eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-11-02T09:14:07.312","dynamodb":{
		"ApproximateCreationDateTime":1793611200,"SequenceNumber":"442158450000000001745","Keys":{"PK":{"S":"ORDER#o1"},"SK":{"S":"METADATA"}},
		"NewImage":{"PK":{"S":"ORDER#o1"},"SK":{"S":"METADATA"},"user_id":{"S":%s}}}}]}`, quoted))
	require.NoError(t, err)
	require.NoError(t, changes[0].Fault)
	var asked publish.Result
	b.Add(&asked, &changes[0])
	require.Len(t, asked.Events, 1)
	return b, &asked.Events[0]
}

func TestEntryAtTheLimit(t *testing.T) {
	b, empty := placed(t, "x")
	entry, err := b.Entry(empty, publish.DefaultMaxBytes, "claims")
	require.NoError(t, err)
	room := publish.DefaultMaxBytes - entry.Size() + 1 // bytes that user_id may have
	for _, row := range []struct {
		name    string
		bytes   int
		claimed bool
	}{{"limit - 1", room - 1, false}, {"limit", room, false}, {"limit + 1", room + 1, true}} {
		t.Run(row.name, func(t *testing.T) {
			text := strings.Repeat("ü", row.bytes/2) + strings.Repeat("u", row.bytes%2) // two bytes a character
			b, ev := placed(t, text)
			entry, err := b.Entry(ev, publish.DefaultMaxBytes, "claims")
			require.NoError(t, err)
			require.Equal(t, row.claimed, entry.Claim != nil)
			require.LessOrEqual(t, entry.Size(), publish.DefaultMaxBytes)
			if row.claimed {
				requireClaim(t, ev, &entry)
			}
		})
	}
}

func requireClaim(t *testing.T, ev *publish.Event, entry *publish.Entry) {
	t.Helper()
	sum := sha256.Sum256(entry.Claim.Body)
	hash := hex.EncodeToString(sum[:])
	require.Equal(t, "claims/"+ev.ID+"-"+hash, entry.Claim.Key)
	require.Equal(t, ev.Detail(), entry.Claim.Body)
	var detail struct {
		Metadata struct {
			ID    string
			Claim struct {
				Bucket, Key, SHA256 string
				Size                int
			}
		}
		Data json.RawMessage
	}
	require.NoError(t, json.Unmarshal([]byte(entry.Detail), &detail))
	require.Equal(t, ev.ID, detail.Metadata.ID)
	require.Nil(t, detail.Data)
	claim := detail.Metadata.Claim
	require.Equal(t, []any{"claims", entry.Claim.Key, hash, len(entry.Claim.Body)}, []any{claim.Bucket, claim.Key, claim.SHA256, claim.Size})
}

func TestEntryWhoseMetadataIsTooLarge(t *testing.T) {
	b, ev := placed(t, "x")
	_, err := b.Entry(ev, 300, "claims")
	require.ErrorIs(t, err, publish.ErrTooLarge)
}

func TestPackKeepsOrderAndLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(100, 1000).Draw(t, "limit")
		entries := make([]publish.Entry, rapid.IntRange(0, 50).Draw(t, "entries"))
		for i := range entries {
			entries[i] = publish.Entry{ID: fmt.Sprint(i), Detail: strings.Repeat("x", rapid.IntRange(0, limit-14).Draw(t, "size"))}
		}
		var packed []string
		calls := publish.Pack(entries, limit)
		for i, call := range calls {
			size := 0
			for j := range call {
				packed = append(packed, call[j].ID)
				size += call[j].Size()
			}
			require.LessOrEqual(t, size, limit)
			require.LessOrEqual(t, len(call), publish.MaxEntries)
			if i+1 < len(calls) {
				full := len(call) == publish.MaxEntries || size+calls[i+1][0].Size() > limit
				require.True(t, full, "call %d has room for the next entry", i)
			}
		}
		require.Len(t, packed, len(entries))
		for i, id := range packed {
			require.Equal(t, fmt.Sprint(i), id)
		}
	})
}
