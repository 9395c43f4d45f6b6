package backfill_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

const shop = `
outflow: 1
name: shop
table: {key: [PK, SK]}
entities:
  Product:
    key: {PK: "PRODUCT#{product_id}", SK: METADATA}
    attributes: {title: string}
    search: {index: products, text: [title]}
  Order:
    key: {PK: "ORDER#{order_id}", SK: METADATA}
    attributes: {status: string}
    search: {index: orders, filter: [status]}
  OrderLine:
    key: {PK: "ORDER#{order_id}", SK: "ITEM#{item_id}"}
    attributes: {qty: integer}
    search: {into: Order.lines, filter: [qty]}
  Note:
    key: {PK: "NOTE#{note_id}", SK: METADATA}
`

func parseModel(t testing.TB) *model.Model {
	t.Helper()
	m, faults := model.Parse("model.yaml", []byte(shop))
	require.NoError(t, faults.Err())
	return m
}

// fakeTable is a table whose segments are lists of pages, and a page a list of partition keys.
type fakeTable struct {
	segments [][][]string
	units    float64                                   // of each page
	fail     func(segment, page, try int) error        // nil for none
	asked    func(segment int, in *dynamodb.ScanInput) // nil for nobody

	mu    sync.Mutex
	tries map[[2]int]int
}

func (f *fakeTable) Scan(ctx context.Context, in *dynamodb.ScanInput, _ ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	segment, page := int(*in.Segment), 0
	if start := in.ExclusiveStartKey; start != nil {
		n, err := strconv.Atoi(start["SK"].(*types.AttributeValueMemberS).Value)
		if err != nil {
			return nil, err
		}
		page = n
	}
	if err := f.note(segment, page, in); err != nil {
		return nil, err
	}
	out := &dynamodb.ScanOutput{ConsumedCapacity: &types.ConsumedCapacity{CapacityUnits: &f.units}}
	for _, pk := range f.segments[segment][page] {
		out.Items = append(out.Items, map[string]types.AttributeValue{
			"PK": &types.AttributeValueMemberS{Value: pk}, "SK": &types.AttributeValueMemberS{Value: "METADATA"},
		})
	}
	out.ScannedCount = int32(len(out.Items))
	if page+1 < len(f.segments[segment]) {
		out.LastEvaluatedKey = map[string]types.AttributeValue{
			"PK": &types.AttributeValueMemberS{Value: "any"}, "SK": &types.AttributeValueMemberS{Value: strconv.Itoa(page + 1)},
		}
	}
	return out, nil
}

func (f *fakeTable) note(segment, page int, in *dynamodb.ScanInput) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.asked != nil {
		f.asked(segment, in)
	}
	if f.tries == nil {
		f.tries = map[[2]int]int{}
	}
	f.tries[[2]int{segment, page}]++
	if f.fail == nil {
		return nil
	}
	return f.fail(segment, page, f.tries[[2]int{segment, page}])
}

// keys are all partition keys, sorted.
func (f *fakeTable) keys() []string {
	var all []string
	for _, pages := range f.segments {
		for _, page := range pages {
			all = append(all, page...)
		}
	}
	return slices.Sorted(slices.Values(all))
}

// fakeIndex takes pages, and says which items it has.
type fakeIndex struct {
	t      testing.TB
	model  *model.Model
	fail   func(items []string) error // nil for none
	poison string                     // partition key of an item that is poison

	mu    sync.Mutex
	given []string
	times []time.Time
}

func (f *fakeIndex) Fill(ctx context.Context, p search.Page) (search.Filled, error) {
	f.mu.Lock()
	f.times = append(f.times, p.ReadAt)
	f.mu.Unlock()
	return f.take(ctx, p.Items)
}

func (f *fakeIndex) FillKeys(ctx context.Context, keys [][]byte) (search.Filled, error) {
	return f.take(ctx, keys)
}

func (f *fakeIndex) take(ctx context.Context, items [][]byte) (filled search.Filled, err error) {
	if err := ctx.Err(); err != nil {
		return filled, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var keys []string
	for i, item := range items {
		state, err := change.DecodeItem(f.model, item)
		require.NoError(f.t, err)
		pk, _ := state.Get("PK")
		keys = append(keys, pk.String())
		if pk.String() == f.poison {
			filled.Poison = append(filled.Poison, search.PoisonItem{Index: i, Reason: fmt.Errorf("refused")})
		} else {
			filled.Created++
		}
	}
	if f.fail != nil {
		if err := f.fail(keys); err != nil {
			return search.Filled{}, err
		}
	}
	f.given = append(f.given, keys...)
	return filled, nil
}

// quick is a patience without pauses worth the name.
var quick = consume.Retry{First: time.Nanosecond, Max: time.Nanosecond, Attempts: 4}

func identity(m *model.Model) backfill.Identity {
	return backfill.Identity{Table: "shop-test", Source: "a fake", Model: m.Hash}
}

// newRun reads a source with n fillers into an index.
func newRun(t testing.TB, source backfill.Source, index *fakeIndex, n int) *backfill.Run {
	m := parseModel(t)
	index.t, index.model = t, m
	r := &backfill.Run{
		Source: source, Filter: backfill.Filter{Model: m}, Retry: quick, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Progress: backfill.NewProgress(backfill.NewState(identity(m), source.Lanes(), time.Now())),
		Identify: func(context.Context) (backfill.Identity, error) { return identity(m), nil },
	}
	for range n {
		r.Fillers = append(r.Fillers, index)
	}
	return r
}

func scanOf(f *fakeTable) *backfill.Scan {
	return &backfill.Scan{
		Client: f, Table: "shop-test", Segments: len(f.segments), Budget: backfill.NewBudget(0, time.Now), Now: time.Now,
	}
}

var throttled = &types.ProvisionedThroughputExceededException{Message: aws.String("too fast")}
