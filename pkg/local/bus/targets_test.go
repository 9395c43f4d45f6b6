package bus_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTargetsThatAreRefused(t *testing.T) {
	rows := []struct{ name, target, want string }{
		{"bad id", `{"Id":"a b","Arn":"http://x"}`, "ValidationException: 1 validation error detected: Value 'a b' at 'targets.2.member.id' " +
			`failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+`},
		{"long id", `{"Id":"` + strings.Repeat("a", 65) + `"}`, "at 'targets.2.member.id' failed to satisfy constraint: " +
			"Member must have length less than or equal to 64"},
		{"no id", `{"Arn":"http://x"}`, "Value null at 'targets.2.member.id' failed to satisfy constraint: Member must not be null"},
		{"another kind", `{"Id":"a","Arn":"http://x","KinesisParameters":{}}`, "ValidationException: Target a: the local bus has no KinesisParameters"},
		{"two inputs", `{"Id":"a","Arn":"http://x","Input":"1","InputPath":"$"}`,
			"Only one of Input, InputPath, or InputTransformer must be provided for target a."},
		{"bad path", `{"Id":"a","Arn":"http://x","InputPath":"detail"}`, `the path "detail" does not start with $`},
		{"path in brackets", `{"Id":"a","Arn":"http://x","InputPath":"$['detail']"}`, "members are written .name"},
		{"unknown placeholder", `{"Id":"a","Arn":"http://x","InputTransformer":{"InputPathsMap":{"b":"$.id"},"InputTemplate":"<b> <c>"}}`,
			"InputTemplate for target a contains invalid placeholder c."},
		{"event without a documented form", `{"Id":"a","Arn":"http://x","InputTransformer":{"InputTemplate":"<aws.events.event>"}}`,
			"invalid placeholder aws.events.event."},
		{"reserved variable", `{"Id":"a","Arn":"http://x","InputTransformer":{"InputPathsMap":{"AWS.x":"$.id"},"InputTemplate":"1"}}`,
			`a variable cannot be called "AWS.x"`},
		{"bad path of a variable", `{"Id":"a","Arn":"http://x","InputTransformer":{"InputPathsMap":{"x":"$..id"},"InputTemplate":"1"}}`,
			`cannot be followed from "..id" on`},
		{"no template", `{"Id":"a","Arn":"http://x","InputTransformer":{"InputPathsMap":{"x":"$.id"}}}`, "InputTemplate for target a is missing"},
		{"input is no JSON", `{"Id":"a","Arn":"http://x","Input":"{"}`, "Input is not JSON"},
		{"not an object", `1`, "SerializationException"},
		{"other service", `{"Id":"a","Arn":"arn:aws:sns:us-east-1:0:topic"}`,
			`Arn "arn:aws:sns:us-east-1:0:topic": the local bus delivers to`},
		{"queue with a path", `{"Id":"a","Arn":"arn:aws:sqs:us-east-1:0:../x"}`, "the local bus delivers to"},
		{"unknown function", `{"Id":"a","Arn":"arn:aws:lambda:us-east-1:0:function:f"}`,
			"ResourceNotFoundException There is no function f"},
		{"bad URL", `{"Id":"a","Arn":"http://x:y"}`, "invalid port"},
		{"attempts", `{"Id":"a","Arn":"http://x","RetryPolicy":{"MaximumRetryAttempts":186}}`,
			"Value '186' at 'targets.2.member.retryPolicy.maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 185"},
		{"age", `{"Id":"a","Arn":"http://x","RetryPolicy":{"MaximumEventAgeInSeconds":59}}`,
			"Value '59' at 'targets.2.member.retryPolicy.maximumEventAgeInSeconds' failed to satisfy constraint: Member must have value greater than or equal to 60"},
		{"dead letters", `{"Id":"a","Arn":"http://x","DeadLetterConfig":{"Arn":"http://y"}}`, "not the ARN of a standard SQS queue"},
		{"dead letters in order", `{"Id":"a","Arn":"http://x","DeadLetterConfig":{"Arn":"` + queueARN + `q.fifo"}}`,
			"not the ARN of a standard SQS queue"},
	}
	b := open(t, config(t.TempDir()))
	require.Empty(t, call(t, b, "PutRule", `{"Name":"r","EventPattern":"`+everything+`"}`, nil))
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var out struct {
				FailedEntries []struct{ ErrorCode, ErrorMessage string }
			}
			body := `{"Rule":"r","Targets":[{"Id":"fine","Arn":"http://x","RoleArn":"r","HttpParameters":null},` + row.target + `]}`
			got := call(t, b, "PutTargets", body, &out)
			if len(out.FailedEntries) > 0 {
				got = out.FailedEntries[0].ErrorCode + " " + out.FailedEntries[0].ErrorMessage
			}
			require.Contains(t, got, row.want)
		})
	}
	six := strings.Repeat(`{"Id":"%d","Arn":"http://x"},`, 5) + `{"Id":"more","Arn":"http://x"}`
	body := fmt.Sprintf(`{"Rule":"r","Targets":[`+six+`]}`, 1, 2, 3, 4, 5)
	require.Contains(t, call(t, b, "PutTargets", body, nil), "LimitExceededException")
	require.Contains(t, call(t, b, "PutTargets", `{"Rule":"r","Targets":[]}`, nil), "'targets' failed to satisfy constraint: Member must have length greater than or equal to 1")
	require.Contains(t, call(t, b, "PutTargets", `{"Rule":"x","Targets":[{}]}`, nil), "Rule x does not exist")
}
