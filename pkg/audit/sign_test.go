package audit_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/audit"
)

func TestSignatureIsTheDigestsAlone(t *testing.T) {
	objects, log := exampleLog(t)
	body := objects[audit.DigestKey(log.Name, 2)]
	d, err := audit.ReadDigest(body)
	require.NoError(t, err)
	read := func() audit.Signature {
		s, err := audit.ReadSignature(objects[audit.SignatureKey(log.Name, 2)])
		require.NoError(t, err)
		return s
	}
	good := read()
	require.NoError(t, good.Verify(log.Keys[0], &d, body))
	require.ErrorIs(t, good.Verify(log.Keys[1], &d, body), audit.ErrSignature)
	altered := slices.Clone(body)
	altered[40] ^= 1
	require.ErrorIs(t, good.Verify(log.Keys[0], &d, altered), audit.ErrSignature)
	for name, alter := range map[string]func(*audit.Signature){
		"algorithm": func(s *audit.Signature) { s.Algorithm = "RSA" },
		"key":       func(s *audit.Signature) { s.KeyID = log.Keys[1].ID },
		"spki":      func(s *audit.Signature) { s.SPKI = log.Keys[1].SPKI },
		"number":    func(s *audit.Signature) { s.Number++ },
		"log":       func(s *audit.Signature) { s.Log += "x" },
		"hash":      func(s *audit.Signature) { s.SHA256 = strings.Repeat("0", 64) },
		"signature": func(s *audit.Signature) { s.Signature[10] ^= 1 },
		"empty":     func(s *audit.Signature) { s.Signature = nil },
	} {
		t.Run(name, func(t *testing.T) {
			s := read()
			alter(&s)
			require.ErrorIs(t, s.Verify(log.Keys[0], &d, body), audit.ErrSignature)
		})
	}
	_, err = audit.ReadSignature(body)
	require.ErrorIs(t, err, audit.ErrDigest)
}

// Of many that open a key file which is not there, one makes it, for the owner alone.
func TestKeyFileIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.pem")
	ids := make([]string, 8)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			s, err := audit.OpenKeyFile(path)
			if err != nil {
				t.Error(err)
				return
			}
			key, err := s.PublicKey(t.Context())
			if err != nil {
				t.Error(err)
			}
			ids[i] = key.ID
		})
	}
	all.Wait()
	require.Len(t, slices.Compact(ids), 1)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func TestKeysThatAreNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(path, []byte("secret"), 0o600))
	_, err := audit.OpenKeyFile(path)
	require.ErrorContains(t, err, path)
	require.ErrorContains(t, err, "no private key in PEM")
	_, err = audit.OpenKeyFile(filepath.Join(path, "below"))
	require.Error(t, err)
	_, log := exampleLog(t)
	again, err := audit.ReadPublicKey(log.Keys[0].PEM())
	require.NoError(t, err)
	require.Equal(t, log.Keys[0], again)
	for _, bad := range []string{"", "secret", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"} {
		_, err := audit.ReadPublicKey([]byte(bad))
		require.Error(t, err)
	}
}
