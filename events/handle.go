package events

import (
	"context"
	"errors"
	"fmt"
)

// Response is what a Lambda function answers to the batch of an SQS queue, where its event source mapping has
// ReportBatchItemFailures. Other invocations take no notice of it.
type Response struct {
	BatchItemFailures []Failure `json:"batchItemFailures"` // the messages to deliver again
	Errors            []error   `json:"-"`                 // why, in the same order: for the log
}

// Failure names a message of SQS.
type Failure struct {
	ItemIdentifier string `json:"itemIdentifier"`
}

// Handler handles one event. An error means that the event must come again.
type Handler func(context.Context, *Event) error

// Handle gives each event of an invocation to the handler, one after another, and returns what the Lambda function is to
// return. A message of SQS that fails is in the Response alone, and the rest are not delivered again; in a FIFO queue the
// later ones of its group fail with it. Any other failure is the error, which makes Lambda or SNS try all again.
func Handle(ctx context.Context, payload []byte, handle Handler) (Response, error) {
	response := Response{BatchItemFailures: []Failure{}}
	messages, err := Read(payload)
	if err != nil {
		return response, err
	}
	var failed []error
	stuck := map[string]bool{} // groups of a FIFO queue
	for i := range messages {
		m := &messages[i]
		err := errBehind
		if m.Group == "" || !stuck[m.Group] {
			err = m.handle(ctx, handle)
		}
		switch {
		case err == nil:
		case m.ID == "":
			failed = append(failed, err)
		default:
			stuck[m.Group] = true
			response.BatchItemFailures = append(response.BatchItemFailures, Failure{m.ID})
			response.Errors = append(response.Errors, fmt.Errorf("message %s: %w", m.ID, err))
		}
	}
	return response, errors.Join(failed...)
}

// errBehind keeps the order of a FIFO queue's group.
var errBehind = errors.New("a message before it in its group failed")

// handle handles a message as long as there is time to.
func (m *Message) handle(ctx context.Context, handle Handler) error {
	switch {
	case m.Err != nil:
		return m.Err
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return handle(ctx, m.Event)
}
