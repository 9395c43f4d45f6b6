package backfill_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

func TestRunReadsAllOfATable(t *testing.T) {
	for _, row := range []struct {
		name     string
		segments [][][]string
		fail     func(segment, page, try int) error
	}{
		{"one page", [][][]string{{{"PRODUCT#1", "PRODUCT#2"}}}, nil},
		{"no item", [][][]string{{{}}, {{}}}, nil},
		{"empty pages before, between and after", [][][]string{{{}, {"PRODUCT#1"}, {}, {}, {"PRODUCT#2"}, {}}}, nil},
		{"segments that end at different times", [][][]string{{{"PRODUCT#1"}}, {{"PRODUCT#2"}, {"PRODUCT#3"}, {"PRODUCT#4"}}, {{}}, {{}, {"ORDER#5"}}}, nil},
		{"throttled for a while", [][][]string{{{"PRODUCT#1"}, {"PRODUCT#2"}}, {{"PRODUCT#3"}}}, func(_, _, try int) error {
			if try < 4 {
				return throttled
			}
			return nil
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			table, index := &fakeTable{segments: row.segments, fail: row.fail, units: 2.5}, &fakeIndex{}
			run := newRun(t, scanOf(table), index, 3)
			require.NoError(t, run.Do(t.Context()))
			require.ElementsMatch(t, table.keys(), index.given)
			state := run.Progress.State()
			require.True(t, state.IsDone())
			require.Equal(t, len(table.keys()), state.Counts.Seen)
			require.Equal(t, len(table.keys()), state.Counts.Created)
		})
	}
}

func TestRunEndsWithWhatNoTryMends(t *testing.T) {
	denied := &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no dynamodb:Scan"}
	for _, row := range []struct {
		name  string
		fail  error
		tries int
	}{
		{"no permission", denied, 1},
		{"throttled all the time", throttled, 4},
	} {
		t.Run(row.name, func(t *testing.T) {
			table := &fakeTable{segments: [][][]string{{{"PRODUCT#1"}}}}
			tries := 0
			table.fail = func(_, _, try int) error { tries = try; return row.fail }
			err := newRun(t, scanOf(table), &fakeIndex{}, 1).Do(t.Context())
			require.ErrorIs(t, err, backfill.ErrIncomplete)
			require.ErrorContains(t, err, "segment 0 of table shop-test")
			require.ErrorContains(t, err, row.fail.Error())
			require.Equal(t, row.tries, tries)
		})
	}
}

// TestNoCrashLosesAnItem stops runs of random tables at random moments, and goes on from what was kept last.
func TestNoCrashLosesAnItem(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		table := &fakeTable{units: 1}
		for segment := range rapid.IntRange(1, 4).Draw(r, "segments") {
			pages := [][]string{}
			for page := range rapid.IntRange(1, 6).Draw(r, "pages") {
				items := []string{}
				for item := range rapid.IntRange(0, 3).Draw(r, "items") {
					items = append(items, fmt.Sprintf("PRODUCT#%d-%d-%d", segment, page, item))
				}
				pages = append(pages, items)
			}
			table.segments = append(table.segments, pages)
		}
		m := parseModel(t)
		kept, err := json.Marshal(backfill.NewState(identity(m), len(table.segments), time.Now()))
		require.NoError(r, err)
		index, done := &fakeIndex{}, map[string]int{}
		workers := rapid.IntRange(1, 3).Draw(r, "workers")
		for run := 0; ; run++ {
			crash := rapid.SampledFrom([]string{"none", "read", "fill", "keep"}).Draw(r, "crash")
			left := rapid.IntRange(0, 8).Draw(r, "after")
			if run > 20 {
				crash = "none"
			}
			ctx, stop := context.WithCancel(t.Context())
			boom := func(at string) error {
				if at != crash {
					return nil
				}
				if left--; left < 0 {
					stop()
					return errors.New("crash")
				}
				return nil
			}
			table.fail = func(int, int, int) error { return boom("read") }
			index.fail = func([]string) error { return boom("fill") }
			next := newRun(t, scanOf(table), index, workers)
			state, err := backfill.ReadState(kept, identity(m), len(table.segments))
			require.NoError(r, err)
			next.Progress = backfill.NewProgress(state)
			next.Progress.Keep = func(s *backfill.State) error {
				if err := boom("keep"); err != nil {
					return err
				}
				var err error
				kept, err = json.Marshal(s)
				return err
			}
			err = next.Do(ctx)
			stop()
			if err == nil {
				break
			}
			require.ErrorIs(r, err, backfill.ErrIncomplete)
		}
		for _, key := range index.given {
			done[key]++
		}
		for _, key := range table.keys() {
			require.Positive(r, done[key], "%s was lost", key)
		}
		state, err := backfill.ReadState(kept, identity(m), len(table.segments))
		require.NoError(r, err)
		require.True(r, state.IsDone())
		require.Equal(r, len(table.keys()), state.Counts.Seen, "a page counts once, however often it was read")
	})
}

func TestWhatIsDoneIsNotReadAgain(t *testing.T) {
	table, index := &fakeTable{segments: [][][]string{{{"PRODUCT#1"}, {"PRODUCT#2"}, {"PRODUCT#3"}}, {{"PRODUCT#4"}}}}, &fakeIndex{}
	ctx, stop := context.WithCancel(t.Context())
	first := newRun(t, scanOf(table), index, 1)
	first.Progress.Keep = func(s *backfill.State) error {
		if s.Counts.Pages == 2 {
			stop()
		}
		return nil
	}
	err := first.Do(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, backfill.ErrIncomplete)
	state := first.Progress.State()
	second := newRun(t, scanOf(table), index, 1)
	second.Progress = backfill.NewProgress(&state)
	require.NoError(t, second.Do(t.Context()))
	require.Equal(t, []string{"PRODUCT#1", "PRODUCT#2", "PRODUCT#3", "PRODUCT#4"}, index.given)
	require.Equal(t, 1, table.tries[[2]int{0, 0}])
}

