package sim

import "maps"

// Shrink looks for the fewest operations and kinds of faults with which a seed still breaks a promise. run runs the
// options in a bubble of their own.
func Shrink(o Options, run func(Options) *Report) Options {
	broken := func(o Options) bool { return len(run(o).Violations) > 0 }
	if o.Changes == 0 {
		o.Changes = DefaultChanges
	}
	if o.Without == nil {
		o.Without = map[int]bool{}
	}
	o = shortest(o, broken)
	o = fewestFaults(o, run, broken)
	return fewestOperations(o, broken)
}

// shortest looks for the fewest operations at the beginning that break a promise.
func shortest(o Options, broken func(Options) bool) Options {
	low, high := 0, o.Changes
	for low < high {
		middle := (low + high) / 2
		tried := o
		tried.Changes = max(middle, 1)
		if broken(tried) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	tried := o
	tried.Changes = max(high, 1)
	if broken(tried) {
		return tried
	}
	return o
}

func fewestFaults(o Options, run func(Options) *Report, broken func(Options) bool) Options {
	only := map[Fault]bool{}
	for f := range run(o).Faults {
		only[f] = true
	}
	for _, f := range Faults {
		tried := o
		tried.Only = maps.Clone(only)
		delete(tried.Only, f)
		if only[f] && broken(tried) {
			delete(only, f)
		}
	}
	tried := o
	tried.Only = only
	if broken(tried) {
		return tried
	}
	return o
}

// fewestOperations leaves out runs of operations, each half as long as those before.
func fewestOperations(o Options, broken func(Options) bool) Options {
	for size := o.Changes / 2; size > 0; size /= 2 {
		for from := 0; from < o.Changes; from += size {
			tried := o
			tried.Without = maps.Clone(o.Without)
			for n := from; n < min(from+size, o.Changes); n++ {
				tried.Without[n] = true
			}
			if len(tried.Without) > len(o.Without) && broken(tried) {
				o = tried
			}
		}
	}
	return o
}
