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
		if err := json.Unmarshal(out.Payload, &a); err != nil || a.Job != r.Job {
			return a, errors.Join(fmt.Errorf("function %s answers what no operator function does: is it the right one?", f.name), err)
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
	job := functionJob{files: files, progress: progress}
	for f := d.operator(c.Function); ; {
		answer, err := f.invoke(ctx, &r, &backfill.Counts{})
		if err == nil {
			err = job.take(&answer, r.Cursor)
			r.Cursor = answer.Cursor
		} else if job.plan == nil {
			return files.explain(err)
		}
		if err != nil || answer.Done {
			return c.verdict(ctx, err, &job.state, files, progress)
		}
	}
}

// functionJob is a backfill that a function does.
type functionJob struct {
	files    *backfillFiles
	progress *backfillProgress
	plan     *backfill.Plan // nil as long as none was made
	state    backfill.State
	idle     int // invocations in a row that moved nothing
}

// idleInvocations in a row are taken for a function that will never get on.
const idleInvocations = 5

// take keeps what an invocation has done that went on from before.
func (j *functionJob) take(a *operator.Answer, before []byte) error {
	if a.Done || !bytes.Equal(bytes.TrimSpace(a.Cursor), bytes.TrimSpace(before)) {
		j.idle = 0
	} else if j.idle++; j.idle == idleInvocations {
		return fmt.Errorf("%d invocations have not moved anything: give the function a longer timeout", j.idle)
	}
	if a.Plan == nil {
		return nil
	}
	if err := json.Unmarshal(a.Cursor, &j.state); err != nil {
		return fmt.Errorf("the function's answer has no state to go on from: %w", err)
	}
	if len(a.Poison) > 0 {
		if err := j.files.poisoned(a.Poison); err != nil {
			return err
		}
	}
	if err := j.files.write(a.Cursor); err != nil {
		return err
	}
	if err := j.begin(a.Plan); err != nil {
		return err
	}
	j.progress.pass(&j.state.Counts)
	if a.Stopped != "" {
		return errors.New(a.Stopped)
	}
	return nil
}

// begin prints the plan, once.
func (j *functionJob) begin(plan *backfill.Plan) error {
	if j.plan != nil {
		return nil
	}
	j.plan = plan
	return j.progress.of(plan).begin()
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
