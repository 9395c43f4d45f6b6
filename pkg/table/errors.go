package table

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Why a write was not done, or a read found nothing, for errors.Is.
var (
	ErrNotFound  = errors.New("there is no such item")
	ErrExists    = errors.New("there is such an item already")
	ErrStale     = errors.New("the item has another revision by now; read it, decide anew and write with its revision")
	ErrConflict  = errors.New("somebody else wrote the item at the same time; do it again")
	ErrCondition = errors.New("the condition does not hold")
)

// FieldError is a value that its field cannot hold. It names entity and field and holds no value.
type FieldError struct {
	Entity string
	Field  string // a path, such as address.zip or tags[2]
	Type   string // the declared type's kind; "" where the field is not declared
	Reason string // what is wrong and what to do
}

// Error is what is wrong, where, and what to do.
func (e *FieldError) Error() string {
	if e.Type == "" {
		return fmt.Sprintf("%s.%s %s", e.Entity, e.Field, e.Reason)
	}
	return fmt.Sprintf("%s.%s (%s) %s", e.Entity, e.Field, e.Type, e.Reason)
}

// CanceledError is a transaction of which nothing was done.
type CanceledError struct {
	Reasons []Reason // the writes that held it up, in their order
}

// Reason is why one write could not be done.
type Reason struct {
	Write  int    // its place among the writes, from 1
	Doing  string // such as: update Order
	Err    error  // ErrNotFound and its like, or the service's code and message
	Others bool   // another transaction or write was at the item: the same transaction may go the next time
}

// Error lists the reasons.
func (e *CanceledError) Error() string {
	texts := make([]string, len(e.Reasons))
	for i, r := range e.Reasons {
		texts[i] = fmt.Sprintf("write %d (%s): %v", r.Write, r.Doing, r.Err)
	}
	return "transact: nothing was written: " + strings.Join(texts, "; ")
}

// Unwrap gives the errors of the reasons.
func (e *CanceledError) Unwrap() []error {
	all := make([]error, len(e.Reasons))
	for i, r := range e.Reasons {
		all[i] = r.Err
	}
	return all
}

// failure says what the error of a write means. The item as it is comes with a failed condition.
func (p *plan) failure(err error) error {
	if err == nil {
		return nil
	}
	var refused *types.ConditionalCheckFailedException
	var conflict *types.TransactionConflictException
	switch {
	case errors.As(err, &refused):
		return fmt.Errorf("%s: %w", p.doing, p.conditions.broken(refused.Item))
	case errors.As(err, &conflict):
		return fmt.Errorf("%s: %w: %w", p.doing, ErrConflict, err)
	}
	return fmt.Errorf("%s: %w", p.doing, err)
}

func canceled(plans []*plan, err error) error {
	if err == nil {
		return nil
	}
	var refused *types.TransactionCanceledException
	if !errors.As(err, &refused) || len(refused.CancellationReasons) != len(plans) {
		return fmt.Errorf("transact %d writes: %w", len(plans), err)
	}
	out := &CanceledError{}
	for i, reason := range refused.CancellationReasons {
		if r, held := plans[i].reason(reason); held {
			r.Write = i + 1
			out.Reasons = append(out.Reasons, r)
		}
	}
	return out
}

func (p *plan) reason(reason types.CancellationReason) (r Reason, held bool) {
	r.Doing = p.doing
	switch code := aws.ToString(reason.Code); code {
	case "", "None":
		return r, false
	case "ConditionalCheckFailed":
		r.Err = p.conditions.broken(reason.Item)
		r.Others = errors.Is(r.Err, ErrConflict)
	case "TransactionConflict":
		r.Err, r.Others = ErrConflict, true
	default:
		r.Err = fmt.Errorf("%s: %s", code, aws.ToString(reason.Message))
	}
	return r, true
}
