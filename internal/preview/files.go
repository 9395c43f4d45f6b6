package preview

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/publish"
	"github.com/outflow-dev/outflow/pkg/search"
)

// Names of what the functions would write to.
const (
	firstIndex   = 1 // number of the physical index
	claimsBucket = "claims"
)

// marker is the file by which WriteFiles knows a folder of its own.
const marker = ".outflow-preview"

// WriteFiles writes to dir what the functions would send for one batch of changes: the stored script and a _bulk
// body for each index under search/, the PutEvents calls under events/ and what they claim under claims/, and the
// audit segments under their keys in audit/. It replaces what an earlier call wrote, and refuses a folder that holds
// anything else.
func WriteFiles(dir, stage string, m *model.Model, changes []change.Change) error {
	if err := prepare(dir); err != nil {
		return err
	}
	w := &writer{dir: dir}
	w.search(m.Name+"-"+stage+"-", m, changes)
	w.events(m.Name+"-"+stage, m, changes)
	w.audit(m.Name+"-"+stage, m, changes)
	return w.err
}

// prepare makes dir an empty folder of ours.
func prepare(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("look into output folder: %w", err)
	}
	_, err = os.Stat(filepath.Join(dir, marker))
	if len(entries) > 0 && err != nil {
		return fmt.Errorf("output folder %s holds files that outflow preview did not write: name an empty or a new one", dir)
	}
	for _, old := range []string{"search", "events", "claims", "audit"} {
		if err := os.RemoveAll(filepath.Join(dir, old)); err != nil {
			return fmt.Errorf("clear output folder: %w", err)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make output folder: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, marker), nil, 0o644)
}

// writer keeps its first error and then writes nothing more.
type writer struct {
	dir string
	err error
}

func (w *writer) fail(err error) { w.err = cmp.Or(w.err, err) }

func (w *writer) write(name string, content []byte) {
	if w.err != nil {
		return
	}
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.fail(fmt.Errorf("make output folder: %w", err))
		return
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		w.fail(fmt.Errorf("write output: %w", err))
	}
}

func (w *writer) writeJSON(name string, v any) {
	content, err := json.MarshalIndent(v, "", "  ")
	w.fail(err)
	w.write(name, append(content, '\n'))
}

func (w *writer) search(prefix string, m *model.Model, changes []change.Change) {
	w.writeJSON("search/"+search.ScriptID()+".json", map[string]any{
		"script": map[string]string{"lang": "painless", "source": search.Script},
	})
	for _, index := range m.SortedIndexes() {
		p, err := search.NewProjector(m, index)
		if err != nil {
			w.fail(err)
			return
		}
		var asked search.Projection
		for i := range changes {
			p.Add(&asked, &changes[i])
		}
		name := search.IndexName(prefix, index.Name, firstIndex)
		w.write("search/"+name+".bulk.ndjson", search.Bulk(name, index, asked.Operations))
	}
}

// entry has the member names of the PutEvents API.
type entry struct {
	EventBusName string
	Source       string
	DetailType   string
	Time         time.Time
	Detail       string
}

func (w *writer) events(bus string, m *model.Model, changes []change.Change) {
	b, err := publish.NewBuilder(m)
	if err != nil {
		w.fail(err)
		return
	}
	var asked publish.Result
	for i := range changes {
		b.Add(&asked, &changes[i])
	}
	var entries []publish.Entry
	for i := range asked.Events {
		e, err := b.Entry(&asked.Events[i], publish.DefaultMaxBytes, claimsBucket)
		if errors.Is(err, publish.ErrTooLarge) {
			continue // the consumer parks it; preview shows so
		}
		w.fail(err)
		if e.Claim != nil {
			w.write(e.Claim.Key, e.Claim.Body)
		}
		entries = append(entries, e)
	}
	for i, call := range publish.Pack(entries, publish.DefaultMaxBytes) {
		request := struct{ Entries []entry }{}
		for _, e := range call {
			request.Entries = append(request.Entries, entry{bus, e.Source, e.DetailType, e.Time, e.Detail})
		}
		w.writeJSON(fmt.Sprintf("events/put-events-%04d.json", i+1), request)
	}
}

func (w *writer) audit(log string, m *model.Model, changes []change.Change) {
	for _, segment := range audit.Cut(m, log, changes) {
		body, err := segment.Compressed()
		w.fail(err)
		w.write(segment.Key, body)
	}
}
