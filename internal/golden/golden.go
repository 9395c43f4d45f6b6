// Package golden runs test cases that are one file each: what the case is about, a model, stream records, and what a
// builder makes of them. Only tests use it.
//
// A case file holds a sentence that states the rule, and then sections:
//
//	A price that is no number is left out of the document.
//	-- model --
//	outflow: 1 ...            (left out: the shop's model)
//	-- records --
//	[{"op": "INSERT", "new": {"PK": {"S": "PRODUCT#p1"}, ...}}]
//	-- want --
//	...                       (written by go test -update, and then read by a person)
//
// A record has op, old and new, and may set what else a stream record holds: seq, at, id, stream, ttl, and raw
// for a record that is written as it is. Keys are taken from the images.
package golden

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

var update = flag.Bool("update", false, "write what the builders make into the golden files")

// Builder is what a case file tests: it renders what becomes of the changes.
type Builder func(t *testing.T, m *model.Model, changes []change.Change) string

// Run runs every case file of testdata/golden. shop is the path of the shop's model.
func Run(t *testing.T, shop string, build Builder) {
	files, err := filepath.Glob("testdata/golden/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files, "no golden cases")
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			c := read(t, file)
			if c.model == "" {
				content, err := os.ReadFile(shop)
				require.NoError(t, err)
				c.model = string(content)
			}
			m, faults := model.Parse("model.yaml", []byte(c.model))
			require.NoError(t, faults.Err())
			changes, err := change.Decode(m, c.event(t, m))
			require.NoError(t, err)
			got := build(t, m, changes)
			if *update {
				c.write(t, file, got)
				return
			}
			require.Equal(t, c.want, got)
		})
	}
}

// testCase is a case file. given is all before the section want.
type testCase struct{ given, model, records, want string }

func read(t *testing.T, file string) testCase {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	given, want, _ := strings.Cut(string(content), "-- want --\n")
	c := testCase{given: given, want: want}
	head, records, found := strings.Cut(given, "-- records --\n")
	require.True(t, found, "no section records")
	c.records = records
	rule, yaml, _ := strings.Cut(head, "-- model --\n")
	c.model = yaml
	require.NotEmpty(t, strings.TrimSpace(rule), "a case starts with the rule that it shows")
	return c
}

func (c *testCase) write(t *testing.T, file, got string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(c.given+"-- want --\n"+got), 0o644))
}

// record is the short form of a stream record.
type record struct {
	Op     string
	Old    map[string]json.RawMessage
	New    map[string]json.RawMessage
	Seq    string
	ID     string
	At     json.RawMessage
	Stream string
	TTL    bool
	Raw    json.RawMessage
}

const defaultStream = "arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-11-02T09:14:07.312"

// event is the stream event with the case's records, defaults filled in.
func (c *testCase) event(t *testing.T, m *model.Model) []byte {
	t.Helper()
	var records []record
	decoder := json.NewDecoder(strings.NewReader(c.records))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&records), "records")
	full := make([]json.RawMessage, len(records))
	for i, r := range records {
		full[i] = r.full(t, m, i+1)
	}
	event, err := json.Marshal(map[string]any{"Records": full})
	require.NoError(t, err)
	return event
}

func (r *record) full(t *testing.T, m *model.Model, number int) json.RawMessage {
	t.Helper()
	if r.Raw != nil {
		return r.Raw
	}
	change := map[string]any{
		"ApproximateCreationDateTime": or(r.At, json.RawMessage(strconv.Itoa(1793611200+number))),
		"SequenceNumber":              or(r.Seq, fmt.Sprintf("44215845000000000174504390%02d", number)),
		"StreamViewType":              "NEW_AND_OLD_IMAGES",
		"Keys":                        r.keys(m),
	}
	if r.Old != nil {
		change["OldImage"] = r.Old
	}
	if r.New != nil {
		change["NewImage"] = r.New
	}
	all := map[string]any{
		"eventID": or(r.ID, fmt.Sprintf("%032x", number)), "eventName": r.Op, "eventVersion": "1.1", "eventSource": "aws:dynamodb",
		"awsRegion": "eu-west-1", "eventSourceARN": or(r.Stream, defaultStream), "dynamodb": change,
	}
	if r.TTL {
		all["userIdentity"] = map[string]string{"type": "Service", "principalId": "dynamodb.amazonaws.com"}
	}
	content, err := json.Marshal(all)
	require.NoError(t, err)
	return content
}

// keys are the key attributes of whichever image there is.
func (r *record) keys(m *model.Model) map[string]json.RawMessage {
	keys := map[string]json.RawMessage{}
	for _, k := range m.Table.Key {
		for _, image := range []map[string]json.RawMessage{r.Old, r.New} {
			if v, ok := image[k.Name]; ok {
				keys[k.Name] = v
			}
		}
	}
	return keys
}

func or[T string | json.RawMessage](value, otherwise T) T {
	if len(value) > 0 {
		return value
	}
	return otherwise
}
