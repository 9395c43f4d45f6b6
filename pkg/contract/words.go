package contract

import (
	"slices"
	"strconv"
	"strings"

	"github.com/outflow-dev/outflow/pkg/model"
)

// Words says in one sentence when the event is published.
func (e *Event) Words() string {
	words := "Published when " + e.occasion()
	if e.When != "" {
		words += ", and " + e.When
	}
	return words + "."
}

// occasion is what the rule asks for, without its CEL.
func (e *Event) occasion() string {
	happens := article(e.Entity) + " is " + list(participles(e.Change), "or")
	switch {
	case len(e.Changes) > 0 && len(e.Becomes) > 0:
		return e.changes() + " so that " + e.states("becomes")
	case len(e.Changes) > 0:
		return e.changes()
	case len(e.Becomes) > 0 && slices.Contains(e.Change, model.Insert) && slices.Contains(e.Change, model.Modify):
		return e.states("becomes") + " in " + article(e.Entity) + ", or one is inserted so"
	case len(e.Becomes) > 0 && slices.Contains(e.Change, model.Modify):
		return e.states("becomes") + " in " + article(e.Entity) + " that was there before"
	case len(e.Becomes) > 0:
		return happens + " whose " + e.states("is")
	}
	return happens
}

func (e *Event) changes() string {
	if len(e.Changes) == 1 {
		return e.Changes[0] + " of " + article(e.Entity) + " changes"
	}
	return "at least one of " + list(e.Changes, "and") + " of " + article(e.Entity) + " changes"
}

func (e *Event) states(verb string) string {
	states := make([]string, len(e.Becomes))
	for i, condition := range e.Becomes {
		states[i] = condition.Field + " " + verb + " " + string(condition.Value)
	}
	return list(states, "and")
}

func participles(operations []string) []string {
	words := map[string]string{model.Insert: "inserted", model.Modify: "modified", model.Remove: "removed"}
	all := make([]string, len(operations))
	for i, operation := range operations {
		all[i] = words[operation]
	}
	return all
}

func article(noun string) string {
	if strings.ContainsRune("AEIOaeio", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// list joins words with commas, the last with a conjunction.
func list(words []string, conjunction string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
}

// typeWords names a type as the model does.
func typeWords(t *model.Type) string {
	switch t.Kind {
	case model.KindEnum:
		quoted := make([]string, len(t.Values))
		for i, value := range t.Values {
			quoted[i] = strconv.Quote(value)
		}
		return "enum of " + strings.Join(quoted, ", ")
	case model.KindList, model.KindSet, model.KindMap:
		return string(t.Kind) + " of " + typeWords(t.Of)
	case model.KindFields:
		members := make([]string, len(t.Fields))
		for i := range t.Fields {
			members[i] = t.Fields[i].Name + ": " + typeWords(&t.Fields[i].Type)
		}
		return "{" + strings.Join(members, "; ") + "}"
	}
	return string(t.Kind)
}
