package backfill

import (
	"context"
	"math"

	"github.com/outflow-dev/outflow/pkg/search"
)

// paced reads items within a budget. What a read costs is reckoned from the item's JSON, which is never shorter than the
// size that DynamoDB charges for: one unit for each 4 KiB of a consistent read.
type paced struct {
	search.Items
	budget *Budget
}

const unitBytes = 4 << 10

// Item implements search.Items.
func (p *paced) Item(ctx context.Context, key []byte) ([]byte, error) {
	if err := p.budget.Wait(ctx); err != nil {
		return nil, err
	}
	item, err := p.Items.Item(ctx, key)
	p.budget.Spend(max(1, math.Ceil(float64(len(item))/unitBytes)))
	return item, err
}
