package mapping_test

import (
	"fmt"
	"time"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

// A driver carries effects out and tells how they ended. This one has a stream of three records, and a function that
// fails on the second of them the first time.
func Example() {
	config := mapping.Defaults()
	config.ID, config.StreamARN, config.FunctionARN = "f89f8514", "arn:aws:dynamodb:...", "arn:aws:lambda:..."
	config.StartingPosition, config.ReportBatchItemFailures = mapping.TrimHorizon, true
	machine, err := mapping.New(config, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 11, 14, 0, 0, 0, 0, time.UTC)
	inputs := []mapping.Input{mapping.Tick{}}
	for len(inputs) > 0 && now.Minute() == 0 {
		effects := machine.Step(now, inputs[0])
		inputs = inputs[1:]
		for _, effect := range effects {
			switch e := effect.(type) {
			case mapping.ListShards:
				inputs = append(inputs, mapping.ShardsListed{Shards: []mapping.Shard{{ID: "shard-1"}}})
			case mapping.Read:
				inputs = append(inputs, mapping.RecordsRead{Read: e.ID, Records: []mapping.Record{
					{Sequence: "101", Created: now}, {Sequence: "102", Created: now}, {Sequence: "103", Created: now},
				}, End: true})
			case mapping.Invoke:
				answer := `{"batchItemFailures":[]}`
				if e.Attempt == 1 {
					answer = `{"batchItemFailures":[{"itemIdentifier":"102"}]}`
				}
				fmt.Println("invoke with", sequences(e.Records), "->", answer)
				inputs = append(inputs, mapping.InvocationEnded{Invocation: e.ID, Response: []byte(answer)})
			case mapping.SaveCheckpoint:
				fmt.Println("checkpoint", e.Checkpoint.Position, e.Checkpoint.Done)
			case mapping.WakeAt:
				if len(inputs) == 0 {
					now = e.At // nothing else is under way
					inputs = append(inputs, mapping.Tick{})
				}
			}
		}
	}
	// Output:
	// checkpoint TRIM_HORIZON false
	// checkpoint AT_SEQUENCE_NUMBER 101 false
	// invoke with 101 102 103 -> {"batchItemFailures":[{"itemIdentifier":"102"}]}
	// checkpoint AFTER_SEQUENCE_NUMBER 101 false
	// invoke with 102 103 -> {"batchItemFailures":[]}
	// checkpoint AFTER_SEQUENCE_NUMBER 103 true
}
