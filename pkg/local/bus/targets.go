package bus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"
)

// Limits of EventBridge on targets.
const (
	maxTargetsPerCall = 100
	maxTargetsPerRule = 5
)

// target is a target in the protocol's form, which rules.json keeps.
type target struct {
	Id               string
	Arn              string            // see the package comment
	RoleArn          string            `json:",omitempty"` // kept, and not needed
	Input            string            `json:",omitempty"` // JSON that is sent instead of the event
	RetryPolicy      *retryPolicy      `json:",omitempty"`
	DeadLetterConfig *deadLetterConfig `json:",omitempty"`
}

type retryPolicy struct {
	MaximumRetryAttempts     *int `json:",omitempty"` // 0 to 185, which is the default
	MaximumEventAgeInSeconds *int `json:",omitempty"` // 60 to 86,400, which is the default
}

type deadLetterConfig struct{ Arn string }

const (
	mostAttempts = 185
	leastAge     = 60
	mostAge      = 86_400
)

func (p *retryPolicy) limits() (attempts int, age time.Duration) {
	attempts, age = mostAttempts, mostAge*time.Second
	if p != nil && p.MaximumRetryAttempts != nil {
		attempts = *p.MaximumRetryAttempts
	}
	if p != nil && p.MaximumEventAgeInSeconds != nil {
		age = time.Duration(*p.MaximumEventAgeInSeconds) * time.Second
	}
	return attempts, age
}

// supported are the members of a target that this bus acts on, or has no need to.
func supported() []string {
	return []string{"Id", "Arn", "RoleArn", "Input", "RetryPolicy", "DeadLetterConfig"}
}

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
	if n := len(in.Targets); n == 0 || n > maxTargetsPerCall {
		return nil, invalid("Targets: 1 to %d, not %d.", maxTargetsPerCall, n)
	}
	out := &targetsOutput{FailedEntries: []failedTarget{}}
	return out, b.update(func(next *state) error {
		_, found, err := b.findRule(next, in.EventBusName, in.Rule)
		if err != nil {
			return err
		}
		for _, raw := range in.Targets {
			t, err := readTarget(raw)
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

func (out *targetsOutput) fail(id string, f *fault) {
	out.FailedEntryCount++
	out.FailedEntries = append(out.FailedEntries, failedTarget{id, f.Code, f.Message})
}

// readTarget reads one target and refuses what it asks for that would be passed over silently.
func readTarget(raw json.RawMessage) (*target, error) {
	t := new(target)
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, t); err != nil {
		return nil, &fault{Code: "SerializationException", Message: err.Error()}
	}
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, &fault{Code: "SerializationException", Message: err.Error()}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains(supported(), name) && string(members[name]) != "null" {
			return nil, invalid("Target %s: the local bus has no %s.", t.Id, name)
		}
	}
	if !validRule.MatchString(t.Id) {
		return nil, invalid("Target Id %q: 1 to 64 letters, digits and . - _", t.Id)
	}
	return t, t.compactInput()
}

// compactInput puts the input on one line, as queue files need it.
func (t *target) compactInput() error {
	if t.Input == "" {
		return nil
	}
	var line bytes.Buffer
	if err := json.Compact(&line, []byte(t.Input)); err != nil {
		return invalid("Target %s: Input is not JSON: %v", t.Id, err)
	}
	t.Input = line.String()
	return nil
}

// checkTarget refuses a target that could never get an event.
func (b *Bus) checkTarget(t *target) *fault {
	attempts, age := t.RetryPolicy.limits()
	switch {
	case attempts < 0 || attempts > mostAttempts:
		return refuse("RetryPolicy: MaximumRetryAttempts is 0 to %d.", mostAttempts)
	case age < leastAge*time.Second || age > mostAge*time.Second:
		return refuse("RetryPolicy: MaximumEventAgeInSeconds is %d to %d.", leastAge, mostAge)
	case t.DeadLetterConfig != nil && t.DeadLetterConfig.Arn != "" && !isQueue(t.DeadLetterConfig.Arn):
		return refuse("DeadLetterConfig: Arn %q is not the ARN of an SQS queue.", t.DeadLetterConfig.Arn)
	}
	switch name := functionName(t.Arn); {
	case isURL(t.Arn):
		if _, err := url.Parse(t.Arn); err != nil {
			return refuse("Arn: %v", err)
		}
	case name != "" && b.cfg.Functions[name] == nil:
		known := slices.Sorted(maps.Keys(b.cfg.Functions))
		return &fault{Code: "ResourceNotFoundException", Message: fmt.Sprintf("There is no function %s, only %q.", name, known)}
	case name == "" && !isQueue(t.Arn):
		return refuse("Arn %q: the local bus delivers to http and https URLs and to the ARNs of Lambda functions and SQS queues.",
			t.Arn)
	}
	return nil
}

func isQueue(arn string) bool { return validQueue.MatchString(resource(arn, "sqs")) }

func refuse(format string, args ...any) *fault {
	return &fault{Code: "ValidationException", Message: fmt.Sprintf(format, args...)}
}

func limitExceeded(format string, args ...any) error {
	return &fault{Code: "LimitExceededException", Message: fmt.Sprintf(format, args...)}
}

type removeTargetsInput struct {
	Rule, EventBusName string
	Ids                []string
}

func (b *Bus) removeTargets(in *removeTargetsInput) (*targetsOutput, error) {
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
