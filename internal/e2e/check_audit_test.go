package e2e_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/stream"
)

// lines reads the whole log. Lines of one record that differ in identity are an error.
func (w *world) lines(t *testing.T) ([]audit.Line, audit.Summary) {
	log := audit.Log{Client: w.objects, Bucket: w.Target.AuditBucket, Name: w.model.Name + "-" + w.stage}
	var all []audit.Line
	var summary audit.Summary
	for line, err := range log.Show(t.Context(), audit.Query{}, &summary) {
		require.NoError(t, err)
		all = append(all, line)
	}
	return all, summary
}

// checkAudit holds the log against the stream, record by record, and against the table: per item, a chain from its
// insert to what it is now.
func (w *world) checkAudit(t *testing.T, lines []audit.Line, records []stream.Record, items []change.Change) {
	requireSame(t, identities(t, records), lineIDs(lines), "records of the stream and lines of the log")
	last := map[string]audit.Line{}
	for _, line := range lines {
		before, known := last[string(line.Keys)]
		require.Equal(t, before.NewHash, line.OldHash, "gap in the chain of %s at %s", line.Keys, line.Seq)
		require.True(t, known || line.Op == model.Insert, "the first line of %s is a %s", line.Keys, line.Op)
		require.Equal(t, line.Op == model.Insert, line.OldHash == "", "%s of %s at %s", line.Op, line.Keys, line.Seq)
		require.Equal(t, line.Op == model.Remove, line.NewHash == "", "%s of %s at %s", line.Op, line.Keys, line.Seq)
		last[string(line.Keys)] = line
	}
	recorded, current := map[string]string{}, map[string]string{}
	for key, line := range last {
		if line.Op != model.Remove {
			recorded[key] = string(line.New)
		}
	}
	for i := range items {
		current[string(items[i].Keys.AppendCanonical(nil))] = string(items[i].New.AppendCanonical(nil))
	}
	requireSame(t, current, recorded, "items of the table and last images of the log")
}

// identities are the event ids of records by sequence number.
func identities(t *testing.T, records []stream.Record) map[string]string {
	ids := map[string]string{}
	for _, r := range records {
		var body struct{ EventID string }
		require.NoError(t, json.Unmarshal(r.Body, &body))
		ids[r.Sequence] = body.EventID
	}
	return ids
}

func lineIDs(lines []audit.Line) map[string]string {
	ids := map[string]string{}
	for _, line := range lines {
		ids[line.Seq] = line.ID
	}
	return ids
}

// checkShown holds what the watcher saw against the log: every version that readers were shown is that of a recorded
// change, and never of one that takes out the document itself, unless what is shown was read from the table later.
func (w *world) checkShown(t *testing.T, seen *watcher, lines []audit.Line) {
	byVersion := map[string]audit.Line{}
	for _, line := range lines {
		byVersion[line.Version()] = line
	}
	for id, versions := range seen.shown {
		for version, asLeft := range versions {
			line, recorded := byVersion[version]
			require.True(t, recorded, "%s was shown with the version %s, which no change has", id, version)
			var view struct{ Entity string }
			require.NoError(t, json.Unmarshal(line.View, &view))
			isPart := view.Entity == "OrderLine"
			require.True(t, isPart || line.Op != model.Remove || !asLeft, "%s was shown as of its removal %s", id, version)
		}
	}
}
