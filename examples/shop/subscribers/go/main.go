// Command go is a subscriber to the shop's events: it mails each customer once that an order is placed, and keeps the
// price of each order as it is now. It listens for what a rule of outflow dev's bus posts to it; see ../README.md. In
// Lambda, give shop.handle to events.Handle.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/outflow-dev/outflow/events"
	"github.com/outflow-dev/outflow/events/dynamodbstore"
	shopevents "github.com/outflow-dev/outflow/examples/shop/events/go"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Getenv("HANDLED_TABLE"))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "subscriber:", err)
		os.Exit(1) //nolint:forbidigo // the one place that exits
	}
}

func run(ctx context.Context, table string) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("load AWS configuration: %w", err)
	}
	store := &dynamodbstore.Store{Client: dynamodb.NewFromConfig(cfg), Table: table}
	s := &shop{
		once:   events.Deduper{Store: store, Name: "go-mailer", Now: time.Now},
		latest: events.Latest{Store: store, Name: "go-prices", Now: time.Now},
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	server := &http.Server{Handler: s, ReadHeaderTimeout: time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() }) // it was told to stop
	if err := server.Serve(listener); ctx.Err() == nil {
		return err
	}
	return nil
}

// shop is what is done with the shop's events.
type shop struct {
	once   events.Deduper
	latest events.Latest
}

// ServeHTTP takes what the bus posts. The bus tries again what is answered with 503.
func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 2<<20))
	if err == nil {
		_, err = events.Handle(r.Context(), body, s.handle)
	}
	if err != nil {
		fmt.Println("failed:", err)
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	}
}

func (s *shop) handle(ctx context.Context, e *events.Event) error {
	switch e.Metadata.Type {
	case "OrderPlaced":
		handled, err := s.once.Do(ctx, e, func(context.Context) error { return mail(e) })
		if err == nil && !handled {
			fmt.Println("again", e.Metadata.ID)
		}
		return err
	case "OrderRepriced":
		verdict, err := s.latest.Do(ctx, e, func(context.Context) error { return keepPrice(e) })
		if err == nil && !verdict.Applied {
			fmt.Println("late", e.Metadata.ID)
		}
		return err
	}
	return nil // of no interest here
}

func mail(e *events.Event) error {
	order, err := events.Decode[shopevents.OrderPlaced](e)
	if err != nil {
		return err
	}
	fmt.Printf("mail to %s: order %s is placed\n", text(order.Data.UserID), order.Metadata.Key.OrderID)
	return nil
}

func keepPrice(e *events.Event) error {
	order, err := events.Decode[shopevents.OrderRepriced](e)
	if err != nil {
		return err
	}
	fmt.Printf("order %s costs %s\n", order.Metadata.Key.OrderID, text(order.Data.Total))
	return nil
}

// text is a field that may be absent.
func text[T ~string](field *T) string {
	if field == nil {
		return "nobody"
	}
	return string(*field)
}
