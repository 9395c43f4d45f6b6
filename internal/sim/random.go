package sim

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// random is a stream of numbers that a seed and a name decide. Each part of the world has its own, so that taking an
// operation away leaves what the others do as it was.
type random struct{ *rand.Rand }

func newRandom(seed uint64, name string) random {
	h := fnv.New64a()
	h.Write([]byte(name))
	return random{rand.New(rand.NewPCG(seed, h.Sum64()))}
}

// chance is true with the probability p.
func (r random) chance(p float64) bool { return r.Float64() < p }

// between is a duration from low to high.
func (r random) between(low, high time.Duration) time.Duration {
	if high <= low {
		return low
	}
	return low + time.Duration(r.Int64N(int64(high-low)))
}

// pick is one of the values.
func pick[T any](r random, values []T) T { return values[r.IntN(len(values))] }
