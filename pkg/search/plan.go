package search

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/outflow-dev/outflow/pkg/model"
)

// PlanState says what is to be done before a definition and its indexes are one.
type PlanState string

// The states, from the one that asks for nothing to the one that asks for a person.
const (
	PlanSame    PlanState = "same"    // nothing to do
	PlanNext    PlanState = "next"    // the consumer's next batch does it
	PlanMigrate PlanState = "migrate" // a new index has to be built
	PlanBlocked PlanState = "blocked" // something stands in the way that only a person can judge; the outlet stops there
	PlanLeft    PlanState = "left"    // the model no longer has the definition; its indexes stay until a person deletes them
)

// Plan is what is to be done for one definition of the model. All texts are for people.
type Plan struct {
	Index    string    `json:"index"`
	Physical string    `json:"physical"` // the newest index that is written to; "" where there is none
	Live     []string  `json:"live"`     // all that are written to: two during a migration
	State    PlanState `json:"state"`
	Next     []string  `json:"next"`    // what the consumer's next batch puts in place
	Why      []string  `json:"why"`     // what it cannot put in place, and why
	Command  string    `json:"command"` // what to run, or ""
}

// Planner compares a model's definitions with the indexes of a domain. It changes nothing.
type Planner struct {
	Client *Client
	Prefix string // "<name>-<stage>-"
	Model  *model.Model
}

// Index plans for one definition of the model. An error says that it could not look.
func (p *Planner) Index(ctx context.Context, wanted *model.Index) (Plan, error) {
	plan := Plan{Index: wanted.Name, State: PlanSame, Live: []string{}, Next: []string{}, Why: []string{}}
	all, err := p.find(ctx, wanted.Name)
	if err != nil {
		return plan, err
	}
	if foreign := p.foreign(all, wanted.Name); len(foreign) > 0 {
		plan.State, plan.Why = PlanBlocked, foreign
		return plan, nil
	}
	if len(all) == 0 {
		plan.next("index %s and its aliases are made", IndexName(p.Prefix, wanted.Name, 1))
		return plan, nil
	}
	live := slices.DeleteFunc(slices.Clone(all), func(f foundIndex) bool { return f.meta().Retired })
	if len(live) == 0 {
		plan.migrate("all its indexes are retired, so nothing is written")
		return plan, nil
	}
	for _, f := range live {
		plan.Live = append(plan.Live, f.name)
	}
	newest := &live[len(live)-1]
	plan.Physical = newest.name
	if err := plan.definition(newest, wanted); err != nil {
		return plan, err
	}
	return plan, plan.aliases(p.Prefix, all, live)
}

func (plan *Plan) next(format string, args ...any) {
	plan.Next = append(plan.Next, fmt.Sprintf(format, args...))
	if plan.State == PlanSame {
		plan.State = PlanNext
	}
}

func (plan *Plan) migrate(why ...string) {
	plan.Why = append(plan.Why, why...)
	plan.State, plan.Command = PlanMigrate, "outflow search migrate "+plan.Index
}

// definition compares the model's definition with the index's, and the index's with its mapping.
func (plan *Plan) definition(has *foundIndex, wanted *model.Index) error {
	same, differences, err := Compare(has.meta().Definition, wanted)
	if err != nil {
		return err
	}
	strange, err := has.handMade()
	if err != nil {
		return err
	}
	if len(differences)+len(strange) > 0 {
		plan.migrate(slices.Concat(differences, strange)...)
		return nil
	}
	if same {
		return nil
	}
	added, err := additions(has.meta().Definition, wanted)
	if err != nil {
		return err
	}
	for _, what := range added {
		plan.next("%s is added; documents written before have no value in it", what)
	}
	plan.next("the model's definition takes the place of the one that %s keeps", has.name)
	has.meta().Definition = wanted // whose filter the readers' alias gets
	return nil
}

// aliases finds what restoring aliases will do.
func (plan *Plan) aliases(prefix string, all, live []foundIndex) error {
	for _, f := range live {
		if alias := f.writeAlias(); f.Aliases[alias] == nil {
			plan.next("the write alias %s is restored", alias)
		}
	}
	read := ReadAlias(prefix, plan.Index)
	var readers []foundIndex
	for _, f := range all {
		if f.Aliases[read] != nil {
			readers = append(readers, f)
		}
	}
	if len(readers) == 0 {
		plan.next("the readers' alias %s is restored on %s", read, live[0].name)
		return nil
	}
	if len(readers) > 1 {
		plan.State = PlanBlocked
		plan.Why = append(plan.Why, fmt.Sprintf("the readers' alias %s is on %s and %s, so that readers see documents twice: "+
			"take it off one of them", read, readers[0].name, readers[1].name))
		return nil
	}
	filter, err := tree(readFilter(readers[0].meta().Definition))
	if err == nil && !reflect.DeepEqual(readers[0].Aliases[read]["filter"], filter) {
		plan.next("the filter of the readers' alias %s is put right", read)
	}
	return err
}

// Left returns a plan for each definition that has indexes and that the model no longer has, by name.
func (p *Planner) Left(ctx context.Context) ([]Plan, error) {
	byName, err := p.get(ctx, p.Prefix+"*")
	if err != nil {
		return nil, err
	}
	plans := []Plan{}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		f := byName[name]
		if f.meta() == nil || f.meta().Definition == nil || p.Model.Indexes[f.meta().Definition.Name] != nil {
			continue
		}
		index := f.meta().Definition.Name
		if _, ours := indexNumber(p.Prefix+index+"-", name); !ours {
			continue // another model's whose name begins alike
		}
		plans = append(plans, Plan{
			Index: index, Physical: name, State: PlanLeft, Live: []string{}, Next: []string{}, Why: []string{fmt.Sprintf(
				"the model no longer has %s: nothing is written to %s, and its readers see what was; delete it when nobody reads it", index, name)},
		})
	}
	return plans, nil
}
