package search_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/internal/setting"
	"github.com/outflow-dev/outflow/pkg/model"
)

// Which histories run on real engines: how many, and the number of the first. make histories sets them.
const (
	historiesVariable = "OUTFLOW_HISTORIES"
	firstVariable     = "OUTFLOW_HISTORIES_FIRST"
)

const (
	fewHistories = 20 // without the variables; something of every kind happens in the first of them
	lanes        = 4  // histories beside each other, if -parallel allows
)

// The same histories against a real OpenSearch, with items in a real table. A number always makes the same history.
func TestHistoriesOnRealEngines(t *testing.T) {
	d, m := realDomain(t), parseModel(t, shop)
	d.makeIndexesCheap()
	d.putScript()
	d.http.Transport = &http.Transport{MaxIdleConnsPerHost: 2 * lanes}
	tables := make(chan *realTable, lanes)
	for lane := range lanes {
		tables <- newRealTable(t, m, lane)
	}
	r := &realRun{
		started: time.Now(), progress: io.Discard,
		first: setting.Number(t, firstVariable, 0), count: setting.Number(t, historiesVariable, fewHistories),
	}
	require.Positive(t, r.count, "%s: without histories nothing is shown", historiesVariable)
	if os.Getenv(historiesVariable) != "" {
		r.progress = os.Stderr
	}
	t.Cleanup(func() { r.finish(t) })
	for i := r.first; i < r.first+r.count; i++ {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			table := <-tables
			defer func() { tables <- table }()
			t.Cleanup(func() { r.tellFailure(t, i) })
			r.tell(realHistory(t, m, i, d, table))
		})
	}
}

func realHistory(t *testing.T, m *model.Model, number int, d *domain, table *realTable) contents {
	w := &worldOfEngines{
		RoundTripper: d.http.Transport, realTable: table,
		domain: &domain{t, d.url, fmt.Sprintf("%s%d-", d.prefix, number), d.http},
	}
	defer w.dropAll()
	var c contents
	rapid.MakeFuzz(func(r *rapid.T) {
		h := newHistory(r, m, w.prefix)
		for _, thing := range h.things {
			w.commit(thing)
		}
		h.enter(w, d.url)
		h.run()
		require.Equal(r, h.live(), w.found(h.model), "what readers find by searching")
		c = h.contents
	})(t, drawn(uint64(number)))
	return c
}

// realRun is a run of histories on real engines.
type realRun struct {
	tally
	started  time.Time
	first    int
	count    int
	progress io.Writer
}

// tell adds a history, and tells how far the run is after each hundred.
func (r *realRun) tell(c contents) {
	if ended := r.add(c); ended%100 == 0 || ended == r.count {
		_, _ = fmt.Fprintf(r.progress, "%s of %d: %s\n", time.Since(r.started).Round(time.Second), r.count, r)
	}
}

// tellFailure says at once how to make a failed history again; what happened in it is printed at the end.
func (r *realRun) tellFailure(t *testing.T, number int) {
	if t.Skipped() {
		t.Error("the history needs more than it has to draw from")
	}
	if t.Failed() {
		const text = "history %d failed; make it again: make histories HISTORIES=1 FIRST=%d\n"
		t.Logf(text, number, number)
		_, _ = fmt.Fprintf(r.progress, text, number, number)
	}
}

func (r *realRun) finish(t *testing.T) {
	enough := manyHistories
	if r.first == 0 {
		enough = fewHistories
	}
	r.requireEachKind(t, enough)
}

// drawn is what a history draws from: more than it needs.
func drawn(seed uint64) []byte {
	random := rand.New(rand.NewPCG(seed, 0))
	var all []byte
	for range 1 << 15 {
		all = binary.LittleEndian.AppendUint64(all, random.Uint64())
	}
	return all
}
