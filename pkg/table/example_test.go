package table_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/outflow-dev/outflow/pkg/table"
)

// An order is placed with its lines, all or nothing, and shipped if it was paid.
func Example() {
	place := func(ctx context.Context, shop *table.Table, by table.Stamp) error {
		return shop.Transact(ctx,
			table.Put{Entity: "Order", Fields: table.Item{"order_id": "o456", "user_id": "u123", "status": "NEW", "total": "99.90"},
				If: table.Condition{Absent: true}, By: by},
			table.Put{Entity: "OrderLine", Fields: table.Item{"order_id": "o456", "item_id": "1", "product_id": "p1", "qty": 2}, By: by},
		)
	}
	ship := func(ctx context.Context, shop *table.Table, by table.Stamp) error {
		err := shop.Update(ctx, table.Update{
			Entity: "Order", Key: table.Item{"order_id": "o456"}, Set: table.Item{"status": "SHIPPED"},
			If: table.Condition{Equal: table.Item{"status": "PAID"}}, By: by,
		})
		if errors.Is(err, table.ErrCondition) {
			return fmt.Errorf("the order is not paid: %w", err)
		}
		return err
	}
	_, _ = place, ship
}
