package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/bustail/awsfake"
)

// newAWSFloor is a shop in AWS, of which there are EventBridge and SQS, where the SDK's environment says.
func newAWSFloor(t *testing.T) (*shopFloor, *awsfake.AWS) {
	t.Helper()
	f, fake := newShopFloor(t), awsfake.New(t, "shop-test")
	f.target.Events, f.target.DynamoDB, f.target.S3, f.target.AccessKeyID, f.target.SecretAccessKey = "", "", "", "", ""
	f.save()
	for name, value := range fakeEnvironment(fake) {
		t.Setenv(name, value)
	}
	return f, fake
}

func fakeEnvironment(fake *awsfake.AWS) map[string]string {
	return map[string]string{
		"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"AWS_ENDPOINT_URL_EVENTBRIDGE": fake.URL, "AWS_ENDPOINT_URL_SQS": fake.URL,
	}
}

// onceItFollows is standard error that tells when a tail follows.
type onceItFollows struct {
	bytes.Buffer
	do func()
}

func (w *onceItFollows) Write(text []byte) (int, error) {
	if strings.Contains(string(text), "has effect") {
		w.do()
	}
	return w.Buffer.Write(text)
}

// tail runs a tail, and do once it follows.
func (f *shopFloor) tail(do func(), args ...string) (status int, stdout, stderr string) {
	f.t.Helper()
	var out bytes.Buffer
	errs := &onceItFollows{do: do}
	status = run(f.t.Context(), append([]string{"events", "tail", "--target", f.path}, args...), &out, errs)
	return status, out.String(), errs.String()
}

func publishOrder(fake *awsfake.AWS, name string, n int) {
	fake.Publish("shop-test", "com.example.shop", name, fmt.Sprintf(`{"metadata":{"id":"id-%d","type":%q,"time":"2026-11-02T09:20:01Z",`+
		`"entity":"Order","key":{"order_id":"o%[1]d"},"itemVersion":"v/%[1]d","actor":"ann","replayed":false},"data":{"user_id":"u1"}}`, n, name))
}

func requireNothingLeft(t *testing.T, fake *awsfake.AWS) {
	t.Helper()
	require.Empty(t, fake.Rules("shop-test"))
	require.Empty(t, fake.Queues())
}

// In AWS a tail prints what it prints on this machine.
func TestEventsTailInAWS(t *testing.T) {
	f, fake := newAWSFloor(t)
	status, stdout, stderr := f.tail(func() {
		fake.Publish("shop-test", "com.example.other", "Other", `{}`)
		publishOrder(fake, "OrderPlaced", 1)
	}, "--count", "1")
	require.Equal(t, exitFine, status, stderr)
	require.Equal(t, `2026-11-02T09:20:01.000Z  OrderPlaced  Order {"order_id":"o1"}  by ann  {"user_id":"u1"}  id id-1`+"\n", stdout)
	require.Contains(t, stderr, "events of the bus shop-test from about now on")
	require.Contains(t, stderr, "outflow-tail-shop-test-")
	requireNothingLeft(t, fake)

	status, stdout, stderr = f.tail(func() {
		publishOrder(fake, "OrderPlaced", 2)
		fake.Publish("shop-test", "com.example.other", "Other", `{"x":1}`)
		publishOrder(fake, "OrderShipped", 3)
	}, "{\"detail-type\":\n [\"OrderShipped\"]}", "--count", "1", "--json")
	require.Equal(t, exitFine, status, stderr)
	require.Equal(t, 1, strings.Count(stdout, "\n"), stdout)
	require.Contains(t, stdout, `"detail-type":"OrderShipped"`)
	require.Contains(t, stdout, `"id":"id-3"`)
	requireNothingLeft(t, fake)
}

func TestEventsTailInAWSRefuses(t *testing.T) {
	f, fake := newAWSFloor(t)
	noEvents := write(t, "model.yaml", "outflow: 1\nname: shop\ntable:\n  key: [PK]\nentities:\n  User:\n    key: {PK: \"USER#{user_id}\"}\n")
	for _, row := range []struct {
		name   string
		spoil  func()
		args   []string
		status int
		says   string
	}{
		{"all there are", nil, []string{"--all"}, exitUsage, "outflow events replay --from TIME"},
		{"a pattern that is none", nil, []string{`{"detail-type":"x"}`}, exitUsage, "PATTERN:1:"},
		{"a model without events", nil, []string{"--model", noEvents}, exitBlind, "names no event_source"},
		{"what is denied", func() { fake.Fail("PutRule", awsfake.Denied()) }, nil, exitBlind, "outflow events tail --help"},
		{"a bus by its ARN", func() { f.target.Bus = "arn:aws:events:us-east-1:123456789012:event-bus/shop" }, nil, exitBlind, "needs the bus's name"},
		{"a bus that is not there", func() { f.target.Bus = "other" }, nil, exitBlind, "on the bus other"},
		{"no bus", func() { f.target.Bus = "" }, nil, exitBlind, "has no bus"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.spoil != nil {
				row.spoil()
				f.save()
			}
			status, _, stderr := f.run(append([]string{"events", "tail"}, row.args...)...)
			require.Equal(t, row.status, status, stderr)
			require.Contains(t, stderr, row.says)
			requireNothingLeft(t, fake)
		})
	}
}

