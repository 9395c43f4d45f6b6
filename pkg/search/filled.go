package search

import "fmt"

// settle notes what became of open documents, and leaves those open of which that is not known. The error is why. A
// document that is refused is tried again item by item: only what fails alone is poison.
func (f *filling) settle() (why error) {
	open := f.open
	f.open = nil
	for _, u := range open {
		switch {
		case u.verdict.Fate == Written || u.verdict.Fate == Stale:
			f.note(u)
			continue
		case u.verdict.Fate == Poison && len(u.asks) == 1:
			f.items[u.asks[0].from].poison = fmt.Errorf("%s: %s", u.target.Name, u.verdict.Reason)
			continue
		case u.verdict.Fate == Poison:
			for i := range u.asks {
				f.open = append(f.open, &unsettled{target: u.target, id: u.id, routing: u.routing, asks: u.asks[i : i+1], alone: true})
			}
		default:
			f.open = append(f.open, u)
		}
		if u.verdict.Reason != "" {
			why = fmt.Errorf("%s: not written: %s", u.target.Name, u.verdict.Reason)
		}
	}
	return why
}

// note notes the fate of a document's items.
func (f *filling) note(u *unsettled) {
	fate := fillEqual
	switch {
	case u.asked > 0:
		fate = fillRead
	case u.verdict.Fate == Written:
		fate = fillCreated
	}
	for i := range u.asks {
		item := &f.items[u.asks[i].from]
		if reason := u.refused[i]; reason != nil {
			item.poison = fmt.Errorf("%s: %w", u.target.Name, reason)
		}
		item.fate = max(item.fate, fate)
	}
}

// filled counts what is settled.
func (f *filling) filled() Filled {
	open := map[int]bool{}
	for _, u := range f.open {
		for i := range u.asks {
			open[u.asks[i].from] = true
		}
	}
	var all Filled
	for i := range f.items {
		item := &f.items[i]
		switch {
		case item.poison != nil:
			all.Poison = append(all.Poison, PoisonItem{i, item.poison})
		case open[i] || f.targets == nil:
		case item.fate == fillUnmatched:
			all.Unmatched++
		case item.fate == fillEqual:
			all.Equal++
		case item.fate == fillCreated:
			all.Created++
		case item.fate == fillRead:
			all.Read++
		}
	}
	return all
}
