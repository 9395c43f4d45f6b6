package change_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// loadModel parses testdata/models/<name>.yaml.
func loadModel(t require.TestingT, name string) *model.Model {
	file := filepath.Join("testdata", "models", name+".yaml")
	src, err := os.ReadFile(file)
	require.NoError(t, err)
	m, faults := model.Parse(file, src)
	require.NoError(t, faults.Err())
	return m
}

const label = "2026-11-21T12:00:00.000"

const arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/shop-prod/stream/" + label

// record is a stream record as tests write it: images as JSON, empty ones left out.
type record struct {
	op, keys, old, new, sequence, at string
	more                             string // further members of the record, each after a comma
}

func (r record) json() string {
	var images bytes.Buffer
	for _, image := range []struct{ name, json string }{{"Keys", r.keys}, {"OldImage", r.old}, {"NewImage", r.new}} {
		if image.json != "" {
			fmt.Fprintf(&images, `%q:%s,`, image.name, image.json)
		}
	}
	return fmt.Sprintf(`{"eventID":"e1","eventName":%q,"eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-central-1",`+
		`"dynamodb":{"ApproximateCreationDateTime":%s,%s"SequenceNumber":%q,"SizeBytes":59,"StreamViewType":"NEW_AND_OLD_IMAGES"},`+
		`"eventSourceARN":%q%s}`, or(r.op, "INSERT"), or(r.at, "1479499740"), &images, or(r.sequence, "4421584500000000017450439091"), arn, r.more)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func event(records ...string) []byte {
	all := [][]byte{}
	for _, r := range records {
		all = append(all, []byte(r))
	}
	return append(append([]byte(`{"Records":[`), bytes.Join(all, []byte(","))...), "]}"...)
}

// decodeOne decodes an event of one record, which may be faulty.
func decodeOne(t require.TestingT, m *model.Model, r string) *change.Change {
	changes, err := change.Decode(m, event(r))
	require.NoError(t, err)
	require.Len(t, changes, 1)
	return &changes[0]
}

const itemKeys = `{"PK":{"S":"ORDER#o1"},"SK":{"S":"METADATA"}}`

// insert is an insert of an item with the key itemKeys and further attributes, each after a comma.
func insert(attributes string) record {
	return record{keys: itemKeys, new: itemKeys[:len(itemKeys)-1] + attributes + "}"}
}

// decodeItem decodes the insert of an item with those attributes.
func decodeItem(t require.TestingT, m *model.Model, attributes string) change.State {
	c := decodeOne(t, m, insert(attributes).json())
	require.NoError(t, c.Fault)
	return c.New
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
