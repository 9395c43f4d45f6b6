package search_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

const (
	warmUps        = 5    // rounds that do not count: the server compiles what it runs often
	rounds         = 9    // of each way, alternating
	roundDocuments = 5000 // of 1 KB
)

// BenchmarkOutlet is what the guard costs on the real server: the outlet, and a plain _bulk of the documents that it
// makes, less the reserved field, into indexes of one mapping and in requests of one size. Rates are medians over the
// rounds of each; ratio is the median, and min-ratio the least, of the outlet's rate to the plain one of the same round.
//
//	insert    documents that are not there
//	update    the same documents again, with a newer version
func BenchmarkOutlet(b *testing.B) {
	for _, update := range []bool{false, true} {
		name := "insert"
		if update {
			name = "update"
		}
		b.Run(name, func(b *testing.B) {
			src, err := os.ReadFile("../../examples/shop/model.yaml")
			require.NoError(b, err)
			d, m := realDomain(b), parseModel(b, string(src))
			race := newRace(b, d, m)
			var outlet, plain, ratio []float64
			for round := range warmUps + rounds {
				rates := race.round(round, update)
				if round >= warmUps {
					outlet, plain, ratio = append(outlet, rates[0]), append(plain, rates[1]), append(ratio, rates[0]/rates[1])
				}
			}
			b.ReportMetric(0, "ns/op") // one round is one measurement, however often the benchmark runs
			b.ReportMetric(median(outlet), "outlet-docs/s")
			b.ReportMetric(median(plain), "plain-docs/s")
			b.ReportMetric(median(ratio), "ratio")
			b.ReportMetric(slices.Min(ratio), "min-ratio")
		})
	}
}

func median[T cmp.Ordered](all []T) T { return slices.Sorted(slices.Values(all))[len(all)/2] }

// race has both ways write the same documents.
type race struct {
	b      *testing.B
	domain *domain
	model  *model.Model
	outlet *search.Outlet
	plain  string // index of the plain way
	seq    int
}

func newRace(b *testing.B, d *domain, m *model.Model) *race {
	b.Helper()
	r := &race{b: b, domain: d, model: m, outlet: d.outlet(m), plain: d.prefix + "plain"}
	deliver(b, r.outlet, r.changes(0, 1)) // makes the index and the script
	var made map[string]struct {
		Mappings json.RawMessage
		Settings struct {
			Index struct{ Analysis json.RawMessage }
		}
	}
	index := d.prefix + "products-000001"
	require.NoError(b, json.Unmarshal([]byte(d.request(http.MethodGet, "/"+index, "")), &made))
	d.request(http.MethodPut, "/"+r.plain, fmt.Sprintf(`{"mappings":%s,"settings":{"number_of_replicas":1,"analysis":%s}}`,
		made[index].Mappings, made[index].Settings.Index.Analysis))
	return r
}

// changes are inserts of n documents of about 1 KB, numbered from first.
func (r *race) changes(first, n int) []*change.Change {
	r.b.Helper()
	records := make([]record, n)
	for i := range records {
		r.seq++
		records[i] = product(r.seq, fmt.Sprintf("p%07d", first+i), fmt.Sprintf("Desk lamp %d", r.seq))
		records[i].new["price"] = number(fmt.Sprintf("%d.95", 40+r.seq%10))
		records[i].new["description"] = text(strings.Repeat("Warm light, brass switch, walnut foot. ", 22))
		records[i].new["tags"] = map[string]any{"L": []any{text("lamp"), text("desk"), text("walnut")}}
	}
	return decode(r.b, r.model, records...)
}

// round has both ways write, in turns which first, and returns their documents per second.
func (r *race) round(round int, update bool) (rates [2]float64) {
	first := 0
	if !update {
		first = 1 + round*roundDocuments
	}
	changes := r.changes(first, roundDocuments)
	ways := [2]func(){
		func() { deliver(r.b, r.outlet, changes) },
		func() { r.bulk(changes) },
	}
	for turn := range ways {
		way := (round + turn) % len(ways)
		start := time.Now()
		ways[way]()
		rates[way] = roundDocuments / time.Since(start).Seconds()
	}
	return rates
}

// bulk projects the changes as the outlet does, and writes the documents without a guard, in requests of the same size.
func (r *race) bulk(changes []*change.Change) {
	projector, err := search.NewProjector(r.model, r.model.Indexes["products"])
	require.NoError(r.b, err)
	var p search.Projection
	for _, c := range changes {
		projector.Add(&p, c)
	}
	var body []byte
	for _, op := range p.Operations {
		body = fmt.Appendf(body, "{\"index\":{\"_index\":%q,\"_id\":%q}}\n", r.plain, op.ID)
		body = append(append(body, op.Body...), '\n')
		if len(body) > search.DefaultMaxBytes {
			r.send(body)
			body = body[:0]
		}
	}
	r.send(body)
}

func (r *race) send(body []byte) {
	answer, err := http.Post(r.domain.url+"/_bulk", "application/x-ndjson", bytes.NewReader(body))
	require.NoError(r.b, err)
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	require.NoError(r.b, err)
	var said struct{ Errors bool }
	require.NoError(r.b, json.Unmarshal(content, &said), "%s", content)
	require.False(r.b, said.Errors, "a plain document was refused")
}
