package change_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
)

// orderEvent is an event of n modified orders, whose images have about 1 KB each.
func orderEvent(n int) []byte {
	var records []string
	for i := range n {
		keys := fmt.Sprintf(`"PK":{"S":"ORDER#o%08d"},"SK":{"S":"METADATA"}`, i)
		image := func(status string, rev int) string {
			return fmt.Sprintf(`{%s,"GSI1PK":{"S":"STATUS#%s"},"status":{"S":%q},"rev":{"N":"%d"},"total":{"N":"%d.95"},`+
				`"user_id":{"S":"u%06d"},"created_at":{"S":"2026-11-21T12:00:00Z"},"GSI1SK":{"S":"2026-11-21T12:00:00Z"},`+
				`"updated_by":{"S":"ann@example.com"},"request_id":{"S":"5f1c8a1e-0f3b-4c3c-9b0a-%012d"},"paid":{"BOOL":true},`+
				`"coupon":{"NULL":true},"nt":{"S":"Please ring twice; the bell of \"Müller\" is broken.\nThanks!"},`+
				`"address":{"M":{"street":{"S":"Long Street 12"},"zip":{"N":"10115"},"city":{"S":"Berlin"},"country":{"S":"DE"}}},`+
				`"tags":{"SS":["gift","express","returning customer"]},"lines":{"L":[{"M":{"sku":{"S":"A-1"},"qty":{"N":"2"},"price":{"N":"9.99"}}},`+
				`{"M":{"sku":{"S":"B-22"},"qty":{"N":"1"},"price":{"N":"129"}}}]},`+
				`"text":{"S":"Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua."}}`,
				keys, status, status, rev, i%1000, i%1000, i)
		}
		r := record{op: "MODIFY", keys: "{" + keys + "}", old: image("NEW", 1), new: image("PAID", 2), sequence: fmt.Sprintf("44215845000000000174504%05d", i)}
		records = append(records, r.json())
	}
	return event(records...)
}

func BenchmarkDecode(b *testing.B) {
	src := orderEvent(1000)
	m := loadModel(b, "shop")
	b.Run("change", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		b.ReportAllocs()
		for b.Loop() {
			changes, err := change.Decode(m, src)
			require.NoError(b, err)
			require.Len(b, changes, 1000)
		}
	})
	b.Run("aws-lambda-go", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		b.ReportAllocs()
		for b.Loop() {
			var e events.DynamoDBEvent
			require.NoError(b, json.Unmarshal(src, &e))
			require.Len(b, e.Records, 1000)
		}
	})
}

func BenchmarkImage(b *testing.B) {
	changes := must(change.Decode(loadModel(b, "shop"), orderEvent(1)))
	require.NoError(b, changes[0].Fault)
	old, new := changes[0].Old, changes[0].New
	dst := make([]byte, 0, 4096)
	b.Run("canonical", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			dst = new.AppendCanonical(dst[:0])
		}
	})
	b.Run("hash", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			new.Hash()
		}
	})
	b.Run("equal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			change.Equal(old.Image, new.Image)
		}
	})
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			new.Get("user_id")
		}
	})
}
