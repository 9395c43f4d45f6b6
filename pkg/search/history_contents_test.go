package search_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// kind is something that happens in histories, and without which they would show little.
type kind string

const (
	written         kind = "changes"
	deliveries      kind = "deliveries"        // batches that arrived
	redeliveries    kind = "redeliveries"      // batches that arrived again, with other borders
	staleDeliveries kind = "stale deliveries"  // redeliveries of a state older than what readers have seen
	lateRetries     kind = "late retries"      // of a change that is older than a day
	pages           kind = "pages"             // filled in
	heldPages       kind = "held pages"        // filled in more than five minutes after they were read
	outdatedPages   kind = "outdated pages"    // filled in when an item of them was another already
	purges          kind = "purges"            // that found something
	restoredIndexes kind = "restored indexes"  // with a document, which was gone then
	endedReads      kind = "read states ended" // by a change
	lostAnswers     kind = "lost answers"      // of calls that took effect
)

func happenings() []kind {
	return []kind{
		written, deliveries, redeliveries, staleDeliveries, lateRetries, pages, heldPages, outdatedPages, purges, restoredIndexes,
		endedReads, lostAnswers,
	}
}

// contents counts what happened.
type contents map[kind]int

func (c contents) add(k kind) { c[k]++ }

// tally is the contents of many histories, which may run beside each other.
type tally struct {
	mu       sync.Mutex
	ended    int // histories that came to their end
	contents contents
}

// add returns how many histories have ended.
func (t *tally) add(more contents) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.contents == nil {
		t.contents = contents{}
	}
	for k, n := range more {
		t.contents[k] += n
	}
	t.ended++
	return t.ended
}

func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	texts := []string{fmt.Sprintf("%d histories", t.ended)}
	for _, k := range happenings() {
		texts = append(texts, fmt.Sprintf("%d %s", t.contents[k], k))
	}
	return strings.Join(texts, ", ")
}

// manyHistories are so many that something of every kind happens in any of them.
const manyHistories = 100

// requireEachKind fails a test whose histories lacked something, if they are enough to say so.
func (t *tally) requireEachKind(on *testing.T, enough int) {
	on.Log(t)
	if t.ended < enough {
		return
	}
	for _, k := range happenings() {
		require.Positive(on, t.contents[k], "no %s in %d histories: they show less than they should", k, t.ended)
	}
}
