package bus

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/outflow-dev/outflow/pkg/pattern"
)

// Quotas of EventBridge for rules on a bus, and for the size of a page.
const (
	maxRules   = 300
	maxPage    = 100
	maxPattern = 4096 // characters
)

type putRuleInput struct {
	Name, EventBusName, EventPattern, ScheduleExpression, State, Description, RoleArn string
}

type putRuleOutput struct{ RuleArn string }

// putRule creates a rule, or replaces all of it but its targets.
func (b *Bus) putRule(in *putRuleInput) (*putRuleOutput, error) {
	made, err := newRule(in)
	if err != nil {
		return nil, err
	}
	var arn string
	err = b.update(func(next *state) error {
		busName, eventBus, err := b.findBus(next, in.EventBusName)
		if err != nil {
			return err
		}
		arn = b.ruleARN(busName, in.Name)
		if old := eventBus.Rules[in.Name]; old != nil {
			made.Targets = old.Targets
		} else if len(eventBus.Rules) == maxRules {
			return limitExceeded("Event bus %s has %d rules, the most that it may have.", busName, maxRules)
		}
		eventBus.Rules[in.Name] = made
		return nil
	})
	return &putRuleOutput{RuleArn: arn}, err
}

func newRule(in *putRuleInput) (*rule, error) {
	made := &rule{
		Name: in.Name, Description: in.Description, Pattern: in.EventPattern, State: in.State, RoleArn: in.RoleArn,
		Targets: map[string]target{},
	}
	if made.State == "" {
		made.State = enabled
	}
	if err := ruleNames.check(in.Name, "name"); err != nil {
		return nil, err
	}
	switch {
	case made.State != enabled && made.State != disabled:
		return nil, invalid("State %q: the local bus knows %s and %s.", in.State, enabled, disabled)
	case in.ScheduleExpression != "":
		return nil, invalid("ScheduleExpression: the local bus runs no schedules; give an EventPattern.")
	case in.EventPattern == "":
		return nil, invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.")
	case len(in.EventPattern) > maxPattern:
		return nil, constraint(fmt.Sprintf("'%.40s...'", in.EventPattern), "eventPattern",
			fmt.Sprintf("have length less than or equal to %d", maxPattern))
	}
	var err error
	if made.compiled, err = pattern.Compile([]byte(in.EventPattern)); err != nil {
		return nil, invalidPattern(err)
	}
	return made, nil
}

type ruleInput struct{ Name, EventBusName string }

type describeRuleOutput struct {
	Name, Arn, EventBusName, EventPattern, State string
	Description, RoleArn                         string `json:",omitempty"`
	CreatedBy                                    string `json:",omitempty"` // the account; lists leave it out
}

func (b *Bus) describeRule(in *ruleInput) (*describeRuleOutput, error) {
	busName, found, err := b.findRule(b.state.Load(), in.EventBusName, in.Name)
	if err != nil {
		return nil, err
	}
	out := b.describe(busName, found)
	out.CreatedBy = b.cfg.Account
	return out, nil
}

func (b *Bus) describe(busName string, r *rule) *describeRuleOutput {
	return &describeRuleOutput{
		Name: r.Name, Arn: b.ruleARN(busName, r.Name), EventBusName: busName, EventPattern: r.Pattern, State: r.State,
		Description: r.Description, RoleArn: r.RoleArn,
	}
}

func (b *Bus) findRule(s *state, givenBus, name string) (string, *rule, error) {
	busName, eventBus, err := b.findBus(s, givenBus)
	if err != nil {
		return "", nil, err
	}
	found := eventBus.Rules[name]
	if found == nil {
		return "", nil, notFound("Rule %s does not exist on EventBus %s.", name, busName)
	}
	return busName, found, nil
}

type listRulesInput struct {
	EventBusName, NamePrefix, NextToken string
	Limit                               int
}

type listRulesOutput struct {
	Rules     []*describeRuleOutput
	NextToken string `json:",omitempty"`
}

func (b *Bus) listRules(in *listRulesInput) (*listRulesOutput, error) {
	busName, eventBus, err := b.findBus(b.state.Load(), in.EventBusName)
	if err != nil {
		return nil, err
	}
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(eventBus.Rules)), func(name string) bool {
		return !strings.HasPrefix(name, in.NamePrefix)
	})
	names, next, err := page(names, in.Limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &listRulesOutput{Rules: []*describeRuleOutput{}, NextToken: next}
	for _, name := range names {
		out.Rules = append(out.Rules, b.describe(busName, eventBus.Rules[name]))
	}
	return out, nil
}

// page cuts sorted names; the token is the last name of the page before.
func page(names []string, limit int, token string) ([]string, string, error) {
	if limit == 0 { // none was given
		limit = maxPage
	}
	if err := checkRange(limit, [2]int{1, maxPage}, "limit"); err != nil {
		return nil, "", err
	}
	if token != "" {
		at, seen := slices.BinarySearch(names, token)
		if seen {
			at++
		}
		names = names[at:]
	}
	if len(names) <= limit {
		return names, "", nil
	}
	return names[:limit], names[limit-1], nil
}

// deleteRule removes a rule without targets; a rule that does not exist is no fault.
func (b *Bus) deleteRule(in *ruleInput) (empty, error) {
	return empty{}, b.update(func(next *state) error {
		_, eventBus, err := b.findBus(next, in.EventBusName)
		if err != nil {
			return err
		}
		if old := eventBus.Rules[in.Name]; old != nil && len(old.Targets) > 0 {
			return invalid("Rule can't be deleted since it has targets.")
		}
		delete(eventBus.Rules, in.Name)
		return nil
	})
}

func (b *Bus) enableRule(in *ruleInput) (empty, error)  { return b.setState(in, enabled) }
func (b *Bus) disableRule(in *ruleInput) (empty, error) { return b.setState(in, disabled) }

func (b *Bus) setState(in *ruleInput, to string) (empty, error) {
	return empty{}, b.update(func(next *state) error {
		_, found, err := b.findRule(next, in.EventBusName, in.Name)
		if err == nil {
			found.State = to
		}
		return err
	})
}
