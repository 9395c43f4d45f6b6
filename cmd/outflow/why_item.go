package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// subject is the item as a change: its insertion if it is there, else its removal. What the outlets' own builders make
// of that change says what its document and its last audit line must be.
type subject struct {
	change change.Change
	line   audit.Line // only what follows from the item
	view   struct {
		Entity *string         `json:"entity"`
		Key    json.RawMessage `json:"key"`
	}
}

func (s *subject) entity() *model.Entity {
	if s.change.New.Entity != nil {
		return s.change.New.Entity
	}
	return s.change.Old.Entity
}

// lookAtItem reads the item consistently.
func (w *why) lookAtItem(ctx context.Context) error {
	key, err := attributevalue.UnmarshalMapJSON(w.key)
	if err != nil {
		return fmt.Errorf("read key: %w", err)
	}
	got, err := w.items().GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &w.target.Table, Key: key, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return fmt.Errorf("get item from table %s: %w", w.target.Table, err)
	}
	if len(got.Item) == 0 {
		return nil
	}
	w.report.Item, err = attributevalue.MarshalMapJSON(got.Item)
	return err
}

// identify makes the subject of the item, or where that is gone of the last image that the log has of it.
func (w *why) identify() error {
	s := &subject{}
	changes, err := change.Decode(w.model, w.record())
	if err == nil {
		s.change = changes[0]
		err = s.change.Fault
	}
	if err != nil {
		return fmt.Errorf("match the item with the model: %w", err)
	}
	if err := json.Unmarshal(audit.AppendLine(nil, w.model, &s.change), &s.line); err != nil {
		return fmt.Errorf("make the item's line: %w", err)
	}
	if err := json.Unmarshal(s.line.View, &s.view); err != nil {
		return fmt.Errorf("make the item's line: %w", err)
	}
	w.subject = s
	if s.change.New.Exists() {
		w.report.Item = s.change.New.AppendCanonical(nil)
	}
	if e := s.entity(); e != nil {
		w.report.Entity, w.report.EntityKey = e.Name, s.view.Key
		return nil
	}
	w.note("no entity of the model matches: such an item is audited, and becomes no document and no event")
	return nil
}

// record is the item's change as an event of Lambda's. Its stream and sequence number are of no consequence.
func (w *why) record() []byte {
	op, image, member := "INSERT", w.report.Item, "NewImage"
	if string(image) == "null" {
		op, image, member = "REMOVE", w.lastImage(), "OldImage"
	}
	return fmt.Appendf(nil, `{"Records":[{"eventID":"why","eventName":%q,"eventSource":"aws:dynamodb",`+
		`"eventSourceARN":"arn:aws:dynamodb:none:000000000000:table/none/stream/2000-01-01T00:00:00.000",`+
		`"dynamodb":{"ApproximateCreationDateTime":%d,"SequenceNumber":"1","StreamViewType":"NEW_AND_OLD_IMAGES",`+
		`"Keys":%s,%q:%s}}]}`, op, w.now.Unix(), w.key, member, image)
}

func (w *why) lastImage() []byte {
	for i := len(w.lines) - 1; i >= 0; i-- {
		for _, image := range []json.RawMessage{w.lines[i].New, w.lines[i].Old} {
			if len(image) > 0 && string(image) != "null" {
				return image
			}
		}
	}
	return w.key
}

func (w *why) note(format string, args ...any) {
	w.report.Notes = append(w.report.Notes, fmt.Sprintf(format, args...))
}

func (w *why) wrong(format string, args ...any) {
	w.report.Wrong = append(w.report.Wrong, fmt.Sprintf(format, args...))
}

func (w *why) unproven(format string, args ...any) {
	w.report.Unproven = append(w.report.Unproven, fmt.Sprintf(format, args...))
}
