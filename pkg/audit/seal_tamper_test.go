package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// Whoever can put objects gets no signature for what they say.
func TestForgedDigestIsNotSigned(t *testing.T) {
	foreign, err := key(t, 9).PublicKey(t.Context())
	require.NoError(t, err)
	hour, fault := audit.HourOf(midnight), strings.Repeat("0", 64)
	for name, forge := range map[string]func(*audit.Digest){
		"as it should be":          nil,
		"a segment less":           func(d *audit.Digest) { d.Segments = d.Segments[1:] },
		"other bytes":              func(d *audit.Digest) { d.Segments[0].SHA256 = fault },
		"other lines":              func(d *audit.Digest) { d.Counts.Insert--; d.Counts.Remove++ },
		"a key of somebody's":      func(d *audit.Digest) { d.NextKey = &foreign },
		"signed by somebody":       func(d *audit.Digest) { d.SignedBy = foreign.ID },
		"other chain":              func(d *audit.Digest) { d.Previous.SHA256 = fault },
		"from the future":          func(d *audit.Digest) { d.At = d.At.Add(time.Hour) },
		"from before":              func(d *audit.Digest) { d.At = d.At.Add(-time.Hour) },
		"has looked nowhere":       func(d *audit.Digest) { d.Looked.From = &hour },
		"a fault that is none":     func(d *audit.Digest) { d.Faults = append(d.Faults, audit.Fault{Key: "x", SHA256: &fault}) },
		"a segment for a fault":    func(d *audit.Digest) { d.Faults = []audit.Fault{{Key: d.Segments[0].Key}}; d.Segments = d.Segments[1:] },
		"a segment of before":      func(d *audit.Digest) { d.Segments[0].Key = strings.Replace(d.Segments[0].Key, "hour=00", "hour=02", 1) },
		"no key index":             func(d *audit.Digest) { d.KeyIndex = nil },
		"swept":                    func(d *audit.Digest) { d.Looked.SweptAt = d.At },
		"a number of its own":      func(d *audit.Digest) { d.Previous.Number, d.Number = 5, 6 },
		"a root that is not there": func(d *audit.Digest) { d.Root = fault },
	} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t)
			v.write(2, 1)
			v.seal()
			v.advance(15 * time.Minute)
			v.write(0, 1)
			v.write(1, 1)
			v.seal()
			v.bucket.Delete(audit.SignatureKey("small-dev", 2))
			if forge == nil {
				require.Equal(t, 1, v.seal().Completed)
				require.Nil(t, v.check(0)[2].Looked.From, "what a dead digester saw is not relied on")
				return
			}
			d := v.digest(2)
			forge(&d)
			if name != "a root that is not there" {
				d.Root, err = audit.RootOf(d.Segments)
				require.NoError(t, err)
			}
			body, err := d.Encode()
			require.NoError(t, err)
			v.bucket.Set(audit.DigestKey("small-dev", 2), body)
			_, err = v.sealer().Seal(t.Context())
			require.Error(t, err)
			require.NotContains(t, v.bucket.Objects(), audit.SignatureKey("small-dev", 2))
			if !strings.Contains(err.Error(), "OUTFLOW_SIGNING_KEY") {
				require.ErrorIs(t, err, audit.ErrTampered)
			}
		})
	}
}

func (v *vault) digest(n int64) audit.Digest {
	d, err := audit.ReadDigest(v.bucket.Objects()[audit.DigestKey("small-dev", n)].Body)
	require.NoError(v.t, err)
	return d
}

// Nothing is signed on top of what was altered.
func TestSealStopsAtTampering(t *testing.T) {
	for name, alter := range map[string]func(*vault){
		"a digest is gone":    func(v *vault) { v.bucket.Delete(audit.DigestKey("small-dev", 3)) },
		"a digest in between": func(v *vault) { v.bucket.Delete(audit.DigestKey("small-dev", 2)) },
		"a digest by another": func(v *vault) { v.bucket.Set(audit.DigestKey("small-dev", 2), v.body(audit.DigestKey("small-dev", 1))) },
		"no digest":           func(v *vault) { v.bucket.Set(audit.DigestKey("small-dev", 9), []byte("{}")) },
		"a signature by another": func(v *vault) {
			v.bucket.Set(audit.SignatureKey("small-dev", 3), v.body(audit.SignatureKey("small-dev", 2)))
		},
		"no signature":              func(v *vault) { v.bucket.Set(audit.SignatureKey("small-dev", 3), []byte("{}")) },
		"a folder without a digest": func(v *vault) { v.bucket.Set("audit/v1/small-dev/digests/00000009/x", nil) },
	} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t)
			for range 3 {
				v.write(0, 1)
				v.seal()
			}
			before := len(v.bucket.Objects())
			v.bucket.Set("audit/v1/small-dev/digests/stray/x", nil) // which is not the log's
			v.seal()
			for _, n := range []int64{4} {
				v.bucket.Delete(audit.DigestKey("small-dev", n))
				v.bucket.Delete(audit.SignatureKey("small-dev", n))
			}
			require.Len(t, v.bucket.Objects(), before+1)
			alter(v)
			puts := len(v.bucket.Puts)
			_, err := v.sealer().Seal(t.Context())
			require.ErrorIs(t, err, audit.ErrTampered)
			require.Len(t, v.bucket.Puts, puts)
		})
	}
}

func (v *vault) body(key string) []byte { return v.bucket.Objects()[key].Body }

// An object that is no valid segment stops nothing: digests name it, once.
func TestInvalidSegmentsAreNamedAsFaults(t *testing.T) {
	v := newVault(t)
	v.write(0, 2)
	good := v.segments()[0]
	body := v.body(good)
	folder := "audit/v1/small-dev/dt=2026-11-02/hour=00/"
	v.bucket.Set(folder+"notes.txt", []byte("x"))
	v.bucket.Set(strings.Replace(good, "hour=00", "hour=01", 1), body)
	v.bucket.Set(strings.Replace(good, "0001-", "0002-", 1), body)
	v.bucket.Set(good[:len(good)-9]+".gz", body)
	r := v.seal()
	v.seal()
	require.EqualValues(t, 1, r.Segments)
	require.Len(t, r.Faults, 4)
	digests := v.check(0)
	require.Empty(t, digests[1].Faults)
	for _, f := range digests[0].Faults {
		require.NotEmpty(t, f.Reason)
		require.NotNil(t, f.SHA256)
	}
}
