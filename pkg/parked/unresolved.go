package parked

import (
	"context"
	"errors"

	"github.com/outflow-dev/outflow/pkg/audit"
)

var _ audit.Waits = (*Store)(nil)

// Unresolved implements audit.Waits: all that no retry brought in, and outcomes whose record is gone.
func (s *Store) Unresolved(ctx context.Context) (audit.Unresolved, error) {
	var u audit.Unresolved
	for entry, err := range s.List(ctx) {
		var alone *aloneError
		switch {
		case errors.As(err, &alone):
			u.OutcomesAlone.Add(alone.key)
		case err != nil:
			return audit.Unresolved{}, err
		case entry.State == Resolved:
		case entry.IsBatch():
			u.Batches.Add(entry.Key)
		default:
			u.Records.Add(entry.Key)
		}
	}
	return u, nil
}

// aloneError is ErrOutcome for the outcome of that key.
type aloneError struct{ key string }

func (e *aloneError) Error() string { return ErrOutcome.Error() + ": " + e.key }

func (e *aloneError) Is(err error) bool { return err == ErrOutcome }
