package verifypair_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/toolbox"
)

// python is scripts/verify.py, ready to be run many times.
type python struct {
	in  *json.Encoder
	out *bufio.Reader
}

// answer is what a run of verify.py came to.
type answer struct {
	Status   int
	Out, Err string
}

// told is what it prints with --json.
type told struct {
	Status   int
	Lines    int64
	Digests  int64
	Segments int64
	Findings []finding
	Unread   []string
}

type finding struct{ Class, Object, Detail string }

func startPython(t *testing.T) *python {
	t.Helper()
	interpreter := toolbox.Python(t, "../../scripts/verify/requirements.txt")
	command := exec.Command(interpreter, "-B", "../../scripts/verify/many.py")
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	require.NoError(t, err)
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		require.NoError(t, in.Close())
		_, err := io.Copy(io.Discard, out)
		require.NoError(t, err)
		require.NoError(t, command.Wait())
	})
	return &python{json.NewEncoder(in), bufio.NewReader(out)}
}

// run runs verify.py with these arguments.
func (p *python) run(t *testing.T, args ...string) (a answer) {
	t.Helper()
	require.NoError(t, p.in.Encode(args))
	line, err := p.out.ReadBytes('\n')
	require.NoError(t, err, "verify.py ended: what it wrote is above")
	require.NoError(t, json.Unmarshal(line, &a))
	return a
}

// verify runs it for what was found.
func (p *python) verify(t *testing.T, args ...string) (r told) {
	t.Helper()
	a := p.run(t, append(args, "--json")...)
	require.NoError(t, json.Unmarshal([]byte(a.Out), &r), "%+v", a)
	require.Equal(t, a.Status, r.Status)
	return r
}

// folder writes objects into a folder, by key.
func folder(t *testing.T, objects map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for key, body := range objects {
		path := filepath.Join(dir, filepath.FromSlash(key))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, body, 0o600))
	}
	return dir
}
