package audit_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

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

// Whatever items are in whatever segments: the object reads back to the same.
func TestKeyIndexReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, want := audit.KeyIndex{}, map[audit.ItemHash][]int{}
		for segment := range rapid.IntRange(0, 5).Draw(t, "segments") {
			for _, item := range rapid.SliceOf(rapid.IntRange(0, 20)).Draw(t, "items") {
				hash := audit.HashItem(fmt.Append(nil, item))
				x.Add(hash, segment)
				if !slices.Contains(want[hash], segment) {
					want[hash] = append(want[hash], segment)
				}
			}
		}
		ref, body := x.Object("shop-dev", 42)
		require.True(t, strings.HasPrefix(ref.Key, "audit/v1/shop-dev/keys/00000000/0000000042-"), ref.Key)
		again, err := audit.ReadKeyIndex(ref, body)
		require.NoError(t, err)
		require.Equal(t, want, map[audit.ItemHash][]int(again))
	})
	require.Equal(t, "74234e98afe7498f", audit.NoItem.String())
}

// Items are found in indexes of any size, also where the hashes are not spread evenly.
func TestFindItem(t *testing.T) {
	for _, n := range []int{0, 1, 2, 100, 20_000} {
		for _, low := range []bool{false, true} {
			x := audit.KeyIndex{}
			hash := func(i int) audit.ItemHash {
				h := audit.HashItem(fmt.Append(nil, i))
				if low {
					h[0], h[1] = 0, 0
				}
				return h
			}
			for i := range n {
				x.Add(hash(i), i%7)
			}
			_, text := x.Object("shop-dev", 1)
			for i := 0; i < n; i += 1 + n/500 {
				got, err := audit.FindItem(bytes.NewReader(text), int64(len(text)), hash(i))
				require.NoError(t, err)
				require.Equal(t, x[hash(i)], got)
			}
			for i := n; i < n+50; i++ {
				got, err := audit.FindItem(bytes.NewReader(text), int64(len(text)), hash(i))
				require.NoError(t, err)
				require.Empty(t, got)
			}
		}
	}
	_, err := audit.FindItem(bytes.NewReader(nil), 100, audit.NoItem)
	require.ErrorContains(t, err, "EOF")
}

func TestReadKeyIndexIsStrict(t *testing.T) {
	item := audit.HashItem([]byte("a")).String()
	for name, text := range map[string]string{
		"nothing in a line": "\n",
		"short key":         "12 0\n",
		"no key":            strings.Repeat("x", 16) + " 0\n",
		"key of other form": strings.ToUpper(item) + " 0\n",
		"not sorted":        "b" + item[1:] + " 0\n" + "a" + item[1:] + " 0\n",
		"twice":             item + " 0\n" + item + " 0\n",
		"white space":       item + " 0, 1\n",
		"no segments":       item + " \n",
		"negative":          item + " -1\n",
		"leading zero":      item + " 01\n",
		"no end":            item + " 0",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := audit.ReadKeyIndex(indexOf(text), []byte(text))
			require.ErrorIs(t, err, audit.ErrDigest)
		})
	}
	text := item + " 0,12\n"
	x, err := audit.ReadKeyIndex(indexOf(text), []byte(text))
	require.NoError(t, err)
	require.Equal(t, []int{0, 12}, x[audit.HashItem([]byte("a"))])
	_, err = audit.ReadKeyIndex(indexOf(text+text), []byte(text))
	require.ErrorContains(t, err, "not what its digest says")
}

func indexOf(text string) audit.IndexRef {
	return audit.IndexRef{Bytes: int64(len(text)), Entries: int64(strings.Count(text, "\n")), Key: "keys/x", SHA256: hashText([]byte(text))}
}

func TestAnchorReadsBack(t *testing.T) {
	_, log := exampleLog(t)
	for _, anchor := range log.Anchors {
		again, err := audit.ParseAnchor("  " + anchor.String() + "\n")
		require.NoError(t, err)
		require.Equal(t, anchor, again)
	}
	good := log.Anchors[0].String()
	for name, bad := range map[string]string{
		"six words": strings.Replace(good, " 1 ", " 1 2 ", 1),
		"first":     strings.Replace(good, "outflow-anchor-1", "outflow-anchor-2", 1),
		"number":    strings.Replace(good, " 1 ", " 0 ", 1),
		"RFC 3339":  strings.Replace(good, "2026-", "26-", 1),
		"no hash":   good[:len(good)-1] + "G",
	} {
		_, err := audit.ParseAnchor(bad)
		require.ErrorContains(t, err, name)
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

func FuzzReadKeyIndex(f *testing.F) {
	f.Add([]byte("74234e98afe7498f 0,7\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if x, err := audit.ReadKeyIndex(indexOf(string(text)), text); err == nil {
			require.Equal(t, string(text), string(x.Text()))
			for item, segments := range x {
				found, err := audit.FindItem(bytes.NewReader(text), int64(len(text)), item)
				require.NoError(t, err)
				require.Equal(t, segments, found)
			}
		} else {
			require.ErrorIs(t, err, audit.ErrDigest)
		}
	})
}

func FuzzParseAnchor(f *testing.F) {
	_, log := exampleLog(f)
	f.Add(log.Anchors[0].String())
	f.Fuzz(func(t *testing.T, line string) {
		if a, err := audit.ParseAnchor(line); err == nil {
			again, err := audit.ParseAnchor(a.String())
			require.NoError(t, err)
			require.True(t, a.At.Equal(again.At))
			a.At, again.At = time.Time{}, time.Time{}
			require.Equal(t, a, again)
		}
	})
}

func hashText(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
