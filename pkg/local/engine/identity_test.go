package engine_test

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/engine"
)

// How long a condition may take to come true before the test gives up, and how often it is looked at.
const (
	waitAtMost = 3 * time.Minute
	lookEvery  = 20 * time.Millisecond
)

func itoa(n int) string { return strconv.Itoa(n) }

func look(pid int) (engine.Identity, string, error) {
	if _, err := os.Stat("/proc/self/stat"); err == nil {
		return engine.LookProc(pid)
	}
	return engine.LookPS(pid)
}

func TestLook(t *testing.T) {
	looks := map[string]func(int) (engine.Identity, string, error){"ps": engine.LookPS}
	if _, err := os.Stat("/proc/self/stat"); err == nil {
		looks["proc"] = engine.LookProc
	}
	for name, look := range looks {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command("/bin/sh", "-c", "read -r line", "some marker")
			stdin, err := cmd.StdinPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			pid := cmd.Process.Pid
			var first engine.Identity
			require.Eventually(t, func() bool { // the kernel shows no command line for a moment
				var line string
				first, line, err = look(pid)
				return err == nil && strings.Contains(line, "some marker")
			}, waitAtMost, lookEvery)
			second, _, err := look(pid)
			require.NoError(t, err)
			require.Equal(t, first, second)

			require.NoError(t, stdin.Close())
			require.Eventually(t, func() bool { // it is a zombie now, since nobody has waited for it
				_, _, err := look(pid)
				return errors.Is(err, engine.ErrGone)
			}, waitAtMost, lookEvery)
			require.Error(t, cmd.Wait())
			_, _, err = look(pid)
			require.ErrorIs(t, err, engine.ErrGone)
		})
	}
}
