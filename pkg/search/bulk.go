package search

import (
	"fmt"
	"strconv"
	"time"

	"github.com/outflow-dev/outflow/internal/jcs"
	"github.com/outflow-dev/outflow/pkg/model"
)

// Action is one update of one document in a _bulk body: the newest operation for each of its parts.
type Action struct {
	Index      string
	ID         string
	Routing    string
	Operations []Operation // one per part, in the order in which the parts first came
}

// Fold puts the operations of a batch together, one Action per document in the order in which the documents first
// came. Of several operations on one part only the newest stays: the guard would let it win in any case.
func Fold(ops []Operation) []Action {
	type document struct{ index, id string }
	at := make(map[document]int, len(ops))
	actions := make([]Action, 0, len(ops))
	for _, op := range ops {
		doc := document{op.Index, op.ID}
		i, seen := at[doc]
		if !seen {
			i = len(actions)
			at[doc] = i
			actions = append(actions, Action{Index: op.Index, ID: op.ID, Routing: op.Routing})
		}
		actions[i].fold(op)
	}
	return actions
}

func (a *Action) fold(op Operation) {
	for i := range a.Operations {
		if have := &a.Operations[i]; have.Part == op.Part {
			if op.Version > have.Version {
				*have = op
			}
			return
		}
	}
	a.Operations = append(a.Operations, op)
}

// RetryOnConflict is how often OpenSearch itself repeats an update that met another writer of the same document.
// With 8 writers on one document, 3 let 6 and 10 let 8 of 8,000 updates through as 409; the caller retries those.
const RetryOnConflict = 3

// IndexName is the name of a physical index; number counts up and is never used twice.
// The prefix is "<name>-<stage>-".
func IndexName(prefix, index string, number int) string {
	return fmt.Sprintf("%s%s-%06d", prefix, index, number)
}

// WriteAlias is the alias that every write to the physical index names. It holds the time of the index's making, so that
// a writer that knows an earlier index of the same name writes nothing into this one, and looks for the indexes again.
func WriteAlias(indexName string, created time.Time) string {
	return fmt.Sprintf("%s-write-%d", indexName, created.UnixMilli())
}

// ReadAlias is the filtered alias that readers search.
func ReadAlias(prefix, index string) string { return prefix + index }

// Horizon is how long tombstones stay at least. An operation that is older, less a day for clocks that differ, proves
// nothing: the tombstone that forbids it may be gone.
const Horizon = 14 * 24 * time.Hour

// Destination is where actions go, and what the stored script must know of it.
type Destination struct {
	Alias string   // the physical index's write alias
	Lists []string // as Lists gives them
	// Floor is the time from which the index has seen every change. Zero for an index that takes all.
	Floor time.Time
}

// MarkOld sets Old in the operations of an action that are, at the time now, older than the floor, or than the horizon less
// a day: of those, what undid them may have been forgotten. With a zero floor none is.
func (to *Destination) MarkOld(a *Action, now time.Time) {
	for i := range a.Operations {
		a.Operations[i].Old = isOld(&a.Operations[i], to.Floor, now)
	}
}

// AppendBulk appends the action as the two lines of a guarded update in a _bulk body: the metadata, which names the
// index's write alias, and the call of the stored script with the operations as its parameters.
func AppendBulk(dst []byte, to *Destination, a *Action) []byte {
	dst = append(dst, `{"update":{"_index":`...)
	dst = jcs.AppendString(dst, to.Alias)
	dst = append(dst, `,"_id":`...)
	dst = jcs.AppendString(dst, a.ID)
	if a.Routing != "" {
		dst = append(dst, `,"routing":`...)
		dst = jcs.AppendString(dst, a.Routing)
	}
	dst = append(dst, `,"require_alias":true,"retry_on_conflict":`...)
	dst = strconv.AppendInt(dst, RetryOnConflict, 10)
	dst = append(dst, "}}\n"+`{"scripted_upsert":true,"upsert":{},"script":{"id":`...)
	dst = jcs.AppendString(dst, ScriptID())
	dst = append(dst, `,"params":{"entity":`...)
	dst = jcs.AppendString(dst, a.Operations[0].Entity)
	dst = append(dst, `,"lists":`...)
	dst = jcs.AppendStrings(dst, to.Lists)
	dst = append(dst, `,"ops":[`...)
	for i := range a.Operations {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = a.Operations[i].appendJSON(dst)
	}
	return append(dst, "]}}}\n"...)
}

const day = 24 * time.Hour

func (op *Operation) appendJSON(dst []byte) []byte {
	dst = append(dst, `{"part":`...)
	dst = jcs.AppendString(dst, op.Part)
	dst = append(dst, `,"version":`...)
	dst = jcs.AppendString(dst, op.Version)
	dst = jcs.AppendTimeOrNull(append(dst, `,"at":`...), op.At)
	dst = append(dst, `,"deleted":`...)
	dst = strconv.AppendBool(dst, op.Deleted)
	dst = append(dst, `,"tenant":`...)
	dst = jcs.AppendStringOrNull(dst, op.Tenant)
	dst = append(dst, `,"model":`...)
	dst = jcs.AppendString(dst, op.Model)
	dst = append(dst, `,"dropped":`...)
	dst = jcs.AppendStrings(dst, op.Dropped)
	if op.Old {
		dst = append(dst, `,"old":true`...)
	}
	if !op.Deleted {
		dst = append(append(dst, `,"body":`...), op.Body...)
	}
	return append(dst, '}')
}

// Bulk is the _bulk body for a batch of operations on one physical index that takes all of them, however old: as if it
// had been made at the beginning of Unix time.
func Bulk(indexName string, index *model.Index, ops []Operation) []byte {
	to := &Destination{Alias: WriteAlias(indexName, time.UnixMilli(0)), Lists: Lists(index)}
	var body []byte
	for _, action := range Fold(ops) {
		body = AppendBulk(body, to, &action)
	}
	return body
}
