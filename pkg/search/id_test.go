package search_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

// Tables whose keys are texts, a binary and a number, and one whose entities an attribute tells.
const (
	textKeys = `
outflow: 1
name: shop
event_source: com.example.shop
table: {key: [PK, SK]}
entities:
  Thing: {key: {PK: "T#{a}|{b}", SK: "{c}"}, search: {index: things}}
  Whole: {key: {PK: "W#{a}", SK: ROOT}, search: {index: wholes}}
  Part: {key: {PK: "W#{a}", SK: "PART#{b}/{c}"}, search: {into: Whole.parts_of}}
`
	bareKeys = `
outflow: 1
name: shop
event_source: com.example.shop
table: {key: [PK, SK]}
entities:
  Thing:
    key: {PK: "{bytes}", SK: "{amount}"}
    attributes: {bytes: binary, amount: decimal}
    search: {index: things}
`
	toldKeys = `
outflow: 1
name: shop
event_source: com.example.shop
table: {key: [PK, SK], entity_attribute: _type}
entities:
  Thing: {entity_value: thing, search: {index: things}}
`
)

// inserted is what the insert of an item with that key asks of the indexes: nothing, or one operation.
func inserted(t require.TestingT, m *model.Model, keys map[string]any) []search.Operation {
	image := map[string]any{"PK": keys["PK"], "SK": keys["SK"], "_type": text("thing")}
	event, err := json.Marshal(map[string]any{"Records": []any{map[string]any{
		"eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb",
		"eventSourceARN": "arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-11-02T09:14:07.312",
		"dynamodb": map[string]any{
			"Keys": keys, "NewImage": image, "SequenceNumber": "000000000000000000001", "StreamViewType": "NEW_AND_OLD_IMAGES",
			"ApproximateCreationDateTime": 1793611200,
		},
	}}})
	require.NoError(t, err)
	changes, err := change.Decode(m, event)
	require.NoError(t, err)
	require.NoError(t, changes[0].Fault)
	var asked search.Projection
	for _, index := range m.SortedIndexes() {
		p, err := search.NewProjector(m, index)
		require.NoError(t, err)
		p.Add(&asked, &changes[0])
	}
	return asked.Operations
}

// nasty are the pieces of keys that have made two items one elsewhere.
var nasty = []string{
	"", "a", "A", "/", "|", "#", "%", "%2F", "%2f", "%25", "~", "\\", "..", ".", " ", "+", "é", "e\u0301", "ß", "ss", "注文", "🛒", "\u0000",
	"\n", `"`, "'", "PART#", "Thing/", "null", strings.Repeat("x", 500), strings.Repeat("é", 256), strings.Repeat("%", 170),
}

func drawText(t *rapid.T, label string) string {
	text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(nasty), 0, 4).Draw(t, label), "")
	return strings.ToValidUTF8(text[:min(len(text), 1_000)], "")
}

// near draws another text, mostly one that is easily taken for the first.
func near(t *rapid.T, label, text string) string {
	return rapid.OneOf(
		rapid.SampledFrom([]string{
			text, url.PathEscape(text), url.QueryEscape(text), strings.ToLower(text), strings.ToUpper(text), text + "/", "/" + text, text + " ",
			strings.ReplaceAll(text, "|", "/"), strings.ReplaceAll(text, "/", "|"), strings.ReplaceAll(text, "%2F", "/"),
		}),
		rapid.Custom(func(t *rapid.T) string { return drawText(t, label) }),
	).Draw(t, label)
}

