package awsfake

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// queue is a queue of SQS, in the order in which messages came.
type queue struct {
	attributes map[string]string
	messages   []message
	read       int // of what the bus has delivered
	sent       int // messages so far
}

type message struct {
	id, body  string
	at        time.Time
	delivered bool // and not deleted: it comes again when Again is called
}

// Queues are the names of the queues.
func (a *AWS) Queues() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(maps.Keys(a.queues))
}

// Attributes are those that a queue was made with.
func (a *AWS) Attributes(name string) map[string]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.queues[name].attributes
}

// MakeQueue makes a queue, as a tail that was killed has left it.
func (a *AWS) MakeQueue(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.queues[name] = &queue{}
}

// Send puts a message into every queue, as if it had come at that time.
func (a *AWS) Send(body string, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, q := range a.queues {
		q.add(body, at)
	}
}

func (q *queue) add(body string, at time.Time) {
	q.sent++
	q.messages = append(q.messages, message{id: "m" + strconv.Itoa(q.sent), body: body, at: at})
}

// Again makes what was read and not deleted visible again.
func (a *AWS) Again() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, q := range a.queues {
		for i := range q.messages {
			q.messages[i].delivered = false
		}
	}
}

// request is what any of the operations is called with.
type request struct {
	QueueName, QueueUrl  string
	Attributes           map[string]string
	MaxNumberOfMessages  int
	WaitTimeSeconds      int
	Entries              []struct{ Id, ReceiptHandle string }
	SystemAttributeNames []string `json:"MessageSystemAttributeNames"`
}

func (a *AWS) serveQueue(w http.ResponseWriter, r *http.Request, operation string) {
	var in request
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"__type": "SerializationException", "message": err.Error()})
		return
	}
	name := in.QueueName
	if name == "" {
		name = path.Base(in.QueueUrl)
	}
	if operation == "ReceiveMessage" {
		a.await(r, name, in.WaitTimeSeconds)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	q := a.queues[name]
	if operation == "CreateQueue" && q == nil {
		q = &queue{attributes: in.Attributes}
		a.queues[name] = q
	}
	if q == nil {
		answer(w, http.StatusBadRequest, map[string]string{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no queue " + name})
		return
	}
	switch operation {
	case "CreateQueue", "GetQueueUrl":
		answer(w, http.StatusOK, map[string]string{"QueueUrl": a.URL + "/000000000000/" + name})
	case "ReceiveMessage":
		answer(w, http.StatusOK, map[string]any{"Messages": q.receive(in.MaxNumberOfMessages)})
	case "DeleteMessageBatch":
		answer(w, http.StatusOK, q.delete(&in))
	case "DeleteQueue":
		delete(a.queues, name)
		answer(w, http.StatusOK, map[string]any{})
	default:
		answer(w, http.StatusBadRequest, map[string]string{"__type": "UnknownOperationException", "message": operation})
	}
}

// await returns when there is something to receive, and else soon.
func (a *AWS) await(r *http.Request, name string, seconds int) {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for range 5 * seconds { // a hundredth of the time
		if a.filled(name) {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
	}
}

// filled takes what the bus has delivered, and says whether there is a message.
func (a *AWS) filled(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	q := a.queues[name]
	if q == nil {
		return true
	}
	for _, event := range a.Delivered(name)[q.read:] {
		q.add(event, time.Now())
		q.read++
	}
	return slices.ContainsFunc(q.messages, func(m message) bool { return !m.delivered })
}

// Delivered is what the bus has delivered to the queue of that name, be it here or elsewhere.
func (a *AWS) Delivered(name string) []string {
	content, err := os.ReadFile(filepath.Join(a.folder, name+".ndjson"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.t.Errorf("read the queue of the bus: %v", err)
	}
	lines := strings.Split(string(content), "\n")
	return lines[:len(lines)-1] // the last is empty, or not whole yet
}

func (q *queue) receive(limit int) []map[string]any {
	out := []map[string]any{}
	for i := range q.messages {
		m := &q.messages[i]
		if m.delivered || len(out) == limit {
			continue
		}
		m.delivered = true
		sum := md5.Sum([]byte(m.body))
		out = append(out, map[string]any{"MessageId": m.id, "ReceiptHandle": m.id, "Body": m.body, "MD5OfBody": hex.EncodeToString(sum[:]),
			"Attributes": map[string]string{"SentTimestamp": strconv.FormatInt(m.at.UnixMilli(), 10)}})
	}
	return out
}

func (q *queue) delete(in *request) any {
	type entry struct{ Id string }
	out := struct{ Successful, Failed []entry }{Failed: []entry{}}
	for _, e := range in.Entries {
		q.messages = slices.DeleteFunc(q.messages, func(m message) bool { return m.id == e.ReceiptHandle })
		out.Successful = append(out.Successful, entry{e.Id})
	}
	return out
}
