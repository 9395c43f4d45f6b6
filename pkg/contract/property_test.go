package contract_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/contract"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/publish"
)

// Whatever the model and the items, what is published fits the closed schemas, and so the open ones and the registry's.
func TestPublishedEventsFitTheSchemas(t *testing.T) {
	events, claims := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		m := parseModel(t, w.yaml())
		c, err := contract.Of(m)
		require.NoError(t, err)
		_, err = c.Files()
		require.NoError(t, err, w.yaml())
		schemas := compileAll(t, c)
		for _, sample := range c.Samples() {
			schemas.check(t, sample.Event)
		}
		maxBytes := rapid.SampledFrom([]int{publish.DefaultMaxBytes, 1_400}).Draw(t, "maxBytes")
		for _, event := range published(t, m, w.drawRecords(t), maxBytes) {
			schemas.check(t, event)
			events++
			if bytes.Contains(event, []byte(`"claim":{`)) {
				claims++
			}
		}
	})
	require.Positive(t, events)
	if !testing.Short() { // which tries too few
		require.Positive(t, claims)
	}
}

// What Compare does not call breaking is none: what the new model publishes fits the open schemas of the old one.
func TestWhatIsNotBreakingFitsTheOldSchemas(t *testing.T) {
	fitted, broken := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		old := drawWorld(t)
		changed := old.drawChanged(t)
		before, err := contract.Of(parseModel(t, old.yaml()))
		require.NoError(t, err)
		m := parseModel(t, changed.yaml())
		after, err := contract.Of(m)
		require.NoError(t, err)

		breaks := map[string]bool{}
		for _, d := range contract.Compare(before, after) {
			if d.Level == contract.Breaking {
				breaks[(&contract.Event{Name: d.Event, Schema: d.Schema}).Title()] = true
				broken++
			}
		}
		if breaks[(&contract.Event{}).Title()] { // the whole bus
			return
		}
		schemas := compileAll(t, before)
		for _, event := range published(t, m, changed.drawRecords(t), publish.DefaultMaxBytes) {
			value := instance(t, event)
			title := titleOf(value)
			if schemas.open[title] == nil || breaks[title] {
				continue
			}
			require.NoError(t, schemas.open[title].Validate(value), "%s\nold %s\nnew %s", event, old.yaml(), changed.yaml())
			fitted++
		}
	})
	require.Positive(t, fitted)
	require.Positive(t, broken)
}

func titleOf(event any) string {
	e := event.(object)
	schema := e["detail"].(object)["metadata"].(object)["schema"]
	return e["detail-type"].(string) + ".v" + schema.(interface{ String() string }).String()
}

// drawChanged is the world after a few edits of its model.
func (w *world) drawChanged(t *rapid.T) *world {
	changed := &world{attributes: maps.Clone(w.attributes), required: slices.Clone(w.required), events: object{}, revision: w.revision}
	for range rapid.IntRange(1, 3).Draw(t, "edits") {
		name := rapid.SampledFrom(changed.declared()).Draw(t, "edited")
		switch rapid.IntRange(0, 5).Draw(t, "edit") {
		case 0:
			changed.attributes[name] = drawAttribute(t)
		case 1:
			changed.attributes[rapid.SampledFrom(names).Draw(t, "added")] = drawAttribute(t)
		case 2:
			changed.required = slices.DeleteFunc(changed.required, func(r string) bool { return r == name })
		case 3:
			changed.required = union(changed.required, []string{name})
		case 4:
			changed.revision = !changed.revision
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.events)) {
		all := []any{}
		for _, rule := range w.events[name].([]any) {
			all = append(all, changed.drawEdited(t, rule.(object)))
		}
		changed.events[name] = all
	}
	return changed
}

func union(a, b []string) []string {
	all := append(append([]string{}, a...), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

// drawEdited is a rule that is left as it was, drawn anew, or given one other thing.
func (w *world) drawEdited(t *rapid.T, rule object) object {
	fresh := w.drawRule(t, rule["schema"].(int))
	edited := maps.Clone(rule)
	switch rapid.IntRange(0, 4).Draw(t, "rule edit") {
	case 0:
		return fresh
	case 1:
		edited["data"] = fresh["data"]
	case 2:
		edited["data"] = union(fresh["data"].([]string), rule["data"].([]string))
	}
	if edited["becomes"] != nil { // its values must fit the types as they are now
		delete(edited, "becomes")
		if becomes := w.becomes(); len(becomes) > 0 {
			edited["becomes"] = becomes
			edited["change"] = []string{model.Insert, model.Modify}
		}
	}
	return edited
}
