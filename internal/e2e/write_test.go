package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/pkg/table"
)

// writer does random operations on the shop's items.
type writer struct {
	*world
	random *rand.Rand
	done   map[string]int // operations by kind; of the refused ones as "refused"
}

// kinds are the operations, as likely as they are many. Each is one call.
var kinds = []struct {
	name string
	do   func(*writer, context.Context) error
}{
	{"put", func(w *writer, ctx context.Context) error { return w.table.Put(ctx, w.user()) }},
	{"put", func(w *writer, ctx context.Context) error { return w.table.Put(ctx, w.product()) }},
	{"put", func(w *writer, ctx context.Context) error { return w.table.Put(ctx, w.order()) }},
	{"put", func(w *writer, ctx context.Context) error { return w.table.Put(ctx, w.line(w.id())) }},
	{"put of no entity", (*writer).note},
	{"create", func(w *writer, ctx context.Context) error {
		user := w.user()
		user.If.Absent = true
		return w.table.Put(ctx, user)
	}},
	{"update", func(w *writer, ctx context.Context) error {
		return w.table.Update(ctx, w.update("Order", table.Item{"status": w.status()}))
	}},
	{"update", func(w *writer, ctx context.Context) error {
		return w.table.Update(ctx, w.update("Order", table.Item{"total": w.amount()}))
	}},
	{"update", func(w *writer, ctx context.Context) error {
		return w.table.Update(ctx, w.update("Product", table.Item{"price": w.amount(), "tags": []string{w.text(), w.text()}}))
	}},
	{"update", func(w *writer, ctx context.Context) error {
		return w.table.Update(ctx, w.update("User", table.Item{"name": w.text()}))
	}},
	{"conditional update", func(w *writer, ctx context.Context) error {
		update := w.update("Order", table.Item{"status": "PAID"})
		update.If.Equal = table.Item{"status": "NEW"}
		return w.table.Update(ctx, update)
	}},
	{"delete", func(w *writer, ctx context.Context) error { return w.table.Delete(ctx, w.remove("User")) }},
	{"delete", func(w *writer, ctx context.Context) error { return w.table.Delete(ctx, w.remove("Product")) }},
	{"delete", func(w *writer, ctx context.Context) error { return w.table.Delete(ctx, w.remove("Order")) }},
	{"delete", func(w *writer, ctx context.Context) error {
		return w.table.Delete(ctx, table.Delete{Entity: "OrderLine", Key: table.Item{"order_id": w.id(), "item_id": w.item()}})
	}},
	{"transaction", (*writer).place},
	{"transaction", (*writer).cancel},
}

// run does one operation for each tick.
func (w *writer) run(ctx context.Context, ticks <-chan time.Time, operations int) error {
	for range operations {
		<-ticks
		kind := kinds[w.random.IntN(len(kinds))]
		err := kind.do(w, ctx)
		switch {
		case err == nil:
			w.done[kind.name]++
		case isRefusal(err):
			w.done["refused"]++
		default:
			return fmt.Errorf("%s: %w", kind.name, err)
		}
	}
	return nil
}

// isRefusal says that the table refused the write, as it should.
func isRefusal(err error) bool {
	for _, refusal := range []error{table.ErrNotFound, table.ErrExists, table.ErrConflict, table.ErrCondition} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

// place writes an order with its lines and the link to it, all or nothing.
func (w *writer) place(ctx context.Context) error {
	order := w.order()
	id := order.Fields.(table.Item)["order_id"].(string)
	first, second := w.line(id), w.line(id)
	first.Fields.(table.Item)["item_id"], second.Fields.(table.Item)["item_id"] = "first", "second"
	link := table.Put{Entity: "OrderLink", Fields: table.Item{"user_id": w.id(), "order_id": id}, By: w.stamp()}
	return w.table.Transact(ctx, order, first, second, link)
}

// cancel deletes an order if its user is there.
func (w *writer) cancel(ctx context.Context) error {
	check := table.Check{Entity: "User", Key: table.Item{"user_id": w.id()}, If: table.Condition{Exists: true}}
	return w.table.Transact(ctx, check, w.remove("Order"))
}

// note writes an item that no entity matches.
func (w *writer) note(ctx context.Context) error {
	_, err := w.items.PutItem(ctx, &dynamodb.PutItemInput{TableName: &w.Target.Table, Item: map[string]types.AttributeValue{
		"PK": &types.AttributeValueMemberS{Value: "NOTE#" + w.id()}, "SK": &types.AttributeValueMemberS{Value: "X"},
		"text": &types.AttributeValueMemberS{Value: w.text()},
	}})
	return err
}

func (w *writer) user() table.Put {
	return table.Put{Entity: "User", By: w.stamp(),
		Fields: table.Item{"user_id": w.id(), "name": w.text(), "email": w.text() + "@example.com"}}
}

func (w *writer) product() table.Put {
	return table.Put{Entity: "Product", By: w.stamp(), Fields: table.Item{"product_id": w.id(), "title": w.text(),
		"description": w.text(), "price": w.amount(), "tags": []string{w.text()}}}
}

func (w *writer) order() table.Put {
	return table.Put{Entity: "Order", By: w.stamp(), Fields: table.Item{"order_id": w.id(), "user_id": w.id(),
		"status": w.status(), "total": w.amount(), "created_at": time.Unix(1_790_000_000+w.random.Int64N(1e6), 0).UTC()}}
}

func (w *writer) line(order string) table.Put {
	return table.Put{Entity: "OrderLine", By: w.stamp(), Fields: table.Item{"order_id": order, "item_id": w.item(),
		"product_id": w.id(), "qty": 1 + w.random.IntN(9), "price": w.amount()}}
}

func (w *writer) update(entity string, set table.Item) table.Update {
	return table.Update{Entity: entity, Key: w.key(entity), Set: set, By: w.stamp()}
}

func (w *writer) remove(entity string) table.Delete {
	return table.Delete{Entity: entity, Key: w.key(entity)}
}

func (w *writer) key(entity string) table.Item {
	return table.Item{map[string]string{"User": "user_id", "Product": "product_id", "Order": "order_id"}[entity]: w.id()}
}

func (w *writer) stamp() table.Stamp { return table.Stamp{Actor: w.text(), Request: w.text()} }

// id is one of three hot ones for two operations in five, else one of many.
func (w *writer) id() string {
	if w.random.IntN(5) < 2 {
		return fmt.Sprintf("hot%d", w.random.IntN(3))
	}
	return fmt.Sprintf("c%d", w.random.IntN(100))
}

func (w *writer) item() string { return fmt.Sprintf("i%d", w.random.IntN(4)) }

func (w *writer) status() string { return []string{"NEW", "PAID", "SHIPPED", "DONE"}[w.random.IntN(4)] }

func (w *writer) amount() string {
	return fmt.Sprintf("%d.%02d", w.random.IntN(1000), w.random.IntN(100))
}

func (w *writer) text() string { return fmt.Sprintf("text %x é\"<", w.random.Uint32()) }
