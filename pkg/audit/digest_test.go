package audit_test

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/pkg/audit"
)

// The leaves and roots that Certificate Transparency's implementations test themselves with.
func TestMerkleRootIsThatOfCertificateTransparency(t *testing.T) {
	inputs := []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	roots := []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	var leaves [][]byte
	for n, want := range roots {
		root := audit.MerkleRoot(leaves)
		require.Equal(t, want, hex.EncodeToString(root[:]), "%d leaves", n)
		if n < len(inputs) {
			leaf, err := hex.DecodeString(inputs[n])
			require.NoError(t, err)
			leaves = append(leaves, leaf)
		}
	}
}

// exampleLog is a small log of several digests and two keys.
func exampleLog(t testing.TB) (map[string][]byte, auditlog.Log) {
	t.Helper()
	bucket := auditlog.NewMemory()
	log, err := auditlog.Write(auditlog.Config{Seed: 3, Adopted: 2, Raw: 40, Rotate: 3}, bucket)
	require.NoError(t, err)
	return bucket.Objects, log
}

func TestReadDigestIsStrict(t *testing.T) {
	objects, log := exampleLog(t)
	good := string(objects[audit.DigestKey(log.Name, 2)])
	for _, row := range []struct{ name, old, with, err string }{
		{"other version", `"v":1}`, `"v":2}`, "use a newer one"},
		{"unknown member", `"v":1}`, `"v":1,"w":1}`, "unknown field"},
		{"member in other case", `"v":1}`, `"V":1}`, "canonical"},
		{"member missing", `"nextKey":null,`, ``, "canonical"},
		{"white space", `{"at"`, `{ "at"`, "canonical"},
		{"more follows", `"v":1}`, `"v":1}{}`, "follows"},
		{"a newline follows", `"v":1}`, "\"v\":1}\n", "canonical"},
		{"not JSON", `{"at"`, `{at`, "right form"},
		{"an hour that is none", `"from":"2026`, `"from":"x026`, "right form"},
		{"other time zone", `Z","counts"`, `+00:00","counts"`, "canonical"},
	} {
		t.Run(row.name, func(t *testing.T) {
			bad := strings.Replace(good, row.old, row.with, 1)
			require.NotEqual(t, good, bad)
			_, err := audit.ReadDigest([]byte(bad))
			require.ErrorIs(t, err, audit.ErrDigest)
			require.ErrorContains(t, err, row.err)
		})
	}
}

func TestCheckComparesFigures(t *testing.T) {
	objects, log := exampleLog(t)
	for name, alter := range map[string]func(*audit.Digest){
		"its root":          func(d *audit.Digest) { d.Root = strings.Repeat("0", 64) },
		"lines":             func(d *audit.Digest) { d.Lines++ },
		"counts":            func(d *audit.Digest) { d.Counts.Raw++ },
		"not sorted":        func(d *audit.Digest) { slices.Reverse(d.Segments) },
		"is there twice":    func(d *audit.Digest) { d.Segments[1] = d.Segments[0] },
		"number":            func(d *audit.Digest) { d.Number++ },
		"number 1":          func(d *audit.Digest) { d.Previous = nil },
		"faults are":        func(d *audit.Digest) { d.Faults = []audit.Fault{{Key: "b"}, {Key: "a"}} },
		"its root is not":   func(d *audit.Digest) { d.Segments[0].Bytes++ },
		"but its segments ": func(d *audit.Digest) { d.Segments[0].Lines++ },
	} {
		t.Run(name, func(t *testing.T) {
			d, err := audit.ReadDigest(objects[audit.DigestKey(log.Name, 1)])
			require.NoError(t, err)
			if name == "number 1" {
				d, err = audit.ReadDigest(objects[audit.DigestKey(log.Name, 2)])
				require.NoError(t, err)
			}
			require.NoError(t, d.Check())
			alter(&d)
			require.Error(t, d.Check())
			if name != "number 1" && name != "counts" && name != "number" {
				require.ErrorContains(t, d.Check(), name)
			}
		})
	}
}

func TestKeysOfDigests(t *testing.T) {
	require.Equal(t, "audit/v1/shop-dev/digests/00000001/0000000142.json", audit.DigestKey("shop-dev", 142))
	require.Equal(t, "audit/v1/shop-dev/digests/00000001/0000000142.signature.json", audit.SignatureKey("shop-dev", 142))
	for _, n := range []int64{1, 99, 100, 9_999_999_999} {
		got, signature, ok := audit.ParseDigestKey("shop-dev", audit.SignatureKey("shop-dev", n))
		require.True(t, ok && signature && got == n)
		got, signature, ok = audit.ParseDigestKey("shop-dev", audit.DigestKey("shop-dev", n))
		require.True(t, ok && !signature && got == n)
	}
	for _, bad := range []string{"", "x", "audit/v1/shop-dev/digests/00000000/0000000142.json", "audit/v1/shop-dev/digests/00000001/142.json",
		"audit/v1/shop-dev/digests/00000000/0000000000.json", "audit/v1/shop-dev/digests/00000001/0000000142.txt",
		"audit/v1/shop-prod/digests/00000001/0000000142.json"} {
		_, _, ok := audit.ParseDigestKey("shop-dev", bad)
		require.False(t, ok, bad)
	}
}

func FuzzReadDigest(f *testing.F) {
	objects, _ := exampleLog(f)
	for _, key := range slices.Sorted(maps.Keys(objects)) {
		if strings.HasSuffix(key, ".json") {
			f.Add(objects[key])
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if d, err := audit.ReadDigest(body); err == nil {
			again, err := d.Encode()
			require.NoError(t, err)
			require.Equal(t, body, again, "no byte is lost")
			_ = d.Check() // and it does not panic
		} else {
			require.ErrorIs(t, err, audit.ErrDigest)
		}
		if s, err := audit.ReadSignature(body); err == nil {
			again, err := s.Encode()
			require.NoError(t, err)
			require.Equal(t, body, again)
		}
	})
}

func hashText(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
