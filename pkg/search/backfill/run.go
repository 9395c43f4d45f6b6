package backfill

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/smithy-go"

	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/search"
)

// ErrIncomplete says that a run ended before its source did: it was interrupted, or could not go on. The caller runs the
// backfill again from the state.
var ErrIncomplete = errors.New("the backfill is not complete")

// Filler takes items into the indexes: search.Outlet. It is used by one goroutine at a time. A page or a list of keys may
// be given any number of times.
type Filler interface {
	Fill(ctx context.Context, p search.Page) (search.Filled, error)
	FillKeys(ctx context.Context, keys [][]byte) (search.Filled, error)
}

// Run brings what is open of a backfill into the indexes.
type Run struct {
	Source   Source
	Filter   Filter   // its Model must be set
	Fillers  []Filler // one for each page in flight
	Progress *Progress
	// Since is the time before which the indexes take no page: they are too young. The run waits for it.
	Since time.Time
	// Identify says what the backfill is of now. Where that has changed when all is read, pages may have gone into indexes
	// that are no more.
	Identify func(ctx context.Context) (Identity, error)
	Retry    consume.Retry // of a page
	Log      *slog.Logger  // is told of what is tried again
	Now      func() time.Time
}

// Do runs until all lanes are read or ctx is done. The error is ErrIncomplete and what has stopped it.
func (r *Run) Do(ctx context.Context) error {
	err := r.wait(ctx)
	if err == nil {
		err = r.lanes(ctx)
	}
	if err == nil {
		err = r.verify(ctx)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrIncomplete, err)
	}
	return nil
}

// wait lets the indexes become old enough.
func (r *Run) wait(ctx context.Context) error {
	if pause := r.Since.Sub(r.Now()); pause > 0 {
		r.Log.InfoContext(ctx, "an index was made just now and takes no page yet", "until", r.Since)
		return sleep(ctx, pause)
	}
	return ctx.Err()
}

// lanes reads the open lanes, each Filler one after another. The first error stops all.
func (r *Run) lanes(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	open := r.Progress.open()
	queue := make(chan int, len(open))
	for _, lane := range open {
		queue <- lane
	}
	close(queue)
	var wait sync.WaitGroup
	for _, filler := range r.Fillers {
		wait.Go(func() {
			for lane := range queue {
				if err := r.lane(ctx, filler, lane); err != nil {
					stop(err)
					return
				}
			}
		})
	}
	wait.Wait()
	return context.Cause(ctx)
}

// lane reads a lane to its end, from the last page that is done, again and again where that may help.
func (r *Run) lane(ctx context.Context, filler Filler, lane int) error {
	pauses := r.Retry.Start()
	for {
		err := r.pages(ctx, filler, lane, pauses)
		if err == nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if isFinal(err) || !pauses.Wait(ctx) {
			return err
		}
		r.Log.WarnContext(ctx, "a page is read again", "lane", lane, "error", err)
	}
}

func (r *Run) pages(ctx context.Context, filler Filler, lane int, pauses *consume.Pauses) error {
	for page, err := range r.Source.Pages(ctx, lane, r.Progress.after(lane)) {
		if err != nil {
			return err
		}
		s := step{lane: lane, page: page}
		if err := r.fill(ctx, filler, &s); err != nil {
			return err
		}
		if err := r.Progress.done(&s); err != nil {
			return &finalError{err}
		}
		pauses.Moved()
	}
	if err := r.Progress.end(lane); err != nil {
		return &finalError{err}
	}
	return nil
}

func (r *Run) fill(ctx context.Context, filler Filler, s *step) (err error) {
	if len(s.page.Keys) > 0 {
		s.given = len(s.page.Keys)
		s.filled, err = filler.FillKeys(ctx, s.page.Keys)
		for _, p := range s.filled.Poison {
			s.poison = append(s.poison, Poison{Key: s.page.Keys[p.Index], Reason: p.Reason.Error()})
		}
		return err
	}
	items := r.Filter.keep(s.page.Items)
	s.given = len(items)
	if len(items) == 0 {
		return nil
	}
	s.filled, err = filler.Fill(ctx, search.Page{ReadAt: s.page.ReadAt, Items: items})
	for _, p := range s.filled.Poison {
		s.poison = append(s.poison, Poison{Key: keyOf(r.Filter.Model, items[p.Index]), Reason: p.Reason.Error()})
	}
	return err
}

// verify says whether the indexes that were filled are those that there are.
func (r *Run) verify(ctx context.Context) error {
	is, err := r.Identify(ctx)
	if err != nil {
		return err
	}
	state := r.Progress.State()
	if differences := state.Of.differences(&is); len(differences) > 0 {
		return fmt.Errorf("%w: what was read may have gone into what is no more: %s; begin anew", ErrOther, strings.Join(differences, "; "))
	}
	return nil
}

// finalError is an error that no further try can mend.
type finalError struct{ error }

func (e *finalError) Unwrap() error { return e.error }

// isFinal tells errors that stay, such as a lack of permission, from those that may pass.
func isFinal(err error) bool {
	if final := (*finalError)(nil); errors.As(err, &final) || errors.Is(err, ErrExport) {
		return true
	}
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains([]string{
		"AccessDeniedException", "AccessDenied", "ResourceNotFoundException", "ValidationException", "UnrecognizedClientException",
		"InvalidSignatureException", "ExpiredTokenException", "ExpiredToken", "NoSuchBucket", "NoSuchKey", "InvalidAccessKeyId",
		"SignatureDoesNotMatch", "MissingAuthenticationTokenException",
	}, api.ErrorCode())
}
