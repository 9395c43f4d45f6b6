package publish

// rememberedEvents is how many events an instance remembers to have sent: about two of the largest batches.
const rememberedEvents = 20_000

// sentIDs remembers the ids of events that this instance has sent, so that those of a batch that comes again are not
// sent again. It is bounded: the oldest are forgotten first. It is only a saving: subscribers deduplicate by id.
type sentIDs struct {
	limit int
	known map[string]bool
	order []string
	next  int
}

func newSentIDs(limit int) *sentIDs { return &sentIDs{limit: limit, known: map[string]bool{}} }

func (s *sentIDs) has(id string) bool { return s.known[id] }

func (s *sentIDs) add(id string) {
	if s.known[id] {
		return
	}
	s.known[id] = true
	if len(s.order) < s.limit {
		s.order = append(s.order, id)
		return
	}
	delete(s.known, s.order[s.next])
	s.order[s.next] = id
	s.next = (s.next + 1) % s.limit
}
