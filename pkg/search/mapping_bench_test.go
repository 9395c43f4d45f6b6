package search_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/search"
)

// BenchmarkDecimals is what a decimal under filter costs the real server: plain _bulk requests of one and the same small
// documents, in turns into an index that only shows the decimal and into one that finds, counts and orders by it. Figures
// are medians; us/value is the difference of the rounds, of which one core of the server is busy with the decimal.
func BenchmarkDecimals(b *testing.B) {
	const perRound = 5_000
	d := realDomain(b)
	shown := strings.Replace(prices, "filter: [price]", "filter: [product_id]", 1)
	indexes := []string{"shown-000001", "found-000001"}
	for i, src := range []string{shown, prices} {
		m := parseModel(b, src)
		meta := search.NewMeta(m.Indexes["products"], "m", time.Now())
		body, err := search.IndexBody(d.prefix+indexes[i], "", meta)
		require.NoError(b, err)
		d.request(http.MethodPut, "/"+d.prefix+indexes[i], string(body))
	}
	var took [2][]float64 // microseconds a document
	for round := range warmUps + rounds {
		for turn := range indexes {
			way := (round + turn) % 2
			var body strings.Builder
			for i := range perRound {
				fmt.Fprintf(&body, "{\"index\":{}}\n{\"price\":\"%d.%02d\"}\n", i*7919%100_000, i%100)
			}
			start := time.Now()
			answer := d.request(http.MethodPost, "/"+d.prefix+indexes[way]+"/_bulk?filter_path=errors", body.String())
			if round >= warmUps {
				took[way] = append(took[way], float64(time.Since(start).Microseconds())/perRound)
			}
			require.JSONEq(b, `{"errors":false}`, answer)
		}
	}
	b.ReportMetric(0, "ns/op") // one round is one measurement, however often the benchmark runs
	b.ReportMetric(1e6/median(took[0]), "shown-docs/s")
	b.ReportMetric(1e6/median(took[1]), "found-docs/s")
	b.ReportMetric(median(took[1])-median(took[0]), "us/value")
}
