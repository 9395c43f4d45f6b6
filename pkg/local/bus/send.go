package bus

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/outflow-dev/outflow/internal/jcs"
)

// requestTimeout is what an API destination has to answer.
const requestTimeout = 5 * time.Second

// refusal is a failed attempt of which the target said what comes next.
type refusal struct {
	message string
	code    string        // the service's, for dead letters
	final   bool          // another attempt would fail as well
	after   time.Duration // not before; 0 means any time
}

func (r *refusal) Error() string { return r.message }

// newClient follows no redirect: an API destination does not either.
func newClient() *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: maxSending, IdleConnTimeout: time.Minute}
	return &http.Client{
		Transport:     transport,
		Timeout:       requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send makes one attempt.
func (b *Bus) send(ctx context.Context, t *target, d *delivery) error {
	event, err := b.body(t, d)
	if err != nil {
		return err
	}
	switch name := functionName(t.Arn); {
	case isURL(t.Arn):
		return b.post(ctx, t.Arn, event)
	case name != "":
		return b.invoke(ctx, name, event)
	default:
		return b.enqueue(resource(t.Arn, "sqs"), event)
	}
}

func (b *Bus) post(ctx context.Context, url string, event []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(event))
	if err != nil {
		return &refusal{message: err.Error(), final: true}
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("User-Agent", "Amazon/EventBridge/ApiDestinations")
	response, err := b.client.Do(request)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)) // so that the connection can be used again
	_ = response.Body.Close()
	return judge(response)
}

// judge knows an API destination's rules: 401, 407, 409, 429 and 5xx are tried again, everything else but 2xx not.
func judge(response *http.Response) error {
	status := response.StatusCode
	if status/100 == 2 {
		return nil
	}
	refused := &refusal{message: "the subscriber answered " + response.Status, code: errorFromTarget}
	if status == http.StatusTooManyRequests {
		refused.code = throttling
	}
	switch {
	case status == http.StatusUnauthorized, status == http.StatusProxyAuthRequired, status == http.StatusConflict,
		status == http.StatusTooManyRequests, status/100 == 5:
		refused.after = retryAfter(response.Header.Get("Retry-After"))
	default:
		refused.final = true
	}
	return refused
}

// retryAfter reads seconds; a date, as of no use without a common clock, is passed over.
func retryAfter(header string) time.Duration {
	seconds, err := strconv.ParseUint(header, 10, 16)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

func (b *Bus) invoke(ctx context.Context, name string, event []byte) error {
	function := b.cfg.Functions[name]
	if function == nil {
		return &refusal{message: "there is no function " + name, code: noResource, final: true}
	}
	return function.Invoke(ctx, event)
}

func (b *Bus) enqueue(queue string, event []byte) error {
	file, err := b.queues.queue(queue)
	if err != nil {
		return err
	}
	return file.append(append(asLine(event), '\n'))
}

// asLine puts a message on one line: JSON as it is, any other text, which a transformer can make, as a JSON string.
func asLine(message []byte) []byte {
	var line bytes.Buffer
	if json.Compact(&line, message) == nil {
		return line.Bytes()
	}
	return jcs.AppendString(nil, string(message))
}