// Items with different keys are different documents, or different parts of one; items with equal keys the same. No id is
// longer than OpenSearch takes.
func TestKeysNeverCollide(t *testing.T) {
	for _, c := range []struct {
		name, model string
		key         func(t *rapid.T) (one, other map[string]any)
	}{
		{"documents", textKeys, func(t *rapid.T) (map[string]any, map[string]any) {
			if rapid.Bool().Draw(t, "shifted") { // the same text, split elsewhere
				pieces := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "%", "", "#"}), 3, 5).Draw(t, "pieces")
				split := func(n int) map[string]any {
					a, b := strings.Join(pieces[:n], "/"), strings.Join(pieces[n:], "/")
					return map[string]any{"PK": text("T#" + a + "|" + b), "SK": text("c")}
				}
				return split(rapid.IntRange(1, len(pieces)-1).Draw(t, "one")), split(rapid.IntRange(1, len(pieces)-1).Draw(t, "other"))
			}
			a, b, c := drawText(t, "a"), drawText(t, "b"), "x"+drawText(t, "c")
			one := map[string]any{"PK": text("T#" + a + "|" + b), "SK": text(c)}
			return one, map[string]any{"PK": text("T#" + near(t, "a'", a) + "|" + near(t, "b'", b)), "SK": text("x" + near(t, "c'", c[1:]))}
		}},
		{"parts", textKeys, func(t *rapid.T) (map[string]any, map[string]any) {
			a, b, c := drawText(t, "a"), drawText(t, "b"), drawText(t, "c")
			return map[string]any{"PK": text("W#" + a), "SK": text("PART#" + b + "/" + c)},
				map[string]any{"PK": text("W#" + near(t, "a'", a)), "SK": text("PART#" + near(t, "b'", b) + "/" + near(t, "c'", c))}
		}},
		{"binaries and numbers", bareKeys, func(t *rapid.T) (map[string]any, map[string]any) {
			bytes := rapid.SliceOfN(rapid.Byte(), 1, 1_024)
			draw := func(n string) map[string]any {
				return map[string]any{"PK": map[string]any{"B": base64.StdEncoding.EncodeToString(bytes.Draw(t, n))}, "SK": number(drawDecimal(t, n))}
			}
			one, other := draw("one"), draw("other")
			if rapid.Bool().Draw(t, "same bytes") {
				other["PK"] = one["PK"]
			}
			if rapid.Bool().Draw(t, "same number") {
				other["SK"] = one["SK"]
			}
			return one, other
		}},
		{"told by an attribute", toldKeys, func(t *rapid.T) (map[string]any, map[string]any) {
			a, b := "x"+drawText(t, "a"), "x"+drawText(t, "b")
			return map[string]any{"PK": text(a), "SK": text(b)},
				map[string]any{"PK": text("x" + near(t, "a'", a[1:])), "SK": text("x" + near(t, "b'", b[1:]))}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := parseModel(t, c.model)
			rapid.Check(t, func(t *rapid.T) {
				one, other := c.key(t)
				a, b := inserted(t, m, one), inserted(t, m, other)
				for _, op := range append(a, b...) {
					require.LessOrEqual(t, len(op.ID), 512)
				}
				if len(a) == 0 || len(b) == 0 {
					return // of no entity
				}
				same := fmt.Sprint(one) == fmt.Sprint(other)
				require.Equal(t, same, a[0].Index == b[0].Index && a[0].ID == b[0].ID && a[0].Part == b[0].Part, "%s and %s", a[0].ID, b[0].ID)
			})
		})
	}
}

// A key that spells the short form of another's id is not taken for it.
func TestKeyThatLooksLikeAShortenedID(t *testing.T) {
	m := parseModel(t, textKeys)
	whole := func(a string) string {
		return inserted(t, m, map[string]any{"PK": text("W#" + a), "SK": text("ROOT")})[0].ID
	}
	long := whole(strings.Repeat("k", 1_000))
	short, isShort := strings.CutPrefix(long, "Whole/~")
	require.True(t, isShort)
	require.NotEqual(t, long, whole("~"+short))
}

// A real index has as many documents as there were items, each found by its id with its own key fields.
func TestNastyKeysInARealIndex(t *testing.T) {
	d, m := realDomain(t), parseModel(t, textKeys)
	longest := strings.Repeat("k", 1_024) // the most that a sort key has
	keys := append([]string{longest, longest[1:] + "/", strings.Repeat("é", 512), strings.Repeat("%", 1_024)}, nasty[1:]...)
	var records []record
	for i, key := range keys {
		records = append(records,
			record{seq: 2*i + 1, age: -time.Hour, pk: "T#" + fmt.Sprint(i%3) + "|" + key, sk: key, new: map[string]any{}},
			record{seq: 2*i + 2, age: -time.Hour, pk: "W#1", sk: "PART#" + key + "/" + key, new: map[string]any{}})
	}
	changes := decode(t, m, records...)
	deliver(t, d.outlet(m), changes)
	d.refresh()
	require.JSONEq(t, fmt.Sprintf(`{"count":%d}`, len(keys)), d.request(http.MethodGet, "/"+d.prefix+"things/_count?filter_path=count", ""))
	p, err := search.NewProjector(m, m.Indexes["things"])
	require.NoError(t, err)
	for i, key := range keys {
		var asked search.Projection
		p.Add(&asked, changes[2*i])
		hit, found, err := d.reader(m).Get(t.Context(), "things", asked.Operations[0].ID)
		require.NoError(t, err)
		require.True(t, found, "%q", key)
		var shown struct{ A, B, C string }
		require.NoError(t, json.Unmarshal(hit.Source, &shown))
		require.Equal(t, key, shown.C)
		require.Equal(t, fmt.Sprint(i%3)+"|"+key, shown.A+"|"+shown.B)
	}
	var whole struct {
		Parts []struct{ B, C string } `json:"parts_of"`
	}
	require.NoError(t, json.Unmarshal([]byte(d.source(d.prefix+"wholes-000001", "Whole/1")), &whole))
	require.Len(t, whole.Parts, len(keys))
}
