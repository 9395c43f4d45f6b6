package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/publish"
)

// checkEvents holds what the bus accepted against what the model asks for, given the recorded changes: the same events
// with the same details, an item's in the order of its changes. It returns how many there are, and how many times one
// came again.
func (w *world) checkEvents(t *testing.T, lines []audit.Line) (events, repeated int) {
	wanted := w.asked(t, lines)
	content, err := os.ReadFile(filepath.Join(w.dir, "events.ndjson"))
	require.NoError(t, err)
	found, latest := map[string]string{}, map[string]string{}
	for text := range bytes.Lines(content) {
		var event struct {
			Detail json.RawMessage `json:"detail"`
		}
		require.NoError(t, json.Unmarshal(text, &event))
		var detail struct {
			Metadata struct {
				ID, Entity, ItemVersion string
				Key                     json.RawMessage
			}
		}
		require.NoError(t, json.Unmarshal(event.Detail, &detail))
		m := detail.Metadata
		if before, again := found[m.ID]; again {
			require.Equal(t, before, string(event.Detail), "event %s came twice and differs", m.ID)
			repeated++
			continue
		}
		item := m.Entity + string(m.Key)
		require.LessOrEqual(t, latest[item], m.ItemVersion, "an event of %s was announced before an earlier one", item)
		latest[item], found[m.ID] = m.ItemVersion, string(event.Detail)
	}
	requireSame(t, wanted, found, "events that the recorded changes ask for and those that the bus accepted")
	return len(found), repeated
}

// asked returns the details of all events that the recorded changes ask for, by id.
func (w *world) asked(t *testing.T, lines []audit.Line) map[string]string {
	builder, err := publish.NewBuilder(w.model)
	require.NoError(t, err)
	records := make([]string, len(lines))
	for i := range lines {
		records[i] = record(&lines[i])
	}
	changes, err := w.decode(records)
	require.NoError(t, err)
	var result publish.Result
	for i := range changes {
		builder.Add(&result, &changes[i])
	}
	require.Empty(t, result.Poison)
	require.Empty(t, result.RuleFaults)
	wanted := map[string]string{}
	for i := range result.Events {
		wanted[result.Events[i].ID] = string(result.Events[i].Detail())
	}
	require.Len(t, wanted, len(result.Events), "ids of events are not unique")
	return wanted
}

// record is the stream record that a line was made of.
func record(line *audit.Line) string {
	operation := map[string]string{model.Insert: "INSERT", model.Modify: "MODIFY", model.Remove: "REMOVE"}[line.Op]
	images := ""
	if line.OldHash != "" {
		images += fmt.Sprintf(`,"OldImage":%s`, line.Old)
	}
	if line.NewHash != "" {
		images += fmt.Sprintf(`,"NewImage":%s`, line.New)
	}
	return fmt.Sprintf(`{"eventID":%q,"eventName":%q,"eventSource":"aws:dynamodb","eventSourceARN":%q,"dynamodb":{"ApproximateCreationDateTime":%d,`+
		`"SequenceNumber":%q,"StreamViewType":"NEW_AND_OLD_IMAGES","Keys":%s%s}}`,
		line.ID, operation, line.Stream, line.At.Unix(), line.Seq, line.Keys, images)
}