// What is found wrong beside the events is told, and is the exit status.
func TestEventsTailInAWSFindsWrong(t *testing.T) {
	f, fake := newAWSFloor(t)
	status, stdout, stderr := f.tail(func() {
		fake.Send("what is this", time.Now())
		publishOrder(fake, "OrderPlaced", 1)
	}, "--count", "1")
	require.Equal(t, exitWrong, status)
	require.Contains(t, stdout, "id id-1")
	require.Contains(t, stderr, `is no event: invalid character 'w' looking for beginning of value: "what is this"`)
	requireNothingLeft(t, fake)

	fake.Fail("DeleteQueue", awsfake.Denied())
	status, _, stderr = f.tail(func() { publishOrder(fake, "OrderPlaced", 1) }, "--count", "1")
	require.Equal(t, exitWrong, status)
	require.Contains(t, stderr, "aws sqs delete-queue --region us-east-1 --queue-url $(aws sqs get-queue-url")
	require.Len(t, fake.Queues(), 1)
}

func TestEventsTailInAWSEndsAtCtrlC(t *testing.T) {
	f, fake := newAWSFloor(t)
	ctx, interrupt := context.WithCancel(t.Context())
	var out bytes.Buffer
	errs := &onceItFollows{do: interrupt}
	require.Equal(t, exitFine, run(ctx, []string{"events", "tail", "--target", f.path}, &out, errs), errs)
	requireNothingLeft(t, fake)
}

// processVariable makes this test binary the command itself, with these arguments.
const processVariable = "OUTFLOW_TEST_TAIL_TARGET"

func TestEventsTailProcess(t *testing.T) {
	target := os.Getenv(processVariable)
	if target == "" {
		t.Skip("this is the process that TestEventsTailInAWSOutlasts starts")
	}
	os.Args = []string{"outflow", "events", "tail", "--target", target}
	main()
}

// What kills other processes ends a tail in order: a terminal that is closed, and a reader such as head that has enough.
func TestEventsTailInAWSOutlasts(t *testing.T) {
	for _, row := range []struct {
		name string
		ends func(process *os.Process, stdout io.Closer, publish func()) error
	}{
		{"the terminal", func(process *os.Process, _ io.Closer, _ func()) error { return process.Signal(syscall.SIGHUP) }},
		{"its reader", func(_ *os.Process, stdout io.Closer, publish func()) error {
			defer publish()
			return stdout.Close()
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			f, fake := newAWSFloor(t)
			process := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestEventsTailProcess$")
			process.Env = append(os.Environ(), processVariable+"="+f.path, "GOCOVERDIR="+t.TempDir())
			stdout, err := process.StdoutPipe()
			require.NoError(t, err)
			stderr, err := process.StderrPipe()
			require.NoError(t, err)
			require.NoError(t, process.Start())
			said, err := bufio.NewReader(stderr).ReadString('\n')
			require.NoError(t, err)
			require.Contains(t, said, "has effect")
			require.NotEmpty(t, fake.Queues())
			require.NoError(t, row.ends(process.Process, stdout, func() { publishOrder(fake, "OrderPlaced", 1) }))
			require.NoError(t, process.Wait(), "it ends with status 0")
			requireNothingLeft(t, fake)
		})
	}
}

// The policy of the documentation allows what the help lists, which is what a tail calls.
func TestEventsTailPermissionsAreDocumented(t *testing.T) {
	f, fake := newAWSFloor(t)
	fake.PutRule("shop-test", "outflow-tail-shop-test-1700000000-00000001") // which needs GetQueueUrl
	status, _, stderr := f.tail(func() { publishOrder(fake, "OrderPlaced", 1); publishOrder(fake, "OrderPlaced", 2) }, "--count", "2")
	require.Equal(t, exitFine, status, stderr)
	docs, err := os.ReadFile(filepath.Join("..", "..", "docs", "events.md"))
	require.NoError(t, err)
	for _, operation := range append(fake.Calls(), "DeleteMessageBatch") {
		operation = strings.TrimSuffix(operation, "Batch") // permissions are on the single operation
		require.Contains(t, tailHelp, operation)
		require.Regexp(t, `"(events|sqs):`+operation+`"`, string(docs))
	}
}
