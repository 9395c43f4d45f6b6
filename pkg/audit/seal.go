package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/outflow-dev/outflow/pkg/consume"
)

// Window is how far before the previous digest a digest looks for segments. Writers note what they write into hours
// older than lateAfter, an hour less: clocks differ, and a digest takes its time.
const (
	Window    = 26 * time.Hour
	lateAfter = 25 * time.Hour
)

// sweepEvery is how often a digest looks at all hours.
const sweepEvery = 24 * time.Hour

// Bounds of one digest: what is more goes into the next, so that a backlog takes no more memory than this.
const (
	maxSegments = 1000
	maxLines    = 1_000_000
)

// Bucket is the part of *s3.Client that a log is sealed with.
type Bucket interface {
	S3
	Reader
}

// Waits lists the failures bucket.
type Waits interface {
	// Unresolved is what waits there. Keys come in ascending order.
	Unresolved(ctx context.Context) (Unresolved, error)
}

// SealerConfig is what a sealer needs. All fields must be set but those whose comments say otherwise.
type SealerConfig struct {
	Log       string // "<name>-<stage>"
	Client    Bucket
	Bucket    string
	Retention Retention // the zero Retention states none
	// Signers are the key to sign with, and behind it those that signed before: while the log's last digest names one
	// of these, the next is signed by it, and announces the first.
	Signers []Signer
	Waits   Waits
	Now     func() time.Time
	Retry   consume.Retry // the zero Retry is a good one
}

// Sealer makes the digests of a log. Any number of them, in any number of processes, may seal one log at once, and any
// may die at any point: the write-once object of a digest decides which of them made it, its signature comes after, and
// whoever comes next signs what was left without, having read again all that it says. It may be used by one goroutine
// at a time, and is faster the second time, since it remembers what the digests list.
type Sealer struct {
	SealerConfig
	chain chain
}

// NewSealer prepares a sealer and makes no call.
func NewSealer(c SealerConfig) *Sealer { return &Sealer{SealerConfig: c} }

// ErrTampered says that an object of the log is not what it must be. Nothing is signed on top of it: somebody must look
// at the object's versions (outflow audit verify names all that is wrong).
var ErrTampered = errors.New("the log was tampered with, or is not this program's")

// errOvertaken says that another sealer made the digest of this number first.
var errOvertaken = errors.New("another digester keeps making the next digest first")

// overtakings bounds how often a seal starts anew. Another sealer's success is as good; so many show a fault.
const overtakings = 5

// Seal makes digests until all segments are sealed that were there when it began: at least one, also where nothing is
// new. The report tells what was done also where it fails.
func (s *Sealer) Seal(ctx context.Context) (Report, error) {
	r := Report{Anchors: []Anchor{}, Faults: []Fault{}}
	var err error
	for range overtakings {
		if err = s.seal(ctx, &r); !errors.Is(err, errOvertaken) {
			break
		}
		r.Overtaken++
	}
	if err != nil {
		return r, fmt.Errorf("seal log %s in bucket %s: %w", s.Log, s.Bucket, err)
	}
	return r, nil
}

func (s *Sealer) seal(ctx context.Context, r *Report) error {
	now := s.Now().UTC().Truncate(time.Millisecond) // before anything is listed: what comes later is the next digest's
	last, err := s.last(ctx)
	if err != nil {
		return err
	}
	mend := last != nil && last.signature == nil
	if mend {
		if err := s.complete(ctx, last, r); err != nil {
			return err
		}
	}
	w, err := s.look(ctx, last, scope{at: now, all: mend})
	if err != nil {
		return err
	}
	waiting, err := s.Waits.Unresolved(ctx)
	if err != nil {
		return fmt.Errorf("list what is unresolved: %w", err)
	}
	r.begin(last, w.at, waiting)
	for first := true; first || len(w.open) > 0; first = false {
		if last, err = s.next(ctx, last, w, waiting); err != nil {
			return err
		}
		r.add(last)
	}
	return nil
}

// next makes one digest of what is open, and signs it.
func (s *Sealer) next(ctx context.Context, last *link, w *work, waiting Unresolved) (*link, error) {
	draft, err := s.draft(ctx, last)
	if err != nil {
		return nil, err
	}
	draft.At, draft.Unresolved = w.at, waiting
	if err := s.fill(ctx, draft, w); err != nil {
		return nil, err
	}
	draft.Looked = w.looked
	draft.Looked.Complete = len(w.open) == 0
	d, index, err := draft.Digest()
	if err != nil {
		return nil, err
	}
	made := &link{digest: d}
	if made.body, err = d.Encode(); err != nil {
		return nil, err
	}
	if err := s.putIndex(ctx, d.KeyIndex, index); err != nil {
		return nil, err
	}
	there, err := s.putOnce(ctx, object{DigestKey(s.Log, d.Number), "application/json", made.body})
	switch {
	case err != nil:
		return nil, err
	case there != nil && string(there) != string(made.body):
		return nil, errOvertaken
	}
	s.chain.add(made)
	return made, s.sign(ctx, made)
}

// draft begins a digest with what the chain and the keys decide.
func (s *Sealer) draft(ctx context.Context, last *link) (*Draft, error) {
	first, err := s.Signers[0].PublicKey(ctx)
	if err != nil {
		return nil, fmt.Errorf("get the signing key: %w", err)
	}
	d := &Draft{Log: s.Log, Signer: first.ID}
	if last != nil {
		d.Previous, d.Signer = last.forNext(), last.digest.InForce()
	}
	if d.Signer != first.ID {
		d.NextKey = &first
	}
	_, _, err = s.signer(ctx, d.Signer) // known before the digest is put, which none could sign
	return d, err
}

var _ Bucket = (*s3.Client)(nil)
