package bus

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Limits of EventBridge on targets.
const (
	maxTargetsPerCall = 100
	maxTargetsPerRule = 5
)

type putTargetsInput struct {
	Rule, EventBusName string
	Targets            []json.RawMessage
}

type targetsOutput struct {
	FailedEntryCount int
	FailedEntries    []failedTarget
}

type failedTarget struct{ TargetId, ErrorCode, ErrorMessage string }

// putTargets adds targets to a rule, or replaces those of the same id.
func (b *Bus) putTargets(in *putTargetsInput) (*targetsOutput, error) {
	if err := checkCount(len(in.Targets), "targets"); err != nil {
		return nil, err
	}
	out := &targetsOutput{FailedEntries: []failedTarget{}}
	return out, b.update(func(next *state) error {
		_, found, err := b.findRule(next, in.EventBusName, in.Rule)
		if err != nil {
			return err
		}
		for n, raw := range in.Targets {
			t, err := readTarget(n, raw)
			if err != nil {
				return err
			}
			if fault := b.checkTarget(t); fault != nil {
				out.fail(t.Id, fault)
				continue
			}
			found.Targets[t.Id] = *t
		}
		if len(found.Targets) > maxTargetsPerRule {
			return limitExceeded("Rule %s would have %d targets; it may have %d.", in.Rule, len(found.Targets), maxTargetsPerRule)
		}
		return nil
	})
}

func checkCount(n int, path string) error {
	switch {
	case n == 0:
		return constraint("'[]'", path, "have length greater than or equal to 1")
	case n > maxTargetsPerCall:
		return constraint(fmt.Sprintf("of %d elements", n), path, fmt.Sprintf("have length less than or equal to %d", maxTargetsPerCall))
	}
	return nil
}

func (out *targetsOutput) fail(id string, f *fault) {
	out.FailedEntryCount++
	out.FailedEntries = append(out.FailedEntries, failedTarget{id, f.Code, f.Message})
}

func limitExceeded(format string, args ...any) error {
	const service = "The requested resource exceeds the maximum number allowed. "
	return &fault{Code: "LimitExceededException", Message: service + fmt.Sprintf(format, args...)}
}

type removeTargetsInput struct {
	Rule, EventBusName string
	Ids                []string
}

func (b *Bus) removeTargets(in *removeTargetsInput) (*targetsOutput, error) {
	if err := checkCount(len(in.Ids), "ids"); err != nil {
		return nil, err
	}
	out := &targetsOutput{FailedEntries: []failedTarget{}}
	return out, b.update(func(next *state) error {
		_, found, err := b.findRule(next, in.EventBusName, in.Rule)
		if err != nil {
			return err
		}
		for _, id := range in.Ids {
			delete(found.Targets, id) // as the service, which does not complain of an id it does not have
		}
		return nil
	})
}

type listTargetsInput struct {
	Rule, EventBusName, NextToken string
	Limit                         int
}

type listTargetsOutput struct {
	Targets   []target
	NextToken string `json:",omitempty"`
}

func (b *Bus) listTargets(in *listTargetsInput) (*listTargetsOutput, error) {
	_, found, err := b.findRule(b.state.Load(), in.EventBusName, in.Rule)
	if err != nil {
		return nil, err
	}
	ids, next, err := page(slices.Sorted(maps.Keys(found.Targets)), in.Limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &listTargetsOutput{Targets: []target{}, NextToken: next}
	for _, id := range ids {
		out.Targets = append(out.Targets, found.Targets[id])
	}
	return out, nil
}
