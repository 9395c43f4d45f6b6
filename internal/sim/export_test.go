package sim

import (
	"encoding/json"

	"github.com/outflow-dev/outflow/pkg/model"
)

// Committed is a change as the simulated table made it: the item written, nil for a delete, and the stream record.
type Committed struct {
	Key, Item json.RawMessage
	Record    json.RawMessage
}

// Commit does a seed's operations on the simulated table alone. Records that are broken on purpose are left out.
func Commit(models []*model.Model, seed uint64, operations int) []Committed {
	w := newWorld(models, Options{Seed: seed, Operations: operations})
	delete(w.profile.enabled, RecordPoison)
	for n := range operations {
		w.operate(n)
	}
	var all []Committed
	for _, c := range w.table.commits {
		one := Committed{Key: json.RawMessage(c.key), Record: c.body}
		if c.new != nil {
			one.Item = c.new
		}
		all = append(all, one)
	}
	return all
}
