package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/search"
	"github.com/outflow-dev/outflow/pkg/stream"
)

const (
	hot      = 300                  // items that are written to all the time, and watched; a third of them is not there at first
	pace     = 5 * time.Millisecond // between two writes
	lookPace = 20 * time.Millisecond
)

// life is what goes on meanwhile: writes, the delivery of their stream, and somebody who looks at the documents.
type life struct {
	stop    context.CancelFunc // of writes and looks
	written sync.WaitGroup
	looked  sync.WaitGroup
	ended   chan error // of the delivery
	drain   atomic.Bool

	writes, looks int
}

func (f *field) startLife(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	f.life = &life{stop: stop, ended: make(chan error, 1)}
	ids := make([]int, hot)
	for i := range ids {
		ids[i] = i * f.items * 3 / 2 / hot // spread over the table and half its length beyond
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	f.life.written.Go(func() { f.write(ctx, t, ids, rand.New(rand.NewPCG(seed, 1))) })
	f.life.looked.Go(func() { f.look(ctx, t, ids) })
	go func() { f.life.ended <- f.deliver(t.Context()) }()
}

// endLife stops the writes, and waits until all of them are delivered.
func (f *field) endLife(t *testing.T) {
	f.life.stop()
	f.life.written.Wait()
	f.life.drain.Store(true)
	require.NoError(t, <-f.life.ended)
	f.life.looked.Wait()
	require.False(t, t.Failed())
}

// write updates, deletes and makes items; an item's price grows over its whole life, also over its deletion.
func (f *field) write(ctx context.Context, t *testing.T, ids []int, random *rand.Rand) {
	prices := map[int]int{}
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		id := ids[random.IntN(len(ids))]
		prices[id] = max(prices[id], 1) + 1
		var err error
		if random.IntN(5) == 0 {
			_, err = f.table.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &f.name, Key: productKey(id)})
		} else {
			_, err = f.table.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &f.name, Item: product(id, prices[id])})
		}
		if err != nil {
			t.Errorf("write: %v", err)
			return
		}
		f.life.writes++
	}
}

// deliver gives the stream's records to an outlet, as a consumer does, until a drained stream gives no more.
func (f *field) deliver(ctx context.Context) error {
	described, err := f.table.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &f.name})
	if err != nil {
		return err
	}
	reader, err := stream.New(f.streams, stream.Config{Stream: *described.Table.LatestStreamArn})
	if err != nil {
		return err
	}
	outlet := f.world().Outlet()
	for {
		drained := f.life.drain.Load()
		shards, err := reader.Shards(ctx)
		if err != nil {
			return err
		}
		n := 0
		for _, shard := range shards {
			batch, err := reader.Read(ctx, stream.Reading{Shard: shard.ID, From: stream.Position{Type: stream.TrimHorizon}, Limit: stream.MaxRecords})
			if err != nil {
				return err
			}
			n += len(batch.Records)
			if err := f.hand(ctx, outlet, batch.Records); err != nil {
				return err
			}
		}
		if n == 0 && drained {
			return nil
		}
	}
}

func (f *field) hand(ctx context.Context, outlet *search.Outlet, records []stream.Record) error {
	if len(records) == 0 {
		return nil
	}
	event := []byte(`{"Records":[`)
	for i := range records {
		if i > 0 {
			event = append(event, ',')
		}
		event = append(event, records[i].Body...)
	}
	changes, err := change.Decode(f.model, append(event, "]}"...))
	if err != nil {
		return err
	}
	var all []*change.Change
	for i := range changes {
		all = append(all, &changes[i])
	}
	outcome := outlet.Deliver(ctx, all)
	if len(outcome.Pending)+len(outcome.Poison) > 0 {
		return fmt.Errorf("%d changes pending, %d poison: %w", len(outcome.Pending), len(outcome.Poison), outcome.Err)
	}
	return nil
}

// seen is what was last seen of a document.
type seen struct {
	version string
	price   int
	deleted bool
}

