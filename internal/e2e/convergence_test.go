package e2e_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/setting"
)

// operationsVariable says how many operations are done; make e2e does more than a plain go test.
const operationsVariable = "OUTFLOW_E2E_OPERATIONS"

const (
	defaultOperations = 2000
	minOperations     = 500 // fewer are over before anything has failed
	writers           = 8
	runs              = 2 // that share the operations
	seed              = 20261101
	faultRate         = 0.25 // of the consumer's calls
	// pace spreads the operations over many batches: all at once, they would be a few.
	pace = 12 * time.Millisecond
)

// Whatever fails on the way, in the end all three outlets hold what the table and its stream say, and until then no
// reader has seen anything go back.
//
// Indexes that the consumer has just made prove little of what is older than they are: each item is read. Of those that
// were made an hour before, every change decides by its version.
func TestEveryChangeArrivesWhileEverythingFails(t *testing.T) {
	t.Run("new indexes", func(t *testing.T) { converge(t, false) })
	t.Run("old indexes", func(t *testing.T) { converge(t, true) })
}

func converge(t *testing.T, oldIndexes bool) {
	w, proxies := startBehindProxies(t)
	for name := range w.model.Indexes {
		if oldIndexes {
			w.create(t, name, time.Now().Add(-time.Hour), nil)
		}
	}
	began := time.Now()
	seen := newWatcher(w)
	watched := make(chan error, 1)
	watching, stopWatching := context.WithCancel(t.Context())
	defer stopWatching()
	go func() { watched <- seen.run(watching) }()
	done, kills := w.trouble(t)
	written := time.Since(began)
	for _, p := range proxies {
		p.heal()
	}
	records, err := w.records(t.Context())
	require.NoError(t, err)
	require.NoError(t, w.settle(t.Context(), records))
	settled := time.Since(began)
	stopWatching()
	require.NoError(t, <-watched)

	items := w.scan(t)
	documents := w.checkSearch(t, items)
	lines, summary := w.lines(t)
	w.checkAudit(t, lines, records, items)
	w.checkShown(t, seen, lines)
	events, repeated := w.checkEvents(t, lines)
	w.checkNothingFailed(t)

	t.Logf("%v: operations %v; kills %d", written.Round(time.Second), done, kills)
	for name, p := range proxies {
		passed, injected := p.counts()
		t.Logf("%s: %d calls passed, faults %v", name, passed, injected)
		require.NotEmpty(t, injected, "no fault was planted in front of %s", name)
	}
	t.Logf("settled after %v: %d changes in %d segments (%d lines repeated), %d items, documents %v, %d events (%d repeated)",
		settled.Round(time.Second), len(records), summary.Segments, summary.Repeated, len(items), documents, events, repeated)
	t.Logf("watched %d times, %d documents, %d disappearances", seen.polls, len(seen.last), seen.gone)
	require.NotZero(t, kills)
	require.NotZero(t, seen.gone)
}

// startBehindProxies starts a pipeline whose consumer reaches its services through proxies, by name.
func startBehindProxies(t *testing.T) (*world, map[string]*proxy) {
	opensearch := newProxy(t, seed, faultRate, `{"error":{"type":"planted","reason":"a planted fault"}}`)
	s3 := newProxy(t, seed+1, 2*faultRate, `<Error><Code>Planted</Code><Message>a planted fault</Message></Error>`) // few calls
	bus := newProxy(t, seed+2, faultRate, `{"__type":"Planted","message":"a planted fault"}`)
	opensearch.split, bus.split = splitBulk, splitEvents
	w := start(t, map[string]string{
		"OUTFLOW_OPENSEARCH_URL":       opensearch.server.URL,
		"AWS_ENDPOINT_URL_S3":          s3.server.URL,
		"AWS_ENDPOINT_URL_EVENTBRIDGE": bus.server.URL,
	})
	opensearch.aim(t, w.Target.OpenSearch)
	s3.aim(t, w.Target.S3)
	bus.aim(t, w.Target.Events)
	return w, map[string]*proxy{"opensearch": opensearch, "s3": s3, "bus": bus}
}

// trouble lets the writers write while instances are killed, and returns what they did and how many kills there were.
func (w *world) trouble(t *testing.T) (done map[string]int, kills int) {
	share := operations(t) / runs / writers
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	killing, stopKilling := context.WithCancel(t.Context())
	defer stopKilling()
	var killer, all sync.WaitGroup
	var killed error
	killer.Go(func() { kills, killed = w.kill(killing, rand.New(rand.NewPCG(seed, 2))) })
	each := make([]*writer, writers)
	faults := make([]error, writers)
	for i := range each {
		each[i] = &writer{world: w, random: rand.New(rand.NewPCG(seed, uint64(100+i))), done: map[string]int{}}
		all.Go(func() { faults[i] = each[i].run(t.Context(), ticker.C, share) })
	}
	all.Wait()
	stopKilling()
	killer.Wait()
	require.NoError(t, errors.Join(append(faults, killed)...))
	done = map[string]int{}
	for _, one := range each {
		for kind, n := range one.done {
			done[kind] += n
		}
	}
	return done, kills
}

func operations(t *testing.T) int {
	n := setting.Number(t, operationsVariable, defaultOperations)
	require.GreaterOrEqual(t, n, minOperations, operationsVariable)
	return n
}

// checkNothingFailed checks that nothing was parked and no batch was given up.
func (w *world) checkNothingFailed(t *testing.T) {
	out, err := w.objects.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &w.Target.FailuresBucket})
	require.NoError(t, err)
	for _, object := range out.Contents {
		t.Errorf("in the failures bucket: %s", *object.Key)
	}
	metrics := w.Mapping().Metrics
	require.Zero(t, metrics.DroppedEventCount+metrics.OnFailureDestinationDeliveredEventCount, "records that were given up")
}
