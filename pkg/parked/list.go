package parked

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/outflow-dev/outflow/pkg/consume"
)

// BatchPrefix is where Lambda puts the batches that an event source mapping gave up.
const BatchPrefix = "aws/lambda/"

// State says whether something is still to be done.
type State string

// The states.
const (
	Open     State = "open"     // never retried, or no retry brought it in
	Resolved State = "resolved" // a retry brought it in
)

// Entry is one parked record or batch, as a listing tells it.
type Entry struct {
	Key         string    `json:"key"`
	Outlet      string    `json:"outlet,omitempty"` // "" for a batch
	Size        int64     `json:"size"`
	At          time.Time `json:"at"` // when it was stored
	State       State     `json:"state"`
	Retries     int       `json:"retries"`               // that wrote an outcome
	LastOutcome string    `json:"lastOutcome,omitempty"` // key
}

// IsBatch says that the entry is an on-failure object of Lambda's rather than a parked record.
func (e *Entry) IsBatch() bool { return e.Outlet == "" }

// ErrOutcome is yielded for an outcome beside which there is nothing that was retried. Somebody deleted it; look at the
// bucket's versions.
var ErrOutcome = errors.New("an outcome without its record")

// List yields all parked records and batches, in order of their keys, records last. Errors are yielded beside an empty
// Entry: ErrOutcome, after which it goes on, and a listing that fails, which is the last.
func (s *Store) List(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, prefix := range []string{BatchPrefix, consume.ParkedPrefix} {
			l := &listing{yield: yield}
			if !l.run(s.objects(ctx, prefix)) {
				return
			}
		}
	}
}

// listing joins records with their outcomes, which follow each in the order of keys.
type listing struct {
	current Entry // not yet yielded; without a key if there is none
	yield   func(Entry, error) bool
}

// run says whether to go on.
func (l *listing) run(objects iter.Seq2[Entry, error]) bool {
	for object, err := range objects {
		if err != nil {
			l.flush()
			l.yield(Entry{}, err)
			return false
		}
		key, outcome, isOutcome := strings.Cut(object.Key, outcomes)
		switch {
		case !isOutcome:
			if !l.flush() {
				return false
			}
			l.current = object
		case key == l.current.Key:
			l.current.add(object.Key, outcome)
		default:
			if !l.yield(Entry{}, &aloneError{object.Key}) {
				return false
			}
		}
	}
	return l.flush()
}

func (l *listing) flush() bool {
	done := l.current
	l.current = Entry{}
	return done.Key == "" || l.yield(done, nil)
}

// outcomes separates the key of what was retried from the name of the outcome.
const outcomes = ".outcomes/"

func (e *Entry) add(key, name string) {
	e.Retries++
	e.LastOutcome = key
	if strings.HasSuffix(name, "-"+string(Resolved)+".json") {
		e.State = Resolved
	}
}

// Entry looks up one record or batch by its key.
func (s *Store) Entry(ctx context.Context, key string) (Entry, error) {
	var found Entry
	var failed error
	l := &listing{yield: func(e Entry, err error) bool {
		if e.Key == key {
			found = e
		}
		failed = errors.Join(failed, err)
		return true
	}}
	l.run(s.objects(ctx, key))
	if failed != nil {
		return Entry{}, failed
	}
	if found.Key == "" {
		return Entry{}, fmt.Errorf("there is no %s in bucket %s: see outflow parked list", key, s.Bucket)
	}
	return found, nil
}

// objects yields what the bucket holds under a prefix, as open entries. An error is the last.
func (s *Store) objects(ctx context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		pages := s3.NewListObjectsV2Paginator(s.Client,
			&s3.ListObjectsV2Input{Bucket: aws.String(s.Bucket), Prefix: aws.String(prefix)})
		for pages.HasMorePages() {
			var page *s3.ListObjectsV2Output
			err := s.Retry.Do(ctx, func() (err error) {
				page, err = pages.NextPage(ctx)
				return err
			})
			if err != nil {
				yield(Entry{}, fmt.Errorf("list %s in bucket %s: %w", prefix, s.Bucket, err))
				return
			}
			for _, o := range page.Contents {
				e := Entry{Key: aws.ToString(o.Key), Size: aws.ToInt64(o.Size), At: aws.ToTime(o.LastModified), State: Open}
				e.Outlet = outletOf(e.Key)
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

func outletOf(key string) string {
	rest, isRecord := strings.CutPrefix(key, consume.ParkedPrefix)
	if !isRecord {
		return ""
	}
	outlet, _, _ := strings.Cut(rest, "/")
	return outlet
}
