package lambda

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/outflow-dev/outflow/internal/jcs"
)

// api is the Runtime API ("Using the Lambda runtime API for custom runtimes") with as much of the Extensions API as a
// runtime needs that registers itself in order to get SIGTERM.
func (i *instance) api() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", i.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", i.response)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", i.failure)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", i.initError)
	mux.HandleFunc("POST /2020-01-01/extension/register", i.register)
	mux.HandleFunc("GET /2020-01-01/extension/event/next", i.extensionNext)
	return mux
}

// next waits for an invocation and hands it to the runtime.
func (i *instance) next(w http.ResponseWriter, r *http.Request) {
	if !i.settled() {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "the last invocation has no answer yet")
		return
	}
	select {
	case i.asked <- struct{}{}:
	default: // an earlier request of this runtime, which it gave up, has said so
	}
	select {
	case inv := <-i.work:
		i.send(w, inv)
	case <-r.Context().Done():
	}
}

func (i *instance) send(w http.ResponseWriter, inv *invocation) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(inv.payload)))
	header.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
	header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(inv.deadline.UnixMilli(), 10))
	header.Set("Lambda-Runtime-Invoked-Function-Arn", i.cfg.arn())
	header.Set("Lambda-Runtime-Trace-Id", inv.trace)
	_, _ = w.Write(inv.payload) // fails only where the process dies, which await sees
}

// response takes the function's response. One above the limit becomes a function error, and the runtime is told.
func (i *instance) response(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxResponse+1))
	switch {
	case err != nil:
		refuse(w, http.StatusBadRequest, "InvalidRequest", err.Error())
	case len(body) > MaxResponse:
		_, _ = io.Copy(io.Discard, r.Body) // so that the runtime gets to read the refusal
		message := "Response payload size exceeded maximum allowed payload size (" + strconv.Itoa(MaxResponse) + " bytes)."
		i.accept(w, r, given(r.PathValue("id"), "Function.ResponseSizeTooLarge", "%s", message))
	default:
		i.accept(w, r, brokenOff(r.Trailer, &answer{body: body}))
	}
}

// brokenOff is the answer of a function whose response stream failed half way: its runtime says so in trailers.
func brokenOff(trailer http.Header, whole *answer) *answer {
	kind := trailer.Get("Lambda-Runtime-Function-Error-Type")
	if kind == "" {
		return whole
	}
	body, err := base64.StdEncoding.DecodeString(trailer.Get("Lambda-Runtime-Function-Error-Body"))
	if err != nil {
		body = whole.body
	}
	return reported(body, kind)
}

func (i *instance) failure(w http.ResponseWriter, r *http.Request) {
	if fault := readFault(w, r); fault != nil {
		i.accept(w, r, fault)
	}
}

func (i *instance) initError(w http.ResponseWriter, r *http.Request) {
	fault := readFault(w, r)
	if fault == nil {
		return
	}
	i.mu.Lock()
	i.init = fault
	i.mu.Unlock()
	accepted(w)
}

func readFault(w http.ResponseWriter, r *http.Request) *answer {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxResponse))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", err.Error())
		return nil
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest", err.Error())
		return nil
	}
	kind := r.Header.Get("Lambda-Runtime-Function-Error-Type")
	if kind == "" {
		kind = "Runtime.Unknown"
	}
	return reported(body, kind)
}

// accept takes the first answer to the invocation in hand and refuses every other.
func (i *instance) accept(w http.ResponseWriter, r *http.Request, given *answer) {
	i.mu.Lock()
	known := i.current != nil && i.current.id == r.PathValue("id")
	first := known && i.answer == nil
	if first {
		i.answer = given
	}
	i.mu.Unlock()
	switch {
	case !known:
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
	case !first:
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "the invocation has its answer already")
	case given.fault != nil && given.fault.Type == "Function.ResponseSizeTooLarge":
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", given.fault.Message)
	default:
		accepted(w)
	}
}

func (i *instance) register(w http.ResponseWriter, _ *http.Request) {
	i.registered.Store(true)
	w.Header().Set("Lambda-Extension-Identifier", newID())
	reply(w, http.StatusOK, `{"functionName":"`+i.cfg.Name+`","functionVersion":"`+version+`","handler":"bootstrap"}`)
}

// extensionNext never has an event: Lambda sends none to an extension inside the runtime's own process.
func (i *instance) extensionNext(_ http.ResponseWriter, r *http.Request) {
	<-r.Context().Done()
}

func accepted(w http.ResponseWriter) { reply(w, http.StatusAccepted, `{"status":"OK"}`) }

func refuse(w http.ResponseWriter, status int, kind, message string) {
	body := jcs.AppendString([]byte(`{"errorMessage":`), message)
	reply(w, status, string(append(jcs.AppendString(append(body, `,"errorType":`...), kind), '}')))
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // fails only where the process dies
}
