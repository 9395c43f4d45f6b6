package bus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// target is a target in the protocol's form, which rules.json keeps.
type target struct {
	Id               string
	Arn              string            // see the package comment
	RoleArn          string            `json:",omitempty"` // kept, and not needed
	Input            string            `json:",omitempty"` // JSON that is sent instead of the event
	InputPath        string            `json:",omitempty"` // of what is sent instead of the event
	InputTransformer *inputTransformer `json:",omitempty"`
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

func (p *retryPolicy) check(path string) error {
	if p != nil && p.MaximumRetryAttempts != nil {
		if err := checkRange(*p.MaximumRetryAttempts, [2]int{0, mostAttempts}, path+"maximumRetryAttempts"); err != nil {
			return err
		}
	}
	if p != nil && p.MaximumEventAgeInSeconds != nil {
		return checkRange(*p.MaximumEventAgeInSeconds, [2]int{leastAge, mostAge}, path+"maximumEventAgeInSeconds")
	}
	return nil
}

// supported are the members of a target that this bus acts on, or has no need to.
func supported() []string {
	return []string{"Id", "Arn", "RoleArn", "Input", "InputPath", "InputTransformer", "RetryPolicy", "DeadLetterConfig"}
}

// readTarget reads one target and refuses what it asks for that would be passed over silently.
func readTarget(n int, raw json.RawMessage) (*target, error) {
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
	path := fmt.Sprintf("targets.%d.member.", n+1)
	if err := ruleNames.check(t.Id, path+"id"); err != nil {
		return nil, err
	}
	if err := t.RetryPolicy.check(path + "retryPolicy."); err != nil {
		return nil, err
	}
	return t, t.checkInput()
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
	if t.DeadLetterConfig != nil && t.DeadLetterConfig.Arn != "" &&
		(!isQueue(t.DeadLetterConfig.Arn) || strings.HasSuffix(t.DeadLetterConfig.Arn, ".fifo")) {
		return refuse("DeadLetterConfig: Arn %q is not the ARN of a standard SQS queue.", t.DeadLetterConfig.Arn)
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
