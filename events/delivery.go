package events

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Message is one event in what a Lambda function was invoked with.
type Message struct {
	ID    string // of the SQS message; "" where none is around the event
	Group string // of the SQS message, in a FIFO queue
	Event *Event // nil where Err is set
	Err   error  // why the message holds no event, an ErrForeign
}

// notification is what SNS puts around a message, unless the subscription asks for raw delivery.
const notification = "Notification"

// invocation is an event's payload for a Lambda function, of whatever kind: its members tell which.
type invocation struct {
	DetailType *string  `json:"detail-type"` // an event of EventBridge
	Type       string   `json:"Type"`        // Notification: SNS, in a queue or by HTTP
	Message    string   `json:"Message"`
	Records    []record `json:"Records"` // a batch of SQS or SNS
}

// record is a message of SQS or SNS. The names' case differs between the two, and encoding/json does not mind.
type record struct {
	Source     string `json:"eventSource"`
	MessageID  string `json:"messageId"`
	Body       string `json:"body"`
	Attributes struct {
		Group string `json:"MessageGroupId"`
	} `json:"attributes"`
	SNS struct {
		Message string `json:"Message"`
	} `json:"Sns"`
}

// Read takes apart what a Lambda function was invoked with: an event itself, or the batch of an SQS queue or an SNS topic
// with events in its messages, also those of SNS in SQS, with or without raw delivery. A message that holds no event is
// a Message with an Err and takes no other along. The error, an ErrForeign, is for an invocation that is none of these.
func Read(payload []byte) ([]Message, error) {
	var in invocation
	if err := json.Unmarshal(payload, &in); err != nil {
		return nil, fmt.Errorf("read invocation: %w: %w", ErrForeign, err)
	}
	if in.Records == nil {
		event, err := unwrap(payload)
		if err != nil {
			return nil, err
		}
		return []Message{{Event: event}}, nil
	}
	messages := make([]Message, len(in.Records))
	for i := range in.Records {
		messages[i] = in.Records[i].message()
	}
	return messages, nil
}

func (r *record) message() Message {
	m := Message{ID: r.MessageID, Group: r.Attributes.Group}
	switch r.Source {
	case "aws:sqs":
		m.Event, m.Err = unwrap([]byte(r.Body))
	case "aws:sns":
		m.ID = ""
		m.Event, m.Err = Parse([]byte(r.SNS.Message))
	default:
		m.Err = fmt.Errorf("read record of %q: %w: only those of aws:sqs and aws:sns hold some", r.Source, ErrForeign)
	}
	return m
}

// unwrap reads an event, or one inside a notification.
func unwrap(text []byte) (*Event, error) {
	var in invocation
	err := json.Unmarshal(text, &in)
	switch {
	case err == nil && in.DetailType != nil:
		return Parse(text)
	case err == nil && in.Type == notification:
		return Parse([]byte(in.Message))
	case err == nil:
		err = errors.New("it is neither an event of EventBridge nor a notification of SNS")
	}
	return nil, fmt.Errorf("read message: %w: %w", ErrForeign, err)
}
