package sim

import (
	"maps"
	"slices"
)

// Shrink looks for the fewest operations and kinds of faults with which a seed still breaks the same promise. run runs
// the options in a bubble of their own.
func Shrink(o Options, run func(Options) *Report) Options {
	first := run(o)
	broken := func(o Options) bool { return run(o).Broken == first.Broken }
	if o.Operations == 0 {
		o.Operations = first.Operations
	}
	if o.Without == nil {
		o.Without = map[int]bool{}
	}
	if o.Except == nil {
		o.Except = map[Fault]bool{}
	}
	o = shortest(o, broken)
	o = fewestFaults(o, run, broken)
	return fewestOperations(o, broken)
}

// shortest looks for the fewest operations at the beginning that break a promise.
func shortest(o Options, broken func(Options) bool) Options {
	low, high := 0, o.Operations
	for low < high {
		middle := (low + high) / 2
		tried := o
		tried.Operations = max(middle, 1)
		if broken(tried) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	tried := o
	tried.Operations = max(high, 1)
	if broken(tried) {
		return tried
	}
	return o
}

func fewestFaults(o Options, run func(Options) *Report, broken func(Options) bool) Options {
	for _, f := range slices.Sorted(maps.Keys(run(o).Faults)) {
		tried := o
		tried.Except = maps.Clone(o.Except)
		tried.Except[f] = true
		if broken(tried) {
			o = tried
		}
	}
	return o
}

// fewestOperations leaves out runs of operations, each half as long as those before.
func fewestOperations(o Options, broken func(Options) bool) Options {
	for size := o.Operations / 2; size > 0; size /= 2 {
		for from := 0; from < o.Operations; from += size {
			tried := o
			tried.Without = maps.Clone(o.Without)
			for n := from; n < min(from+size, o.Operations); n++ {
				tried.Without[n] = true
			}
			if len(tried.Without) > len(o.Without) && broken(tried) {
				o = tried
			}
		}
	}
	return o
}
