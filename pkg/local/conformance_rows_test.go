package local_test

import (
	"encoding/json"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local"
	"github.com/outflow-dev/outflow/pkg/local/lambda"
)

// Where a row's behaviour is written down: guide, page, section.
const (
	docStreams     = "Lambda developer guide, Using AWS Lambda with Amazon DynamoDB, Polling and batching streams"
	docEvent       = "Lambda developer guide, Using AWS Lambda with Amazon DynamoDB, Example event"
	docErrors      = "Lambda developer guide, Retain discarded records for a DynamoDB event source, the page's beginning"
	docDestination = "Lambda developer guide, Retain discarded records for a DynamoDB event source, Example Amazon S3 invocation record"
	docConditions  = "Lambda developer guide, Configuring partial batch response with DynamoDB and Lambda, Success and failure conditions"
	docReport      = "Lambda developer guide, Configuring partial batch response with DynamoDB and Lambda, Report syntax"
	docBisect      = "Lambda developer guide, Configuring partial batch response with DynamoDB and Lambda, Bisecting a batch"
	docInit        = "Lambda developer guide, Understanding the Lambda execution environment lifecycle, Failures during the Init phase"
	docInvoke      = "Lambda developer guide, Understanding the Lambda execution environment lifecycle, Failures during the invoke phase"
	docQuotas      = "Lambda developer guide, Lambda quotas, Function configuration, deployment, and execution"
	docFilter      = "Lambda developer guide, Control which events Lambda sends to your function, the page's beginning"
)

const okAnswer = `{"batchItemFailures":[]}`

func failing(identifier string) string {
	return `{"batchItemFailures":[{"itemIdentifier":"` + identifier + `"}]}`
}

func conformanceRows() []conformance {
	return append(append(answers(), crashes()...), settings()...)
}

// answers are rows about what the function returns.
func answers() []conformance {
	whole := []string{"1-10", "1-10"}
	return []conformance{
		{name: "a success moves on", source: docStreams, script: []string{okAnswer}, records: 12, batches: []string{"1-10", "11-12"}, processes: 1},
		{name: "an error brings the whole batch again", source: docErrors, script: []string{"error", okAnswer}, records: 10, batches: whole, processes: 1},
		{name: "a null answer is success", source: docConditions, script: []string{"null"}, records: 10, batches: whole[:1]},
		{name: "an empty answer is success", source: docConditions, script: []string{"{}"}, records: 10, batches: whole[:1]},
		{name: "a named record comes again with all behind it", source: docReport, script: []string{failing("7"), okAnswer}, records: 10, batches: []string{"1-10", "7-10"}},
		{name: "an empty identifier fails the whole batch", source: docConditions, script: []string{failing(""), okAnswer}, records: 10, batches: whole},
		{
			name: "a bad key name fails the whole batch", source: docConditions,
			script: []string{`{"batchItemFailures":[{"ItemIdentifier":"7"}]}`, okAnswer}, records: 10, batches: whole,
		},
		{
			name: "an answer beyond 6 MB is an error", source: docQuotas, script: []string{"large", okAnswer}, records: 10, batches: whole,
			check: func(c *conformed) { require.Contains(c, c.log, "unexpected status code: 413") },
		},
		{
			name: "the event has the documented members", source: docEvent, script: []string{okAnswer}, records: 1, batches: []string{"1-1"},
			check: func(c *conformed) {
				var event struct{ Records []map[string]any }
				require.NoError(c, json.Unmarshal(c.events[0], &event))
				require.Equal(c, streamARN, event.Records[0]["eventSourceARN"])
				require.Equal(c, "1", event.Records[0]["dynamodb"].(map[string]any)["SequenceNumber"])
			},
		},
	}
}

