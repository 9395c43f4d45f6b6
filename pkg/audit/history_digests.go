package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Sealed is a digest as it is stored.
type Sealed struct {
	Digest
	Hash string // of its bytes
}

// DigestsSince reads the digests that were made from a time on, in the order of their numbers. It checks that each can be
// read, has figures that agree, and is what the next one says it is; signatures are verify's part. faults are what it
// found wrong; err is of a service that did not answer.
func (l *Log) DigestsSince(ctx context.Context, since time.Time) (digests []Sealed, faults []error, err error) {
	s := NewSealer(SealerConfig{Log: l.Name, Client: readOnly{l.Client}, Bucket: l.Bucket})
	number, _, err := s.highest(ctx)
	if err != nil {
		return nil, nil, err
	}
	for number > 0 {
		links, wrong, err := s.before(ctx, number)
		if err != nil {
			return nil, nil, err
		}
		faults = append(faults, wrong...)
		for _, one := range links {
			number--
			if one == nil {
				continue
			}
			if one.digest.At.Before(since) {
				number = 0
				break
			}
			if n := len(digests); n > 0 && digests[n-1].Number == one.digest.Number+1 && digests[n-1].Previous.SHA256 != hashOf(one.body) {
				faults = append(faults, fmt.Errorf("%w: digest %d is not what the digest after it says", ErrTampered, one.digest.Number))
			}
			digests = append(digests, Sealed{one.digest, hashOf(one.body)})
		}
	}
	slices.Reverse(digests)
	return digests, faults, nil
}

// before reads some digests from that number down. One that is not as it must be is nil, and among what is wrong.
func (s *Sealer) before(ctx context.Context, number int64) (links []*link, wrong []error, err error) {
	links = make([]*link, min(number, 4*readers))
	faults := make([]error, len(links))
	err = parallel(ctx, len(links), func(i int) (err error) {
		links[i], err = s.digest(ctx, number-int64(i))
		if errors.Is(err, ErrTampered) {
			links[i], faults[i], err = nil, err, nil
		}
		return err
	})
	return links, slices.DeleteFunc(faults, func(err error) bool { return err == nil }), err
}
