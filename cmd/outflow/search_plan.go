package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

type searchPlanCommand struct {
	Index string `arg:"" optional:"" help:"The index, as the model names it. Default: all."`
	targetFlags
}

// AfterApply checks the index against the model.
func (c *searchPlanCommand) AfterApply(ctx context.Context) error {
	if err := c.targetFlags.AfterApply(ctx); err != nil {
		return err
	}
	if c.Index == "" || c.running == nil || c.running.model.Indexes[c.Index] != nil {
		return nil
	}
	var names []string
	for _, index := range c.running.model.SortedIndexes() {
		names = append(names, index.Name)
	}
	return fmt.Errorf("the model has no index %q; it has %s", c.Index, strings.Join(names, ", "))
}

// searchPlans is what the command prints.
type searchPlans struct {
	Script  scriptPlan    `json:"script"`
	Indexes []search.Plan `json:"indexes"`
}

type scriptPlan struct {
	ID    string             `json:"id"`
	State search.ScriptState `json:"state"`
}

// Run compares and prints.
func (c *searchPlanCommand) Run(ctx context.Context, out io.Writer) error {
	d, err := c.open()
	if err != nil {
		return err
	}
	plans, err := c.plan(ctx, d)
	if err != nil {
		return hinted(err)
	}
	if len(plans.Indexes) == 0 {
		return unproven("the model has no search index, so there is nothing to compare")
	}
	if c.JSON {
		err = printJSON(out, "  ", plans)
	} else {
		_, err = io.WriteString(out, plans.String())
	}
	if err == nil && plans.differ() {
		err = errWrong
	}
	return err
}

func (c *searchPlanCommand) plan(ctx context.Context, d *deployment) (searchPlans, error) {
	plans := searchPlans{Script: scriptPlan{ID: search.ScriptID()}, Indexes: []search.Plan{}}
	client, err := d.domain()
	if err != nil {
		return plans, err
	}
	planner := &search.Planner{Client: client, Prefix: d.target.IndexPrefix, Model: d.model}
	if plans.Script.State, err = planner.Script(ctx); err != nil {
		return plans, err
	}
	for _, index := range c.wanted(d.model) {
		plan, err := planner.Index(ctx, index)
		if err != nil {
			return plans, err
		}
		plans.Indexes = append(plans.Indexes, plan)
	}
	if c.Index != "" {
		return plans, nil
	}
	left, err := planner.Left(ctx)
	plans.Indexes = append(plans.Indexes, left...)
	return plans, err
}

func (c *searchPlanCommand) wanted(m *model.Model) []*model.Index {
	return slices.DeleteFunc(m.SortedIndexes(), func(i *model.Index) bool { return c.Index != "" && i.Name != c.Index })
}

func (p *searchPlans) differ() bool {
	return p.Script.State != search.ScriptSame ||
		slices.ContainsFunc(p.Indexes, func(plan search.Plan) bool { return plan.State != search.PlanSame })
}

// planWords are the states in words.
var planWords = map[search.PlanState]string{
	search.PlanSame: "nothing to do", search.PlanNext: "the next batch puts it right",
	search.PlanMigrate: "a new index must be built", search.PlanBlocked: "something stands in the way",
	search.PlanLeft: "not in the model",
}

func (p *searchPlans) String() string {
	var text strings.Builder
	for _, plan := range p.Indexes {
		fmt.Fprintf(&text, "%s: %s", plan.Index, planWords[plan.State])
		if len(plan.Live) > 0 {
			fmt.Fprintf(&text, " (%s)", strings.Join(plan.Live, ", "))
		}
		text.WriteByte('\n')
		for _, what := range plan.Next {
			fmt.Fprintf(&text, "  + %s\n", what)
		}
		for _, why := range plan.Why {
			fmt.Fprintf(&text, "  ! %s\n", why)
		}
		if plan.Command != "" {
			fmt.Fprintf(&text, "  run %s\n", plan.Command)
		}
	}
	switch p.Script.State {
	case search.ScriptAbsent:
		fmt.Fprintf(&text, "stored script %s: absent\n  + the next batch stores it\n", p.Script.ID)
	case search.ScriptOther:
		fmt.Fprintf(&text, "stored script %[1]s: another stands in its place\n  ! writes go through it; delete it "+
			"(DELETE /_scripts/%[1]s), and the next batch stores the right one\n", p.Script.ID)
	}
	return text.String()
}