// crashes are rows about functions that end without an answer.
func crashes() []conformance {
	whole := []string{"1-10", "1-10"}
	return []conformance{
		{name: "a panic is an error, and the next process is new", source: docInvoke, script: []string{"panic", okAnswer}, records: 10, batches: whole, processes: 2},
		{name: "an exit is an error, and the next process is new", source: docInvoke, script: []string{"exit", okAnswer}, records: 10, batches: whole, processes: 2},
		{
			name: "a time-out is an error, and the next process is new", source: docInvoke, script: []string{"hang", okAnswer}, records: 10,
			config: func(_ *local.Driver, f *lambda.Config) { f.Timeout = 2 * time.Second },
			check: func(c *conformed) {
				require.Greater(c, len(c.batches), 1) // more on a machine so loaded that the next one is late too
				require.Equal(c, c.batches[0], c.batches[1])
				require.Greater(c, c.processes, 1)
				require.Contains(c, c.log, "Task timed out after 2.00 seconds")
			},
		},
		{
			name: "exhausted memory is an error, and the next process is new", source: docInvoke, script: []string{"leak", okAnswer}, records: 10,
			batches: whole, processes: 2,
			check: func(c *conformed) { require.Contains(c, c.log, "Runtime.OutOfMemory") },
		},
		{
			name: "an init that fails is a failed invocation", source: docInit, script: []string{"init fails"}, records: 10,
			config: func(d *local.Driver, _ *lambda.Config) { d.Mapping.MaximumRetryAttempts, d.Mapping.OnFailure = 1, true },
			kept:   &keptFailure{},
			check: func(c *conformed) {
				require.Equal(c, 20, c.metrics.FailedInvokeEventCount, "once, and once again")
				require.Contains(c, c.kept.body, `"approximateInvokeCount":2`)
			},
		},
	}
}

// settings are rows about what the mapping is set to.
func settings() []conformance {
	return []conformance{
		{
			name: "bisect finds the bad record", source: docBisect, records: 4, kept: &keptFailure{},
			script: []string{"error", okAnswer, "error", "error", okAnswer},
			config: func(d *local.Driver, _ *lambda.Config) {
				d.Mapping.BisectBatchOnFunctionError, d.Mapping.MaximumRetryAttempts, d.Mapping.OnFailure = true, 0, true
			},
			batches: []string{"1-4", "1-2", "3-4", "3-3", "4-4"},
			check: func(c *conformed) {
				require.Contains(c, c.kept.body, `"startSequenceNumber":"3","endSequenceNumber":"3"`)
				require.Equal(c, 1, c.metrics.OnFailureDestinationDeliveredEventCount)
			},
		},
		{
			name: "retries are counted, and what is given up is kept whole", source: docDestination, script: []string{"error"}, records: 2,
			config: func(d *local.Driver, _ *lambda.Config) { d.Mapping.MaximumRetryAttempts, d.Mapping.OnFailure = 2, true },
			kept:   &keptFailure{}, batches: []string{"1-2", "1-2", "1-2"},
			check: func(c *conformed) {
				var object struct {
					RequestContext  struct{ RequestID, Condition string }
					ResponseContext struct{ FunctionError string }
					Payload         string
				}
				require.NoError(c, json.Unmarshal([]byte(c.kept.body), &object))
				require.Equal(c, "RetryAttemptsExhausted", object.RequestContext.Condition)
				require.Contains(c, c.log, "START RequestId: "+object.RequestContext.RequestID, "the id of a real invocation")
				require.Equal(c, "Unhandled", object.ResponseContext.FunctionError)
				require.JSONEq(c, string(c.events[2]), object.Payload)
			},
		},
		{
			name: "throttling costs no retry", source: docErrors, script: []string{okAnswer}, records: 5,
			config: func(d *local.Driver, f *lambda.Config) {
				d.Mapping.ParallelizationFactor, d.Mapping.MaximumRetryAttempts, d.Mapping.BatchSize, f.Concurrency = 10, 0, 1, 1
			},
			check: func(c *conformed) {
				require.Len(c, c.batches, 5)
				require.Zero(c, c.metrics.DroppedEventCount)
				require.Positive(c, c.metrics.FailedInvokeEventCount, "some were throttled")
			},
		},
		{
			name: "lanes run in processes of their own at the same time", source: docStreams, script: []string{"meet"}, records: 2,
			config: func(d *local.Driver, _ *lambda.Config) {
				d.Mapping.ParallelizationFactor, d.Mapping.BatchSize, d.Mapping.ReportBatchItemFailures = 10, 1, false
			},
			processes: 2,
		},
		{
			name: "what the filter does not match does not reach the function", source: docFilter, script: []string{okAnswer}, records: 10,
			config: func(d *local.Driver, _ *lambda.Config) {
				d.Mapping.Filters = []string{`{"dynamodb":{"SequenceNumber":["3"]}}`, `{"dynamodb":{"SequenceNumber":["8"]}}`}
			},
			batches: []string{"3-8"},
			check:   func(c *conformed) { require.Equal(c, 8, c.metrics.FilteredOutEventCount) },
		},
	}
}
