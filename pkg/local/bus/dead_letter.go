package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// Why a delivery ends in a dead-letter file; the first two are the service's words.
const (
	attemptsExhausted = "MaximumRetryAttempts"
	ageExhausted      = "MaximumEventAgeInSeconds"
	notRetryable      = "NotRetryable"
	backlogFull       = "BacklogFull"
	targetRemoved     = "TargetRemoved"
	busClosed         = "BusClosed"
)

// Error codes of dead letters, of those that the service documents.
const (
	connectionFailure = "CONNECTION_FAILURE"
	errorFromTarget   = "ERROR_FROM_TARGET"
	internalError     = "INTERNAL_ERROR"
	invalidJSON       = "INVALID_JSON"
	noResource        = "NO_RESOURCE"
	throttling        = "THROTTLING"
	timedOut          = "TIMEOUT"
)

// deadLetter is a line of a dead-letter file: the event with the attributes that the message in a dead-letter queue
// of the service has, and why it is there.
type deadLetter struct {
	Time       time.Time       `json:"time"`
	Reason     string          `json:"reason"`
	Bus        string          `json:"bus"`
	Rule       string          `json:"rule"`
	Target     string          `json:"target"`
	Attributes attributes      `json:"attributes"`
	Event      json.RawMessage `json:"event"`
}

type attributes struct {
	RuleARN   string `json:"RULE_ARN"`
	TargetARN string `json:"TARGET_ARN"`
	// Code and Message tell of the last attempt, and are missing where there was none.
	Code    string `json:"ERROR_CODE,omitempty"`
	Message string `json:"ERROR_MESSAGE,omitempty"`
	// Condition is there only where the retry policy ended the delivery.
	Condition string `json:"EXHAUSTED_RETRY_CONDITION,omitempty"`
	Retries   string `json:"RETRY_ATTEMPTS"` // attempts but the first
}

// burialPlace is the dead-letter file of the target, below the directory.
func (b *Bus) burialPlace(t *target) string {
	if t.DeadLetterConfig != nil && t.DeadLetterConfig.Arn != "" {
		return queueFile(resource(t.DeadLetterConfig.Arn, "sqs"))
	}
	return deadLetters
}

// bury writes a delivery that will not be made to its dead-letter file.
func (b *Bus) bury(d *delivery, reason string) error {
	t := d.box.target.Load()
	letter := b.letter(t, d, reason)
	line, err := json.Marshal(letter)
	var file *lineFile
	if err == nil {
		file, err = b.queues.open(b.burialPlace(t))
	}
	if err == nil {
		err = file.append(append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write a dead letter to %s: %w", b.burialPlace(t), err)
	}
	b.counts.dead.Add(1)
	b.counts.pending.Add(-1)
	b.cfg.Log.Warn("an event was not delivered", "reason", reason, "rule", letter.Rule, "target", letter.Target,
		"attempts", d.attempts, "error", letter.Attributes.Message)
	return nil
}

func (b *Bus) letter(t *target, d *delivery, reason string) deadLetter {
	key := d.box.key
	letter := deadLetter{
		Time: b.cfg.Now().UTC(), Reason: reason, Bus: key.bus, Rule: key.rule, Target: key.target, Event: d.event,
		Attributes: attributes{
			RuleARN: b.ruleARN(key.bus, key.rule), TargetARN: t.Arn, Retries: strconv.Itoa(max(0, d.attempts-1)),
		},
	}
	if d.fault != nil {
		letter.Attributes.Code, letter.Attributes.Message = errorCode(d.fault), d.fault.Error()
	}
	if reason == attemptsExhausted || reason == ageExhausted {
		letter.Attributes.Condition = reason
	}
	return letter
}

// errorCode is the service's code for the fault of an attempt.
func errorCode(fault error) string {
	refused, network := new(refusal), net.Error(nil)
	switch {
	case errors.As(fault, &refused) && refused.code != "":
		return refused.code
	case errors.Is(fault, ErrFunction):
		return errorFromTarget
	case errors.Is(fault, context.DeadlineExceeded), errors.As(fault, &network) && network.Timeout():
		return timedOut
	case network != nil:
		return connectionFailure
	}
	return internalError
}
