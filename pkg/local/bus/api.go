package bus

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxRequest bounds a request: ten entries of 1 MiB, every byte of which JSON may write as six.
const maxRequest = 64 << 20

type operation func(b *Bus, body []byte) (any, error)

// of makes an operation of a function from its input to its output.
func of[I, O any](do func(*Bus, *I) (O, error)) operation {
	return func(b *Bus, body []byte) (any, error) {
		in := new(I)
		if err := decode(body, in); err != nil {
			return nil, err
		}
		return do(b, in)
	}
}

// decode reads an input. What it has that this bus knows nothing of is refused by name rather than passed over.
func decode(body []byte, in any) error {
	if !json.Valid(body) {
		return &fault{Code: "SerializationException", Message: "the request is not JSON"}
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(in)
	if err == nil {
		return nil
	}
	if member, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return invalid("The local bus does not support %s here: leave it out.", strings.Trim(member, `"`))
	}
	return &fault{Code: "SerializationException", Message: err.Error()}
}

func operations() map[string]operation {
	return map[string]operation{
		"PutEvents":         of((*Bus).putEvents),
		"CreateEventBus":    of((*Bus).createEventBus),
		"DescribeEventBus":  of((*Bus).describeEventBus),
		"ListEventBuses":    of((*Bus).listEventBuses),
		"DeleteEventBus":    of((*Bus).deleteEventBus),
		"PutRule":           of((*Bus).putRule),
		"DescribeRule":      of((*Bus).describeRule),
		"ListRules":         of((*Bus).listRules),
		"DeleteRule":        of((*Bus).deleteRule),
		"EnableRule":        of((*Bus).enableRule),
		"DisableRule":       of((*Bus).disableRule),
		"PutTargets":        of((*Bus).putTargets),
		"RemoveTargets":     of((*Bus).removeTargets),
		"ListTargetsByRule": of((*Bus).listTargets),
		"TestEventPattern":  of((*Bus).testEventPattern),
	}
}

// Handler serves EventBridge's protocol (AWS JSON 1.1). Signatures are not checked.
func (b *Bus) Handler() http.Handler {
	table := operations()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out, err := b.serve(table, r)
		b.respond(w, out, err)
	})
}

func (b *Bus) serve(table map[string]operation, r *http.Request) (any, error) {
	name, ours := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "AWSEvents.")
	do := table[name]
	switch {
	case r.Method != http.MethodPost || !ours:
		return nil, &fault{Code: "UnknownOperationException", Message: "this is an EventBridge endpoint (AWS JSON 1.1): " +
			"POST with X-Amz-Target: AWSEvents.<operation>"}
	case do == nil:
		known := strings.Join(slices.Sorted(maps.Keys(table)), ", ")
		return nil, &fault{Code: "UnknownOperationException", Message: "the local bus has no " + name + ", only " + known}
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxRequest))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return nil, &fault{Code: "RequestEntityTooLargeException", Message: err.Error(), status: http.StatusRequestEntityTooLarge}
	}
	if err != nil {
		return nil, &fault{Code: "SerializationException", Message: err.Error()}
	}
	b.gate.RLock()
	defer b.gate.RUnlock()
	if b.closed {
		return nil, &fault{Code: "ServiceUnavailable", Message: "the bus was closed", status: http.StatusServiceUnavailable}
	}
	return do(b, body)
}

func (b *Bus) respond(w http.ResponseWriter, out any, err error) {
	status := http.StatusOK
	if err != nil {
		f := asFault(err)
		status = f.status
		w.Header().Set("X-Amzn-ErrorType", f.Code)
		out = map[string]string{"__type": f.Code, "message": f.Message}
	}
	body, err := json.Marshal(out)
	if err != nil { // outputs are plain structs
		status, body = http.StatusInternalServerError, []byte(`{"__type":"InternalException"}`)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-RequestId", b.cfg.NewID())
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // fails only where the caller is gone
}

func asFault(err error) *fault {
	f := new(fault)
	if !errors.As(err, &f) {
		f = &fault{Code: "InternalException", Message: err.Error(), status: http.StatusInternalServerError}
	}
	if f.status == 0 {
		return &fault{Code: f.Code, Message: f.Message, status: http.StatusBadRequest}
	}
	return f
}

// empty is the output of operations that have none.
type empty struct{}
