package events_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/events"
)

// invocation is what a Lambda function behind an SQS queue is invoked with.
const invocation = `{"Records":[{"messageId":"m1","eventSource":"aws:sqs","body":
	"{\"detail-type\":\"OrderPlaced\",\"source\":\"com.example.shop\",\"detail\":{\"metadata\":{\"id\":\"fb60d21a\",\"type\":\"OrderPlaced\",\"schema\":1,\"entity\":\"Order\",\"key\":{\"order_id\":\"o456\"},\"time\":\"2026-11-02T09:20:01Z\",\"itemVersion\":\"2026-11-02T09:14:07.312/0001\"},\"data\":{\"user_id\":\"u123\"}}}"}]}`

// placed is the detail of OrderPlaced; outflow generate writes such types.
type placed struct {
	Data struct {
		UserID string `json:"user_id"`
	} `json:"data"`
}

// A Lambda function behind a queue, a topic or a rule.
func ExampleHandle() {
	response, err := events.Handle(context.Background(), []byte(invocation), func(_ context.Context, e *events.Event) error {
		order, err := events.Decode[placed](e)
		if err != nil {
			return err
		}
		fmt.Println(e.Metadata.Type, string(e.Metadata.Key), order.Data.UserID)
		return nil
	})
	fmt.Println(len(response.BatchItemFailures), err)
	// Output:
	// OrderPlaced {"order_id":"o456"} u123
	// 0 <nil>
}

// An order is confirmed by mail once, however often its event comes.
func ExampleDeduper() {
	once := events.Deduper{Store: &events.Memory{}, Name: "confirmations", Now: time.Now}
	handle := func(ctx context.Context, e *events.Event) error {
		handled, err := once.Do(ctx, e, func(context.Context) error {
			fmt.Println("mail for", string(e.Metadata.Key))
			return nil
		})
		fmt.Println("handled:", handled)
		return err
	}
	for range 2 {
		if _, err := events.Handle(context.Background(), []byte(invocation), handle); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// mail for {"order_id":"o456"}
	// handled: true
	// handled: false
}

// A copy of each item's level, which no late event sets back.
func ExampleLatest() {
	latest := events.Latest{Store: &events.Memory{}, Name: "levels", Now: time.Now, EveryChange: true}
	levels := map[string]int{}
	for _, revision := range []int{1, 4, 2} {
		e, err := events.Parse(fmt.Appendf(nil, `{"detail-type":"StockChanged","source":"com.example.shop","detail":{"metadata":{"id":"%[1]d",
			"type":"StockChanged","entity":"Stock","key":{"id":"a"},"itemVersion":"2026-11-02T09:14:07.312/000%[1]d",
			"revision":%[1]d,"previousRevision":%[2]d},"data":{"level":%[1]d}}}`, revision, revision-1))
		if err != nil {
			fmt.Println(err)
			return
		}
		verdict, err := latest.Do(context.Background(), e, func(context.Context) error {
			stock, err := events.Decode[struct {
				Data struct{ Level int } `json:"data"`
			}](e)
			levels["a"] = stock.Data.Level
			return err
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(revision, "applied:", verdict.Applied, "late:", verdict.Late)
		if verdict.Missing != nil {
			fmt.Println(" ", verdict.Missing)
		}
	}
	fmt.Println("level", levels["a"])
	// Output:
	// 1 applied: true late: false
	// 4 applied: true late: false
	//   after revision 1 was handled, those up to 3 did not come
	// 2 applied: false late: true
	// level 4
}

// inS3 stands for s3claims.Claims.
type inS3 struct{}

func (inS3) Open(context.Context, string, string) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(`{"metadata":{"id":"1","type":"Noted","entity":"Note","key":{"id":"n"},"itemVersion":"1"},` +
		`"data":{"text":"long"}}`)), nil
}

// An event whose detail was too large for the bus.
func ExampleFetch() {
	small, err := events.Parse([]byte(`{"detail-type":"Noted","source":"com.example","detail":{"metadata":{"id":"1","type":"Noted",
		"entity":"Note","key":{"id":"n"},"itemVersion":"1","claim":{"bucket":"b","key":"claims/1","size":112,
		"sha256":"b1c9adb26b55225c1a651ddf08c5a6d8c26af7cee8b6a697b25d72d5e24fd7dc"}}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	whole, err := events.Fetch(context.Background(), inS3{}, small)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(whole.Detail))
	// Output:
	// {"metadata":{"id":"1","type":"Noted","entity":"Note","key":{"id":"n"},"itemVersion":"1"},"data":{"text":"long"}}
}

// For consumers that speak CloudEvents.
func ExampleToCloudEvent() {
	messages, err := events.Read([]byte(invocation))
	if err != nil {
		fmt.Println(err)
		return
	}
	cloud := events.ToCloudEvent(messages[0].Event)
	cloud.Data = nil // for brevity
	text, err := json.MarshalIndent(cloud, "", "  ")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(text))
	// Output:
	// {
	//   "specversion": "1.0",
	//   "id": "fb60d21a",
	//   "source": "com.example.shop",
	//   "type": "com.example.shop.OrderPlaced",
	//   "subject": "Order/o456",
	//   "time": "2026-11-02T09:20:01Z",
	//   "datacontenttype": "application/json",
	//   "data": null,
	//   "itemversion": "2026-11-02T09:14:07.312/0001"
	// }
}