// look reads the documents as they are on their shard, again and again.
func (f *field) look(ctx context.Context, t *testing.T, ids []int) {
	var names []string
	for _, id := range ids {
		names = append(names, "Product/"+productID(id))
	}
	body, err := json.Marshal(map[string]any{"ids": names})
	if err != nil {
		t.Errorf("look: %v", err)
		return
	}
	last := map[string]seen{}
	tick := time.NewTicker(lookPace)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		content, err := f.try(ctx, http.MethodPost, "/"+f.name+"-products-000001/_mget?_source_includes=price,outflow.version,outflow.deleted", body)
		if errors.Is(err, context.Canceled) {
			return
		}
		if err == nil {
			err = f.judge(content, last)
		}
		if err != nil {
			t.Errorf("look: %v", err)
			return
		}
	}
}

func (f *field) judge(content []byte, last map[string]seen) error {
	var got struct {
		Docs []struct {
			ID     string `json:"_id"`
			Found  bool   `json:"found"`
			Source struct {
				Price   string
				Outflow struct {
					Version string
					Deleted bool
				}
			} `json:"_source"`
		}
	}
	if err := json.Unmarshal(content, &got); err != nil {
		return err
	}
	for _, d := range got.Docs {
		was, known := last[d.ID]
		if !d.Found {
			if known {
				return fmt.Errorf("%s was there and is not", d.ID)
			}
			continue
		}
		f.life.looks++
		is := seen{version: d.Source.Outflow.Version, deleted: d.Source.Outflow.Deleted, price: was.price}
		if !is.deleted {
			var err error
			if is.price, err = strconv.Atoi(d.Source.Price); err != nil {
				return err
			}
		}
		if is.version < was.version || is.price < was.price || was.deleted && !is.deleted && is.price == was.price {
			return fmt.Errorf("%s fell back from %+v to %+v", d.ID, was, is)
		}
		last[d.ID] = is
	}
	return nil
}

// segments is in how many parts the table is compared: a page of a whole table of 200,000 items takes more memory than
// DynamoDB Local has.
const segments = 16

// compare holds every document that readers see against its item.
func (f *field) compare(t *testing.T) {
	items := map[string]string{} // prices by id
	for segment := range int32(segments) {
		pages := dynamodb.NewScanPaginator(f.table, &dynamodb.ScanInput{
			TableName: &f.name, Segment: aws.Int32(segment), TotalSegments: aws.Int32(segments),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			require.NoError(t, err)
			for _, item := range page.Items {
				id := item["PK"].(*types.AttributeValueMemberS).Value[len("PRODUCT#"):]
				items["Product/"+id] = item["price"].(*types.AttributeValueMemberN).Value
			}
		}
	}
	alias := search.ReadAlias(f.name+"-", "products")
	f.call(t, http.MethodPost, "/"+f.name+"-products-000001/_refresh", nil)
	content := f.call(t, http.MethodPost, "/"+alias+"/_search?scroll=1m", []byte(`{"size":5000,"sort":["_doc"],"_source":["price"]}`))
	documents := 0
	for {
		var page struct {
			Scroll string `json:"_scroll_id"`
			Hits   struct {
				Hits []struct {
					ID     string                 `json:"_id"`
					Source struct{ Price string } `json:"_source"`
				}
			}
		}
		require.NoError(t, json.Unmarshal(content, &page))
		if len(page.Hits.Hits) == 0 {
			break
		}
		for _, hit := range page.Hits.Hits {
			require.Equal(t, items[hit.ID], hit.Source.Price, hit.ID)
			documents++
		}
		content = f.call(t, http.MethodPost, "/_search/scroll", bytes.TrimSpace(fmt.Appendf(nil, `{"scroll":"1m","scroll_id":%q}`, page.Scroll)))
	}
	require.Equal(t, len(items), documents, "every item has its document")
	t.Logf("%d documents are as their items", documents)
}
