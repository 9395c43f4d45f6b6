package change

import "slices"

// Report names what documents and events do not show as the item has it. A path is a field's name, or those of
// members inside it joined by dots, such as address.zip; elements of lists have no step of their own. What one call
// adds is sorted and without duplicates.
type Report struct {
	Dropped  []string // left out, since the declared type cannot hold them
	Unlisted []string // values of an enum that the model does not list; shown all the same

	Terms *Terms // set before the first call; nil where values may have any length
	term  term   // the one that the value at hand is part of
}

// reportMark is how much is in a report at some time.
type reportMark struct{ dropped, unlisted int }

func (r *Report) mark() reportMark { return reportMark{len(r.Dropped), len(r.Unlisted)} }

// reset forgets what was reported since.
func (r *Report) reset(since reportMark) {
	r.Dropped, r.Unlisted = r.Dropped[:since.dropped], r.Unlisted[:since.unlisted]
}

// drop reports name in place of all that was reported since.
func (r *Report) drop(since reportMark, name string) {
	r.reset(since)
	r.Dropped = append(r.Dropped, name)
}

// within says that what was reported since lies in the member of that name.
func (r *Report) within(since reportMark, name string) {
	prefix(r.Dropped[since.dropped:], name)
	prefix(r.Unlisted[since.unlisted:], name)
}

func prefix(paths []string, name string) {
	for i, path := range paths {
		if paths[i] = name; path != "" {
			paths[i] = name + "." + path
		}
	}
}

// compact sorts what was reported since, and takes duplicates out.
func (r *Report) compact(since reportMark) {
	r.Dropped = compact(r.Dropped, since.dropped)
	r.Unlisted = compact(r.Unlisted, since.unlisted)
}

func compact(paths []string, from int) []string {
	slices.Sort(paths[from:])
	return paths[:from+len(slices.Compact(paths[from:]))]
}
