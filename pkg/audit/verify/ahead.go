package verify

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// chained is a digest as it is stored: its bytes and those of its signature, nil where there are none. blind says that
// one of them could not be read, which the report has.
type chained struct {
	number          int64
	body, signature []byte
	blind           bool
	fault           error // too many could not be read
}

// maxDigest is far above a digest of 1,000 segments.
const maxDigest = 8 << 20

// ahead reads the digests in order, some at once.
func (v *verification) ahead(ctx context.Context) iter.Seq[chained] {
	return func(yield func(chained) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var readers sync.WaitGroup
		defer readers.Wait()
		defer cancel()
		queue := make(chan chan chained, 2*v.Source.Readers())
		readers.Go(func() {
			defer close(queue)
			for n := int64(1); n <= v.inventory.highest; n++ {
				one := make(chan chained, 1)
				select {
				case queue <- one:
					readers.Go(func() { one <- v.chained(ctx, n) })
				case <-ctx.Done():
					return
				}
			}
		})
		for one := range queue {
			if !yield(<-one) {
				return
			}
		}
	}
}

func (v *verification) chained(ctx context.Context, number int64) chained {
	c := chained{number: number}
	there := v.inventory.digests[number]
	if there&hasDigest != 0 {
		c.body = v.part(ctx, &c, audit.DigestKey(v.Log, number))
	}
	if there&hasSignature != 0 {
		c.signature = v.part(ctx, &c, audit.SignatureKey(v.Log, number))
	}
	return c
}

// part reads an object of the chain. One that is too large is as good as one that makes no sense.
func (v *verification) part(ctx context.Context, c *chained, key string) []byte {
	body, err := v.get(ctx, key, maxDigest)
	switch {
	case errors.Is(err, ErrAbsent):
		return nil
	case errors.Is(err, ErrTooLarge):
		return []byte{}
	case err != nil:
		c.blind = true
		if ctx.Err() == nil {
			c.fault = v.report.unread(key, err)
		}
	}
	return body
}
