package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/operator"
	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

const (
	// invocationTime is longer than any invocation takes (15 minutes).
	invocationTime = 16 * time.Minute
	// maxInline is the size of a request's keys at most: with the cursor it stays below the 6 MB of an invocation.
	maxInline = 4 << 20
)

// operatorFunction is a deployed operator function.
type operatorFunction struct {
	client *lambda.Client
	name   string
}

func (d *deployment) operator(name string) *operatorFunction {
	return &operatorFunction{name: name, client: lambda.NewFromConfig(d.aws, func(o *lambda.Options) {
		o.HTTPClient = awshttp.NewBuildableClient().WithTimeout(invocationTime).
			WithTransportOptions(func(t *http.Transport) { t.ResponseHeaderTimeout = invocationTime })
		o.Retryer = aws.NopRetryer{} // a second invocation beside one whose answer is late would do its work again
		if endpoint := os.Getenv("AWS_ENDPOINT_URL_LAMBDA"); endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
	})}
}

// patience with a function that runs at its concurrency, or is being updated: some four minutes.
var functionRetry = consume.Retry{First: time.Second, Max: 20 * time.Second, Attempts: 15}

// invoke asks the function once. counts is what the answer's counts are read into.
func (f *operatorFunction) invoke(ctx context.Context, r *operator.Request, counts any) (operator.Answer, error) {
	payload, err := json.Marshal(r)
	if err != nil {
		return operator.Answer{}, err
	}
	a := operator.Answer{Counts: counts}
	pauses := functionRetry.Start()
	for {
		out, err := f.client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &f.name, Payload: payload})
		if isBusy(err) && pauses.Wait(ctx) {
			continue
		}
		if err != nil {
			return a, fmt.Errorf("invoke function %s: %w", f.name, err)
		}
		if out.FunctionError != nil {
			return a, fmt.Errorf("function %s: %s", f.name, functionError(out.Payload))
		}
		if err := json.Unmarshal(out.Payload, &a); err != nil {
			return a, fmt.Errorf("function %s answers what no operator function does: is it the right one? %w", f.name, err)
		}
		return a, nil
	}
}

func isBusy(err error) bool {
	busy, updated := (*types.TooManyRequestsException)(nil), (*types.ResourceConflictException)(nil)
	return errors.As(err, &busy) || errors.As(err, &updated)
}

func functionError(payload []byte) string {
	var said struct {
		Message string `json:"errorMessage"`
	}
	if err := json.Unmarshal(payload, &said); err != nil || said.Message == "" {
		return string(payload)
	}
	return said.Message
}

// invoke has the function do the backfill, an invocation after another.
func (c *searchBackfillCommand) invoke(ctx context.Context, d *deployment, files *backfillFiles, progress *backfillProgress) error {
	r := operator.Request{Job: operator.Backfill, Options: c.options()}
	var err error
	if c.Keys != "" {
		if r.Keys, err = c.inlineKeys(ctx, d); err != nil {
			return err
		}
	}
	if r.Cursor, err = files.read(); err != nil {
		return err
	}
	if err := progress.goOn(r.Cursor); err != nil {
		return files.explain(err)
	}
	state, f := &backfill.State{}, d.operator(c.Function)
	for first := true; ; first = false {
		var answer operator.Answer
		answer, err = f.invoke(ctx, &r, &backfill.Counts{})
		if err != nil && first {
			return files.explain(err)
		}
		if err == nil {
			state, err = c.take(&answer, files, progress, first)
			r.Cursor = answer.Cursor
		}
		if err != nil || answer.Done {
			return c.verdict(ctx, err, state, files, progress)
		}
	}
}

// take keeps what an invocation has done.
func (c *searchBackfillCommand) take(
	a *operator.Answer, files *backfillFiles, progress *backfillProgress, first bool,
) (*backfill.State, error) {
	var state backfill.State
	if err := json.Unmarshal(a.Cursor, &state); err != nil || a.Plan == nil {
		return &state, errors.Join(errors.New("the function's answer has no state to go on from"), err)
	}
	if len(a.Poison) > 0 {
		if err := files.poisoned(a.Poison); err != nil {
			return &state, err
		}
	}
	if err := files.write(a.Cursor); err != nil {
		return &state, err
	}
	if first {
		if err := progress.of(a.Plan).begin(); err != nil {
			return &state, err
		}
	}
	progress.pass(&state.Counts)
	if a.Stopped != "" {
		return &state, errors.New(a.Stopped)
	}
	return &state, nil
}

// inlineKeys are the keys as the request holds them.
func (c *searchBackfillCommand) inlineKeys(ctx context.Context, d *deployment) ([]json.RawMessage, error) {
	content, err := readFile(c.Keys, maxInline)
	if err == nil && len(content) > maxInline {
		err = fmt.Errorf("%s is longer than %d bytes: split it, or leave out --function", c.Keys, maxInline)
	}
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	list := backfill.Keys{Lines: bytes.NewReader(content), Size: int64(len(content)), Parse: d.parseKey}
	if _, _, err := list.Check(); err != nil {
		return nil, fmt.Errorf("read keys from %s: %w", c.Keys, err)
	}
	var keys []json.RawMessage
	for page, err := range list.Pages(ctx, 0, "") {
		if err != nil {
			return nil, err
		}
		for _, key := range page.Keys {
			keys = append(keys, key)
		}
	}
	return keys, nil
}
