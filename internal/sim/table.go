package sim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/search"
)

const (
	streamLabel = "2000-01-01T00:00:00.000"
	streamARN   = "arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/" + streamLabel
)

// item is an item's attributes as DynamoDB's JSON has them, such as {"PK": {"S": "USER#u1"}}.
type item map[string]map[string]any

func text(s string) map[string]any   { return map[string]any{"S": s} }
func number(s string) map[string]any { return map[string]any{"N": s} }

// key is the item's primary key as DynamoDB's JSON, the name under which the world knows it. All keys are plain texts.
func (i item) key() string {
	return fmt.Sprintf(`{"PK":{"S":"%s"},"SK":{"S":"%s"}}`, i["PK"]["S"], i["SK"]["S"])
}

func encode(v any) string {
	content, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err)) // maps of strings always encode
	}
	return string(content)
}

// commit is one committed change, and its record in the stream.
type commit struct {
	number   int // from 0, in order of commit
	key      string
	op       string
	old, new json.RawMessage // items; nil where there is none
	sequence string
	id       string
	at       time.Time // as the stream tells it
	made     time.Time // when it was really committed
	cause    string
	body     json.RawMessage
	change   *change.Change // decoded by the first model; nil where the record is poison

	asked      []*asked           // events
	operations []search.Operation // on documents
}

// row is an item in the table, and its JSON.
type row struct {
	item item
	text json.RawMessage
}

// table is the table, and all that was ever committed to it.
type table struct {
	items    map[string]row
	commits  []*commit
	history  map[string][]*commit // by key
	sequence uint64
	grain    time.Duration // to which the stream rounds times down
}

// write is one write of a transaction: the item as it is to be, or nil to delete it.
type write struct {
	key    string
	item   item
	cause  string
	absent bool // on the condition that the item is not there
	broken bool // the record in the stream is one that does not decode
}

// commit commits the writes together, or none of them where the condition of one fails. A write that changes nothing
// makes no record.
func (w *world) commit(writes ...write) {
	for _, one := range writes {
		if _, there := w.table.items[one.key]; there && one.absent {
			w.tell("table: refuses %d writes: %s is there", len(writes), one.key)
			return
		}
	}
	for _, one := range writes {
		old, now := w.table.items[one.key], row{item: one.item}
		if one.item != nil {
			now.text = json.RawMessage(encode(one.item))
		}
		if bytes.Equal(old.text, now.text) {
			continue
		}
		c := w.newCommit(one, old.text, now.text)
		if one.item == nil {
			delete(w.table.items, one.key)
		} else {
			w.table.items[one.key] = now
		}
		w.table.commits = append(w.table.commits, c)
		w.table.history[one.key] = append(w.table.history[one.key], c)
		w.stream.append(c)
		w.oracle.committed(c)
		w.tell("table: %s %s %s", c.op, c.key, c.sequence)
	}
}

func (w *world) newCommit(one write, old, now json.RawMessage) *commit {
	t := &w.table
	t.sequence += 1 + w.work.Uint64N(1000)
	made := time.Now().UTC()
	c := &commit{
		number: len(t.commits), key: one.key, old: old, new: now, made: made, at: made.Truncate(t.grain),
		sequence: fmt.Sprintf("%021d", t.sequence), cause: one.cause,
	}
	sum := sha256.Sum256([]byte(c.sequence))
	c.id = hex.EncodeToString(sum[:16])
	switch {
	case old == nil:
		c.op = model.Insert
	case one.item == nil:
		c.op = model.Remove
	default:
		c.op = model.Modify
	}
	c.body = c.record(one.broken)
	if !one.broken {
		c.change = w.decode(c.body)
	}
	return c
}

// record is the stream record as Lambda delivers it. A broken one has a number that is none.
func (c *commit) record(broken bool) json.RawMessage {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"eventID":"%s","eventName":"%s","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-west-1",`+
		`"eventSourceARN":"%s","dynamodb":{"ApproximateCreationDateTime":%d,"Keys":%s,"SequenceNumber":"%s","SizeBytes":100,`+
		`"StreamViewType":"NEW_AND_OLD_IMAGES"`, c.id, eventNames[c.op], streamARN, c.at.Unix(), c.key, c.sequence)
	if c.old != nil {
		fmt.Fprintf(&b, `,"OldImage":%s`, c.old)
	}
	switch {
	case broken:
		fmt.Fprintf(&b, `,"NewImage":%s,"broken":{"N":"no number"}}`, strings.TrimSuffix(c.key, "}"))
	case c.new != nil:
		fmt.Fprintf(&b, `,"NewImage":%s`, c.new)
	}
	b.WriteByte('}')
	if c.cause == change.CauseTTL {
		b.WriteString(`,"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"}`)
	}
	b.WriteByte('}')
	return b.Bytes()
}

var eventNames = map[string]string{model.Insert: "INSERT", model.Modify: "MODIFY", model.Remove: "REMOVE"}

// decode decodes one record by the first model.
func (w *world) decode(body json.RawMessage) *change.Change {
	changes, err := change.Decode(w.models[0], []byte(`{"Records":[`+string(body)+`]}`))
	if err != nil || len(changes) != 1 || changes[0].Fault != nil {
		panic(fmt.Sprintf("the world made a record that does not decode: %v %s", err, body))
	}
	return &changes[0]
}

func hashOf(key string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(key))
	return h.Sum64()
}

// normal is a key as the world knows it, whatever its spelling.
func normal(key []byte) string {
	var i item
	if err := json.Unmarshal(key, &i); err != nil {
		panic(fmt.Sprintf("not a key: %v: %s", err, key))
	}
	return encode(i)
}
