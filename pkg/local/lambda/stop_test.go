package lambda_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/lambda"
)

func over(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}

func TestStopWaitsForWhatRuns(t *testing.T) {
	f := start(t, lambda.Config{})
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	done := background(t.Context(), f, fmt.Sprintf(`{"Do":"await","File":%q}`, pipe))
	gate, err := os.OpenFile(pipe, os.O_WRONLY, 0) // opens when the function has opened its end
	require.NoError(t, err)

	stopped := make(chan error, 1)
	go func() { stopped <- f.Stop(t.Context()) }()
	require.Eventually(t, func() bool {
		_, err := f.Invoke(t.Context(), []byte(`{}`))
		return errors.Is(err, lambda.ErrStopped)
	}, time.Minute, time.Millisecond)
	require.Empty(t, stopped)

	_, err = gate.WriteString("whole")
	require.NoError(t, err)
	require.NoError(t, gate.Close())
	r := <-done
	require.NoError(t, r.err)
	require.Equal(t, "whole", text(t, r.Result))
	require.NoError(t, <-stopped)
	require.Empty(t, f.Instances())
}

func TestStopEndsWhatOverrunsIt(t *testing.T) {
	f := start(t, lambda.Config{})
	done := hanging(t.Context(), t, f)
	pid := f.Instances()[0]
	require.NoError(t, f.Stop(over(t.Context())))
	requireGone(t, pid)
	require.ErrorIs(t, (<-done).err, lambda.ErrStopped)
	require.NoError(t, f.Stop(t.Context()), "a second Stop changes nothing")
}

func TestStopSendsSIGTERM(t *testing.T) {
	log := &journal{}
	f := start(t, lambda.Config{Env: map[string]string{"MODE": "farewell"}, Log: log})
	invoke(t, f, `{"Do":"echo"}`)
	require.NoError(t, f.Stop(t.Context()))
	require.Contains(t, log.String(), "farewell\n")
	require.NotContains(t, log.String(), "WARNING", "the extension could register")
}

func TestStopKillsWhatOverrunsTheShutdownPhase(t *testing.T) {
	f := start(t, lambda.Config{Env: map[string]string{"MODE": "endless farewell"}})
	r := invoke(t, f, `{"Do":"echo"}`)
	began := time.Now()
	require.NoError(t, f.Stop(t.Context()))
	requireGone(t, r.PID)
	require.GreaterOrEqual(t, time.Since(began), lambda.ShutdownGrace, "it had its time")
}

func TestWithoutAnExtensionStopSendsNoSIGTERM(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "mark")
	f := start(t, lambda.Config{Env: map[string]string{"MODE": "trap", "MARK": mark}})
	r := invoke(t, f, `{"Do":"echo"}`)
	require.NoError(t, f.Stop(t.Context()))
	requireGone(t, r.PID)
	require.NoFileExists(t, mark)
}

func TestChildrenDieWithTheirFunction(t *testing.T) {
	for _, how := range []string{"stop", "kill"} {
		t.Run(how, func(t *testing.T) {
			f := start(t, lambda.Config{})
			r := invoke(t, f, `{"Do":"spawn"}`)
			child, err := strconv.Atoi(string(r.Payload))
			require.NoError(t, err)
			if how == "stop" {
				require.NoError(t, f.Stop(t.Context()))
			} else {
				require.NoError(t, syscall.Kill(r.PID, syscall.SIGKILL))
			}
			requireSoonGone(t, child)
		})
	}
}

// open counts the goroutines and, where the system shows them, the files of this process.
func open(t *testing.T) (goroutines, files int) {
	t.Helper()
	entries, err := os.ReadDir("/dev/fd")
	require.NoError(t, err)
	return runtime.NumGoroutine(), len(entries)
}

func TestNothingLeaks(t *testing.T) {
	warm := start(t, lambda.Config{}) // opens what a process opens once
	invoke(t, warm, `{"Do":"echo"}`)
	require.NoError(t, warm.Stop(t.Context()))
	goroutinesBefore, filesBefore := open(t)
	f := start(t, lambda.Config{})
	for range 30 {
		require.Equal(t, lambda.Crashed, invoke(t, f, `{"Do":"exit"}`).Outcome)
		require.Equal(t, lambda.Failed, invoke(t, f, `{"Do":"panic"}`).Outcome)
	}
	require.NoError(t, f.Stop(t.Context()))
	require.Eventually(t, func() bool {
		goroutines, files := open(t)
		return goroutines <= goroutinesBefore+1 && files <= filesBefore // one more: the condition's own
	}, time.Minute, time.Millisecond)
}

// requireSoonGone waits for a process that somebody else has to reap; a zombie counts as gone.
func requireSoonGone(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool {
		out, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
		return err != nil || strings.HasPrefix(string(out), "Z")
	}, time.Minute, time.Millisecond)
}

func TestAKilledHostLeavesNothingBehind(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has a parent-death signal; elsewhere a busy instance lives until it answers")
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HOST_OF="+bootstrap)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pid, 0))
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	requireSoonGone(t, pid)
}
