// Package demo writes the shop's data to a running pipeline and shows, change by change, what each reader gets of it:
// the document as a search UI finds it, the event as a subscriber receives it, and the audit line as an auditor reads
// it, with the time that each took.
package demo

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/table"
)

// patience is how long one change may take to reach an outlet; far more than it does, also by the TTL.
const patience = 2 * time.Minute

// guestLife is long enough for the guest to be seen, and ends before the story does.
const guestLife = 12 * time.Second

// Demo is one run.
type Demo struct {
	Model  *model.Model
	Table  *table.Table
	World  *World // what the readers see
	Out    io.Writer
	totals totals
	seen   map[string]view // of each item, by its key, after the last change of it
}

// step is one change of the story and what it is to cause.
type step struct {
	title string
	write table.Write // nil where the TTL writes
	sees  expectation
}

// Run tells the story of order o456: placed, paid, shipped, repriced, deleted; beside it a product, an order line that
// comes before its order, and a user who is lost to the table's TTL.
func (d *Demo) Run(ctx context.Context) error {
	d.seen = map[string]view{}
	for _, s := range story(time.Now()) {
		if err := d.step(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.title, err)
		}
	}
	return d.totals.print(d.Out)
}

// step makes the change and waits for what it causes.
func (d *Demo) step(ctx context.Context, s step) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, err := fmt.Fprintf(d.Out, "\n== %s\n", s.title); err != nil {
		return err
	}
	if s.write != nil {
		if err := d.write(ctx, s.write); err != nil {
			return err
		}
	}
	before := d.seen[s.sees.key] // not what is there now: the TTL does not wait for this step
	before.events = nil          // each event comes once in the story
	seen, err := d.World.await(ctx, s.sees, before, time.Now())
	if err != nil {
		return err
	}
	d.seen[s.sees.key] = seen.view
	d.totals.add(seen)
	return seen.print(d.Out)
}

func (d *Demo) write(ctx context.Context, w table.Write) error {
	switch w := w.(type) {
	case table.Put:
		return d.Table.Put(ctx, w)
	case table.Update:
		return d.Table.Update(ctx, w)
	case table.Delete:
		return d.Table.Delete(ctx, w)
	}
	return fmt.Errorf("a %T is no change of this story", w)
}

func story(now time.Time) []step {
	placed := now.UTC().Format(time.RFC3339)
	order := table.Item{"order_id": "o456"}
	orderKey := []string{"ORDER#o456", "METADATA"}
	sees := func(index, id, event string, key ...string) expectation {
		return expectation{index: index, id: id, event: event, key: strings.Join(key, " ")}
	}
	update := func(by, request string, set table.Item) table.Write {
		return table.Update{Entity: "Order", Key: order, Set: set, By: table.Stamp{Actor: by, Request: request}}
	}
	return []step{
		{"ann signs up as a guest, for a few seconds", table.Put{Entity: "User",
			Fields: table.Item{"user_id": "u123", "name": "Ann Lee", "email": "ann@example.com", "expires_at": now.Add(guestLife)},
			By:     table.Stamp{Actor: "signup", Request: "req-101"}},
			sees("users", "User/u123", "UserRegistered", "USER#u123", "PROFILE")},
		{"a product is imported", table.Put{Entity: "Product",
			Fields: table.Item{"product_id": "p789", "title": "Walnut desk lamp", "description": "Warm light, brass switch",
				"price": "42.10", "tags": []string{"lamp", "desk"}},
			By: table.Stamp{Actor: "import", Request: "req-102"}},
			sees("products", "Product/p789", "", "PRODUCT#p789", "METADATA")},
		{"an order line comes before its order: the document waits hidden", table.Put{Entity: "OrderLine",
			Fields: table.Item{"order_id": "o456", "item_id": "i1", "product_id": "p789", "qty": 2, "price": "42.10"},
			By:     table.Stamp{Actor: "ann", Request: "req-103"}},
			sees("", "", "", "ORDER#o456", "ITEM#i1")},
		{"order o456 is placed", table.Put{Entity: "Order",
			Fields: table.Item{"order_id": "o456", "user_id": "u123", "status": "NEW", "total": "84.20", "created_at": placed},
			By:     table.Stamp{Actor: "ann", Request: "req-103"}},
			sees("orders", "Order/o456", "OrderPlaced", orderKey...)},
		{"it is paid", update("payments", "req-104", table.Item{"status": "PAID"}),
			sees("orders", "Order/o456", "", orderKey...)},
		{"it is shipped, by a writer that leaves no stamp", update("", "", table.Item{"status": "SHIPPED"}),
			sees("orders", "Order/o456", "OrderShipped", orderKey...)},
		{"it is repriced", update("billing", "req-105", table.Item{"total": "99.95"}),
			sees("orders", "Order/o456", "OrderRepriced", orderKey...)},
		{"it is deleted", table.Delete{Entity: "Order", Key: order},
			sees("orders", "Order/o456", "OrderDeleted", orderKey...).gone()},
		{"the TTL takes the guest out, in its own time", nil, sees("users", "User/u123", "", "USER#u123", "PROFILE").gone()},
	}
}
