package clients_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClients(t *testing.T) {
	p := start(t)
	t.Run("boto3", p.boto3)
	t.Run("aws", p.commands)
}

// boto3 runs the story of one order, which fails with what it expected.
func (p *pipeline) boto3(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), p.python, filepath.Join("testdata", "drive.py"), p.file).CombinedOutput()
	require.NoError(t, err, "%s", output)
	require.Contains(t, string(output), "all as on AWS")
}

// step is a command of the aws CLI, with the JSON that it prints in part, or what it says when it fails.
type step struct {
	name  string
	args  []string
	want  string // a JSON object whose members must be in the answer
	fails string // with this status in parentheses behind "An error occurred"
}

func (p *pipeline) commands(t *testing.T) {
	const pattern = `{"source": ["com.example.shop"], "detail-type": [{"prefix": "Order"}]}`
	queue := "arn:aws:sqs:us-east-1:000000000000:cli"
	for _, s := range []step{
		{"put a rule", []string{"events", "put-rule", "--name", "cli", "--event-bus-name", p.Bus, "--event-pattern", pattern},
			`{"RuleArn": "arn:aws:events:us-east-1:000000000000:rule/` + p.Bus + `/cli"}`, ""},
		{"put a target", []string{"events", "put-targets", "--rule", "cli", "--event-bus-name", p.Bus, "--targets", "Id=q,Arn=" + queue},
			`{"FailedEntryCount": 0}`, ""},
		{"list its targets", []string{"events", "list-targets-by-rule", "--rule", "cli", "--event-bus-name", p.Bus},
			`{"Targets": [{"Id": "q", "Arn": "` + queue + `"}]}`, ""},
		{"list the rules", []string{"events", "list-rules", "--event-bus-name", p.Bus, "--name-prefix", "cl", "--query", "{Names: Rules[].Name}"},
			`{"Names": ["cli"]}`, ""},
		{"put events, of which one is AWS's", []string{"events", "put-events", "--query", "{Failed: FailedEntryCount, Code: Entries[1].ErrorCode}",
			"--entries", p.entries("com.example.shop", "aws.shop")},
			`{"Failed": 1, "Code": "NotAuthorizedForSourceException"}`, ""},
		{"test a pattern", []string{"events", "test-event-pattern", "--event-pattern", `{"source": ["a"]}`, "--event",
			`{"id": "1", "account": "1", "source": "a", "time": "t", "region": "r", "resources": [], "detail-type": "d"}`}, `{"Result": true}`, ""},
		{"a bad pattern", []string{"events", "put-rule", "--name", "bad", "--event-pattern", `{"source": "a"}`}, "",
			"(InvalidEventPatternException) when calling the PutRule operation: Event pattern is not valid. Reason: "},
		{"a schedule", []string{"events", "put-rule", "--name", "bad", "--schedule-expression", "rate(1 day)"}, "",
			"(ValidationException) when calling the PutRule operation: ScheduleExpression: the local bus runs no schedules"},
		{"a rule that has targets", []string{"events", "delete-rule", "--name", "cli", "--event-bus-name", p.Bus}, "",
			"(ValidationException) when calling the DeleteRule operation: Rule can't be deleted since it has targets."},
		{"an operation that is not there", []string{"events", "list-archives"}, "", "(UnknownOperationException)"},
		{"remove the target", []string{"events", "remove-targets", "--rule", "cli", "--event-bus-name", p.Bus, "--ids", "q"},
			`{"FailedEntryCount": 0}`, ""},
		{"delete the rule", []string{"events", "delete-rule", "--name", "cli", "--event-bus-name", p.Bus}, ``, ""},
		{"put an item", []string{"dynamodb", "put-item", "--table-name", p.Table, "--item",
			`{"PK": {"S": "USER#cli"}, "SK": {"S": "PROFILE"}, "name": {"S": "Ann"}}`}, ``, ""},
		{"get it", []string{"dynamodb", "get-item", "--table-name", p.Table, "--key", `{"PK": {"S": "USER#cli"}, "SK": {"S": "PROFILE"}}`},
			`{"Item": {"PK": {"S": "USER#cli"}, "SK": {"S": "PROFILE"}, "name": {"S": "Ann"}}}`, ""},
		{"a table that is not there", []string{"dynamodb", "describe-table", "--table-name", "none"}, "", "(ResourceNotFoundException)"},
		{"list the audit log", []string{"s3api", "list-objects-v2", "--bucket", p.AuditBucket, "--prefix", "audit/v1/", "--query",
			"{Some: length(Contents) > `0`}"}, `{"Some": true}`, ""},
		{"an object that is not there", []string{"s3api", "get-object", "--bucket", p.AuditBucket, "--key", "none", os.DevNull}, "", "(NoSuchKey)"},
	} {
		t.Run(s.name, func(t *testing.T) { p.run(t, s) })
	}
	content, err := os.ReadFile(filepath.Join(filepath.Dir(p.file), "queues", "cli.ndjson"))
	require.NoError(t, err)
	require.Equal(t, 1, bytes.Count(content, []byte("\n")), "the target got the one event that was accepted: %s", content)
}

// entries is one event for each source.
func (p *pipeline) entries(sources ...string) string {
	type entry struct{ Source, DetailType, Detail, EventBusName string }
	var list []entry
	for _, source := range sources {
		list = append(list, entry{source, "OrderPlaced", `{"order": "o1"}`, p.Bus})
	}
	text, err := json.Marshal(list)
	if err != nil {
		panic(err) // plain strings always have a JSON form
	}
	return string(text)
}

func (p *pipeline) run(t *testing.T, s step) {
	t.Helper()
	command := exec.CommandContext(t.Context(), p.python, append([]string{"-m", "awscli", "--output", "json"}, s.args...)...)
	command.Env = append(os.Environ(), "AWS_DEFAULT_REGION="+p.Region, "AWS_ENDPOINT_URL_DYNAMODB="+p.DynamoDB,
		"AWS_ENDPOINT_URL_EVENTBRIDGE="+p.Events, "AWS_ENDPOINT_URL_S3="+p.S3, "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=")
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	if s.fails != "" {
		require.Error(t, err, "%s", &stdout)
		require.Contains(t, stderr.String(), "An error occurred "+s.fails)
		return
	}
	require.NoError(t, err, "%s", &stderr)
	if s.want == "" {
		require.Empty(t, stdout.String())
		return
	}
	var want, got map[string]any
	require.NoError(t, json.Unmarshal([]byte(s.want), &want))
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &got), "%s", &stdout)
	for member, value := range want {
		require.Equal(t, value, got[member], "%s of %s", member, &stdout)
	}
}
