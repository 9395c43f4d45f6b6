package consume

// Recent is a set of at most so many keys, of which the oldest are forgotten first. It is not safe for concurrent use.
type Recent[K comparable] struct {
	limit int
	known map[K]bool
	order []K // a ring, once it is full
	next  int
}

// NewRecent makes an empty set for at most limit keys, at least one.
func NewRecent[K comparable](limit int) *Recent[K] {
	return &Recent[K]{limit: limit, known: map[K]bool{}}
}

// Has says whether the key is in the set.
func (r *Recent[K]) Has(key K) bool { return r.known[key] }

// Add puts a key into the set; one that is there stays as old as it is.
func (r *Recent[K]) Add(key K) {
	if r.known[key] {
		return
	}
	r.known[key] = true
	if len(r.order) < r.limit {
		r.order = append(r.order, key)
		return
	}
	delete(r.known, r.order[r.next])
	r.order[r.next] = key
	r.next = (r.next + 1) % r.limit
}