func TestAStateThatCannotBeKeptEndsTheRun(t *testing.T) {
	table := &fakeTable{segments: [][][]string{{{"PRODUCT#1"}, {"PRODUCT#2"}}}}
	index := &fakeIndex{}
	run := newRun(t, scanOf(table), index, 1)
	full := errors.New("no space left on device")
	run.Progress.Keep = func(*backfill.State) error { return full }
	require.ErrorIs(t, run.Do(t.Context()), full)
	require.Equal(t, []string{"PRODUCT#1"}, index.given, "nothing is read on")
}

func TestPoisonIsStoredBeforeItsPageIsDone(t *testing.T) {
	table, index := &fakeTable{segments: [][][]string{{{"PRODUCT#1", "PRODUCT#2"}, {"PRODUCT#3"}}}}, &fakeIndex{poison: "PRODUCT#2"}
	run := newRun(t, scanOf(table), index, 1)
	var order []string
	run.Progress.Poisoned = func(items []backfill.Poison) error {
		require.Len(t, items, 1)
		order = append(order, string(items[0].Key)+" "+items[0].Reason)
		return nil
	}
	run.Progress.Keep = func(s *backfill.State) error {
		order = append(order, fmt.Sprintf("%d pages", s.Counts.Pages))
		return nil
	}
	require.NoError(t, run.Do(t.Context()))
	require.Equal(t, []string{`{"PK":{"S":"PRODUCT#2"},"SK":{"S":"METADATA"}} refused`, "1 pages", "2 pages"}, order)
	require.Equal(t, 1, run.Progress.State().Counts.Poison)
	require.Equal(t, 2, run.Progress.State().Counts.Created)
}

func TestIndexesThatWereMadeAnewMeanwhile(t *testing.T) {
	run := newRun(t, scanOf(&fakeTable{segments: [][][]string{{{"PRODUCT#1"}}}}), &fakeIndex{}, 1)
	run.Identify = func(context.Context) (backfill.Identity, error) {
		now := identity(parseModel(t))
		now.Indexes = []backfill.Index{{Name: "shop-test-products-000001", Created: time.Unix(7, 0)}}
		return now, nil
	}
	err := run.Do(t.Context())
	require.ErrorIs(t, err, backfill.ErrOther)
	require.ErrorContains(t, err, "shop-test-products-000001 of 1970-01-01T00:00:07Z")
	require.ErrorContains(t, err, "begin anew")
}

func TestFilter(t *testing.T) {
	keys := []string{"PRODUCT#1", "PRODUCT#22", "ORDER#1", "NOTE#1", "stranger"}
	for _, row := range []struct {
		name           string
		entity, prefix string
		given          []string
	}{
		{"all", "", "", keys},
		{"a prefix", "", "PRODUCT#2", []string{"PRODUCT#22"}},
		{"an entity", "Product", "", []string{"PRODUCT#1", "PRODUCT#22"}},
		{"an entity with parts", "Order", "", []string{"ORDER#1"}},
		{"both", "Product", "PRODUCT#1", []string{"PRODUCT#1"}},
		{"nothing fits", "Order", "PRODUCT#", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			index := &fakeIndex{}
			run := newRun(t, scanOf(&fakeTable{segments: [][][]string{{slices.Clone(keys)}}}), index, 1)
			run.Filter.Entity, run.Filter.Prefix = row.entity, row.prefix
			require.NoError(t, run.Filter.Check())
			require.NoError(t, run.Do(t.Context()))
			require.Equal(t, row.given, index.given)
			require.Equal(t, len(keys), run.Progress.State().Counts.Seen)
			require.Equal(t, len(row.given), run.Progress.State().Counts.Given)
		})
	}
	wrong := backfill.Filter{Model: parseModel(t), Entity: "OrderLine"}
	require.ErrorContains(t, wrong.Check(), `no document has the root entity "OrderLine"; documents have Order, Product`)
}

func TestScanAsksForWhatItNeeds(t *testing.T) {
	table := &fakeTable{segments: [][][]string{{{}}, {{"PRODUCT#1", "PRODUCT#2"}, {}}}, units: 8}
	var limits []int32
	table.asked = func(segment int, in *dynamodb.ScanInput) {
		require.True(t, *in.ConsistentRead)
		require.EqualValues(t, 2, *in.TotalSegments)
		require.Equal(t, "begins_with(#key, :prefix)", *in.FilterExpression)
		require.Equal(t, map[string]string{"#key": "PK"}, in.ExpressionAttributeNames)
		if segment == 1 {
			limits = append(limits, *in.Limit)
		}
	}
	scan := scanOf(table)
	scan.PartitionKey, scan.Prefix = "PK", "PRODUCT#"
	scan.Budget = backfill.NewBudget(1000, time.Now)
	for page, err := range scan.Pages(t.Context(), 1, "") {
		require.NoError(t, err)
		require.WithinDuration(t, time.Now(), page.ReadAt, time.Minute)
	}
	require.Equal(t, []int32{500, 125}, limits, "a second's units over two segments, at 1 and then at 4 units an item")
}
