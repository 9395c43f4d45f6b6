package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/outflow-dev/outflow/internal/jcs"
)

// Limits of one synchronous invocation: 6 MB each way; the service grants a response 100 bytes more.
const (
	MaxPayload  = 6 << 20
	MaxResponse = 6<<20 + 100
)

// What Invoke refuses without touching an instance.
var (
	// ErrThrottled says that as many invocations are running as the function may (429 TooManyRequestsException).
	// The caller tries again later, as an event source mapping does.
	ErrThrottled = errors.New("TooManyRequestsException: the function runs at its concurrency; try again later")
	// ErrTooLarge says that the payload is above MaxPayload (413 RequestTooLargeException). The caller sends less.
	ErrTooLarge = errors.New("RequestTooLargeException: a payload has at most 6291456 bytes")
	// ErrNotJSON says that the payload is no JSON (400 InvalidRequestContentException).
	ErrNotJSON = errors.New("InvalidRequestContentException: a payload must be JSON")
	// ErrStopped says that the function was stopped; it takes no more invocations.
	ErrStopped = errors.New("the function was stopped")
)

// Outcome says how an invocation ended.
type Outcome string

// The outcomes. All but Succeeded and Failed cost the instance; so does a Failed whose runtime then exits (a panic).
const (
	Succeeded   Outcome = "succeeded"
	Failed      Outcome = "failed"        // the function reported an error
	TimedOut    Outcome = "timed out"     // killed at the function's time-out
	Crashed     Outcome = "crashed"       // the process ended without an answer, or was killed from outside
	OutOfMemory Outcome = "out of memory" // killed above the function's memory
	InitFailed  Outcome = "init failed"   // the process never got as far as asking for work, twice
)

// Result is one invocation that Lambda took.
type Result struct {
	RequestID string
	Outcome   Outcome
	// Payload is the function's response, or for every other outcome the JSON that Lambda answers with the header
	// X-Amz-Function-Error: {"errorType", "errorMessage"} and whatever else the runtime reported.
	Payload      []byte
	Error        *FunctionError // nil only if Succeeded
	Cold         bool           // a new instance was started for it
	PID          int            // of the instance; 0 where none could be started
	Duration     time.Duration  // from the hand-over to the runtime's next request for work
	InitDuration time.Duration  // of the init that preceded a cold one
	MaxMemory    int64          // bytes resident at most in the instance's life so far; 0 where it could not be read
}

// Err is nil if the invocation succeeded, else its FunctionError.
func (r *Result) Err() error {
	if r.Error == nil {
		return nil
	}
	return r.Error
}

// FunctionError is what an invocation that did not succeed answers. Types that the host itself gives:
// Sandbox.Timedout, Runtime.ExitError, Runtime.OutOfMemory, Runtime.InvalidEntrypoint, Function.ResponseSizeTooLarge.
type FunctionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

// Error names the type and the message.
func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }

// answer is what a runtime posts for an invocation: a response, or an error with the JSON that describes it.
type answer struct {
	body  []byte
	fault *FunctionError
}

// reported reads the JSON of an error. One that is no such JSON keeps its bytes as the message.
func reported(body []byte, fallbackType string) *answer {
	fault := &FunctionError{}
	if err := json.Unmarshal(body, fault); err != nil {
		fault = &FunctionError{Message: string(body)}
	}
	if fault.Type == "" {
		fault.Type = fallbackType
	}
	return &answer{body: body, fault: fault}
}

// given makes the answer that the host gives in the place of a runtime that did not.
func given(requestID, kind, format string, args ...any) *answer {
	message := fmt.Sprintf("RequestId: %s Error: ", requestID) + fmt.Sprintf(format, args...)
	body := jcs.AppendString([]byte(`{"errorType":`), kind)
	body = append(jcs.AppendString(append(body, `,"errorMessage":`...), message), '}')
	return &answer{body: body, fault: &FunctionError{Type: kind, Message: message}}
}
