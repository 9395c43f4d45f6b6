package verifypair_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/pkg/audit"
)

// What is too large is found to be so, and not read further.
func TestBothStopReadingWhatIsTooLarge(t *testing.T) {
	p := startPython(t)
	for name, body := range map[string][]byte{
		"text":   zipped(strings.Repeat("\x00", audit.MaxSegmentLines+1)),
		"object": make([]byte, audit.MaxSegment+1),
	} {
		t.Run(name, func(t *testing.T) {
			h := generate(t, auditlog.Config{Seed: 20})
			key := h.pick("dt=")
			h.objects[key] = body
			found := agree(t, p, h)
			require.Equal(t, []string{"segment-altered", key}, []string{found[0].Class, found[0].Object})
		})
	}
}

// Links are not followed, wherever they lead.
func TestLinksAreNotFollowed(t *testing.T) {
	p, h := startPython(t), generate(t, auditlog.Config{Seed: 21})
	kept := filepath.Join(t.TempDir(), "kept")
	for _, prefix := range []string{"dt=", "digests/", "keys/"} {
		dir, key := folder(t, h.objects), h.pick(prefix)
		path := filepath.Join(dir, filepath.FromSlash(key))
		require.NoError(t, os.WriteFile(kept, h.objects[key], 0o600))
		require.NoError(t, os.Remove(path))
		require.NoError(t, os.Symlink(kept, path))
		r := p.verify(t, "--dir", dir, "--key", pem(t, h), "--at", h.now.Format(time.RFC3339))
		require.Equal(t, 1, r.Status)
		require.Contains(t, r.Findings, finding{"stray", key, "it is no regular file, so it is not read"})
	}
}

// What cannot be looked at is 3, what nobody can mean is 4, and both say what to do.
func TestPythonSaysWhatItCannotDo(t *testing.T) {
	p, h := startPython(t), generate(t, auditlog.Config{Seed: 22})
	dir, key := folder(t, h.objects), pem(t, h)
	two := folder(t, map[string][]byte{"audit/v1/a-x/x": nil, "audit/v1/b-x/x": nil})
	noKey := filepath.Join(t.TempDir(), "no.pem")
	require.NoError(t, os.WriteFile(noKey, []byte("no key"), 0o600))
	for name, c := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"no folder":             {[]string{"--dir", dir + "/absent", "--key", key}, 3, "--dir is a copy of the bucket"},
		"no log of that name":   {[]string{"--dir", dir, "--key", key, "--log", "other-x"}, 3, ""},
		"no file of a key":      {[]string{"--dir", dir, "--key", key + "x"}, 3, "is no public key in PEM"},
		"no key":                {[]string{"--dir", dir, "--key", noKey}, 3, "is no public key in PEM"},
		"no --key":              {[]string{"--dir", dir}, 4, "--key"},
		"two logs":              {[]string{"--dir", two, "--key", key}, 4, "say with --log which one (a-x, b-x)"},
		"no anchor":             {[]string{"--dir", dir, "--key", key, "--anchor", "x"}, 4, "no anchor of the log shop-test"},
		"anchor of another log": {[]string{"--dir", dir, "--key", key, "--log", "x-y", "--anchor", h.log.Anchors[0].String()}, 4, "no anchor of the log x-y"},
		"no time":               {[]string{"--dir", dir, "--key", key, "--from", "noon"}, 4, "--from"},
		"bounds turned round":   {[]string{"--dir", dir, "--key", key, "--from", "2026-11-03", "--to", "2026-11-02"}, 4, "--from is not before --to"},
	} {
		t.Run(name, func(t *testing.T) {
			a := p.run(t, c.args...)
			require.Equal(t, c.status, a.Status, "%+v", a)
			require.Contains(t, a.Err, c.says)
		})
	}
}

func pem(t *testing.T, h *hand) string {
	t.Helper()
	key := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(key, h.key.PEM(), 0o600))
	return key
}
