package documents_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/toolbox"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
	"github.com/outflow-dev/outflow/pkg/search/documents"
)

var update = flag.Bool("update", false, "write the golden files anew")

// kinds has a field of every kind, and names that make one and the same name in PascalCase.
const kinds = `
outflow: 1
name: shop
event_source: com.example.shop
table: {key: [PK, SK]}
entities:
  Thing:
    key: {PK: "THING#{id}", SK: "{n:04}"}
    required: [title, size]
    attributes:
      title: string
      state: {enum: [A, 'quote " and \', line]}
      count: integer
      ratio: number
      price: decimal
      active: boolean
      at: timestamp
      bytes: binary
      tags: {set: string}
      grid: {list: {list: number}}
      labels: {map: {fields: {delete: boolean}}}
      size: {fields: {w: integer, deep: {fields: {stops: {list: {fields: {city: string}}}}}}}
      secret: {type: string, pii: true}
      shown: {pii: true, fields: {city: string, zip: string}}
    search: [{index: things, filter: [count, shown.city]}, {index: all-things}, {index: all_things}]
  ThingPart:
    key: {PK: "THING#{id}", SK: "PART#{n:04}#{part}"}
    attributes: {note: string}
    search: {into: Thing.parts_of, text: [note]}
`

func models(t *testing.T) map[string]*model.Model {
	t.Helper()
	shop, err := os.ReadFile("../../../examples/shop/model.yaml")
	require.NoError(t, err)
	all := map[string]*model.Model{}
	for name, src := range map[string]string{"shop": string(shop), "kinds": kinds} {
		m, faults := model.Parse("model.yaml", []byte(src))
		require.NoError(t, faults.Err())
		all[name] = m
	}
	return all
}

func TestGolden(t *testing.T) {
	for name, m := range models(t) {
		path := filepath.Join("testdata", "golden", name+".ts")
		got := documents.TypeScript(m)
		if *update {
			require.NoError(t, os.WriteFile(path, got, 0o600))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	}
}

// things are records of items that follow the model, from the emptiest to the fullest.
const things = `[
{"PK": {"S": "THING#1"}, "SK": {"S": "0001"}, "title": {"S": "t"}, "size": {"M": {}}},
{"PK": {"S": "THING#1"}, "SK": {"S": "PART#0001#a"}},
{"PK": {"S": "THING#1"}, "SK": {"S": "PART#0001#b"}, "note": {"S": "n"}},
{"PK": {"S": "THING#2"}, "SK": {"S": "0002"}, "title": {"S": ""}, "state": {"S": "of another time"}, "count": {"N": "7"},
 "ratio": {"N": "0.5"}, "price": {"N": "12345678901234567890123456789012345678"}, "active": {"BOOL": true}, "at": {"N": "1793611200"},
 "bytes": {"B": "AAEC"}, "tags": {"SS": ["a", "b"]}, "grid": {"L": [{"L": [{"N": "1"}]}, {"L": []}]},
 "labels": {"M": {"any key": {"M": {"delete": {"BOOL": false}}}}}, "secret": {"S": "s"},
 "size": {"M": {"w": {"N": "1"}, "deep": {"M": {"stops": {"L": [{"M": {"city": {"S": "c"}}}, {"M": {}}]}}}}},
 "shown": {"M": {"city": {"S": "c"}, "zip": {"S": "z"}}}},
{"PK": {"S": "THING#3"}, "SK": {"S": "0003"}, "title": {"S": "t"}, "size": {"M": {}}, "count": {"S": "unfit"}, "state": {"S": "A"}}
]`

// TestDocumentsCompile makes documents of items and has the TypeScript compiler hold them against the types.
func TestDocumentsCompile(t *testing.T) {
	node := toolbox.Node(t, "testdata/node")
	recorded, err := os.ReadFile("../../../examples/shop/changes.json")
	require.NoError(t, err)
	folder, uses := t.TempDir(), []string{}
	for name, m := range models(t) {
		event := recorded
		if name == "kinds" {
			event = inserts(t, things)
		}
		require.NoError(t, os.WriteFile(filepath.Join(folder, name+".ts"), documents.TypeScript(m), 0o600))
		use := fmt.Sprintf("import type * as types from './%s';\n", name)
		for index, all := range project(t, m, event) {
			for i, document := range all {
				use += fmt.Sprintf("export const %s%d: types.Documents[%q] = %s;\n", strings.ReplaceAll(index, "-", "_dash_"), i, index, document)
			}
		}
		require.Greater(t, strings.Count(use, "\n"), 3)
		if name == "kinds" {
			use += refused
		}
		uses = append(uses, name+"_use.ts")
		require.NoError(t, os.WriteFile(filepath.Join(folder, name+"_use.ts"), []byte(use), 0o600))
	}
	compile := exec.Command(filepath.Join(node, "node_modules", ".bin", "tsc"),
		append(uses, "--strict", "--noEmit", "--exactOptionalPropertyTypes", "--target", "es2022")...)
	compile.Dir = folder
	output, err := compile.CombinedOutput()
	require.NoError(t, err, "%s", output)
}

// refused is what the types must not take; the compiler fails where it does.
const refused = `
type Thing = types.Documents["things"];
declare const thing: Thing;
// @ts-expect-error: a decimal is a text
const price: number | undefined = thing.price;
// @ts-expect-error: an item may lack it
const count: number = thing.count;
// @ts-expect-error: pii that search does not name is in no document
thing.secret;
// @ts-expect-error: nor is a member of it
thing.shown?.zip;
// @ts-expect-error: lists may be absent
thing.parts_of.length;
// @ts-expect-error: one entity
const entity: "Other" = thing.outflow.entity;
export const title: string = thing.title, city: string | undefined = thing.size.deep?.stops?.[0]?.city;
export const note: string | undefined = thing.parts_of?.[0]?.note, state: string | undefined = thing.state;
export { price, count, entity };
`

func inserts(t *testing.T, items string) []byte {
	t.Helper()
	var images []map[string]any
	require.NoError(t, json.Unmarshal([]byte(items), &images))
	var records []any
	for i, image := range images {
		records = append(records, map[string]any{
			"eventID": fmt.Sprint(i), "eventName": "INSERT", "eventSource": "aws:dynamodb",
			"eventSourceARN": "arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-11-02T09:14:07.312",
			"dynamodb": map[string]any{
				"Keys": map[string]any{"PK": image["PK"], "SK": image["SK"]}, "NewImage": image, "StreamViewType": "NEW_AND_OLD_IMAGES",
				"SequenceNumber": fmt.Sprintf("%021d", i+1), "ApproximateCreationDateTime": 1793611200,
			},
		})
	}
	event, err := json.Marshal(map[string]any{"Records": records})
	require.NoError(t, err)
	return event
}

// project returns the visible states that each document goes through, by index.
func project(t *testing.T, m *model.Model, event []byte) map[string][]string {
	t.Helper()
	changes, err := change.Decode(m, event)
	require.NoError(t, err)
	all := map[string][]string{}
	for _, index := range m.SortedIndexes() {
		p, err := search.NewProjector(m, index)
		require.NoError(t, err)
		states := map[string]*search.Document{}
		for i := range changes {
			var asked search.Projection
			p.Add(&asked, &changes[i])
			for _, op := range asked.Operations {
				if states[op.ID] == nil {
					states[op.ID] = &search.Document{}
				}
				states[op.ID].Apply(op)
				if states[op.ID].Visible() {
					all[index.Name] = append(all[index.Name], string(bytes.Clone(states[op.ID].Source(search.Lists(index)))))
				}
			}
		}
	}
	return all
}
