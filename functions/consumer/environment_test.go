package main_test

import (
	"maps"
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A bad environment ends the process with status 1 before it calls anything, not even the Runtime API.
func TestBadEnvironmentIsNamedBeforeTheFirstCall(t *testing.T) {
	for _, c := range []struct {
		name string
		env  map[string]string
		want []string // each in the message
	}{
		{"nothing set", map[string]string{
			"OUTFLOW_MODEL": "", "OUTFLOW_STAGE": "", "OUTFLOW_OUTLETS": "", "OUTFLOW_FAILURES_BUCKET": "", "AWS_REGION": "",
		}, []string{
			"OUTFLOW_STAGE is not set", "OUTFLOW_OUTLETS is not set", "AWS_REGION is not set", "OUTFLOW_FAILURES_BUCKET is not set",
			"OUTFLOW_MODEL: read the compiled model", "model.json", "outflow build writes it",
		}},
		{"nothing set that outlets need", map[string]string{
			"OUTFLOW_OPENSEARCH_URL": "", "OUTFLOW_BUS": "", "OUTFLOW_AUDIT_BUCKET": "",
		}, []string{"OUTFLOW_OPENSEARCH_URL is not set", "OUTFLOW_BUS is not set", "OUTFLOW_AUDIT_BUCKET is not set"}},
		{"everything wrong", map[string]string{
			"OUTFLOW_MODEL": "testdata/none.json", "OUTFLOW_STAGE": "Test!", "OUTFLOW_OUTLETS": "search,audit,events,mail,audit",
			"OUTFLOW_OPENSEARCH_URL": "search.example.com", "OUTFLOW_BUS": "", "OUTFLOW_ENTRY_BYTES": "12",
			"OUTFLOW_CLAIMS_BUCKET": "No", "OUTFLOW_AUDIT_BUCKET": "x", "OUTFLOW_AUDIT_RETENTION": "forever",
			"OUTFLOW_FAILURES_BUCKET": "a_b", "OUTFLOW_LOG_LEVEL": "loud", "AWS_REGION": "",
		}, []string{
			`OUTFLOW_STAGE is "Test!"`, `OUTFLOW_OUTLETS names "mail"`, `OUTFLOW_OUTLETS names "audit" twice`,
			`OUTFLOW_OPENSEARCH_URL is "search.example.com"`, "OUTFLOW_BUS is not set", `OUTFLOW_ENTRY_BYTES is "12"`,
			`OUTFLOW_CLAIMS_BUCKET is "No"`, `OUTFLOW_AUDIT_BUCKET is "x"`, `OUTFLOW_AUDIT_RETENTION is "forever"`,
			`OUTFLOW_FAILURES_BUCKET is "a_b"`, `OUTFLOW_LOG_LEVEL is "loud"`, "AWS_REGION is not set", "testdata/none.json",
		}},
		{"a model that is none", map[string]string{"OUTFLOW_MODEL": "../../examples/shop/changes.json"},
			[]string{"OUTFLOW_MODEL: ../../examples/shop/changes.json: load model"}},
		{"an S3 endpoint that is no URL", map[string]string{"AWS_ENDPOINT_URL_S3": "localhost"},
			[]string{`AWS_ENDPOINT_URL_S3 is "localhost"`}},
		{"a table endpoint that is no URL", map[string]string{"AWS_ENDPOINT_URL_DYNAMODB": "localhost"},
			[]string{`AWS_ENDPOINT_URL_DYNAMODB is "localhost"`}},
		{"a bus endpoint that is no URL", map[string]string{"AWS_ENDPOINT_URL_EVENTBRIDGE": "localhost"},
			[]string{`AWS_ENDPOINT_URL_EVENTBRIDGE is "localhost"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := refused(t, c.env)
			require.True(t, strings.HasPrefix(out, "consumer: "), out)
			for _, want := range c.want {
				require.Contains(t, out, want)
			}
			require.NotContains(t, out, "panic")
			require.NotContains(t, out, "goroutine")
		})
	}
}

// The trap of the test above works: with a good environment the process calls, and first of all for work.
func TestGoodEnvironmentCalls(t *testing.T) {
	called := newTrap(t)
	cmd := command(t, nil, called.address)
	require.NoError(t, cmd.Start())
	<-called.callers
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
}

// refused runs the binary to its end and returns what it printed.
func refused(t *testing.T, env map[string]string) string {
	t.Helper()
	called := newTrap(t)
	out, err := command(t, env, called.address).CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, "%s", out)
	require.Equal(t, 1, exit.ExitCode(), "%s", out)
	called.requireUncalled(t, out)
	return string(out)
}

// command is the binary, in a folder without a model, with all that it could call at one address.
func command(t *testing.T, env map[string]string, address string) *exec.Cmd {
	t.Helper()
	url := "http://" + address
	all := environment(t, map[string]string{
		"OUTFLOW_OPENSEARCH_URL": url, "AWS_ENDPOINT_URL": url, "AWS_ENDPOINT_URL_S3": url, "AWS_ENDPOINT_URL_EVENTBRIDGE": url,
		"AWS_EC2_METADATA_SERVICE_ENDPOINT": url, "AWS_LAMBDA_RUNTIME_API": address,
	})
	maps.Copy(all, env)
	cmd := exec.Command(bootstrap)
	cmd.Env = []string{"HOME=" + t.TempDir()} // no configuration of whoever runs the test
	for name, value := range all {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// trap is a listener that hangs up on whoever connects, and remembers who was first.
type trap struct {
	address string
	callers chan string // the address of the first
}

func newTrap(t *testing.T) trap {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	called := trap{listener.Addr().String(), make(chan string, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for connection, err := listener.Accept(); err == nil; connection, err = listener.Accept() {
			select {
			case called.callers <- connection.RemoteAddr().String():
			default:
			}
			_ = connection.Close() // whoever called was not to
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, listener.Close())
		<-done
	})
	return called
}

// requireUncalled calls the trap itself, and requires to be the first: connections are accepted in their order.
func (c trap) requireUncalled(t *testing.T, out []byte) {
	t.Helper()
	own, err := net.Dial("tcp", c.address)
	require.NoError(t, err)
	defer own.Close()
	require.Equal(t, own.LocalAddr().String(), <-c.callers, "the process called before it ended: %s", out)
}
