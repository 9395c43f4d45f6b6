package verify_test

import (
	"bytes"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

// stranger is a signer that the log knows nothing of.
func (h *hand) stranger() audit.Signer {
	s, err := auditlog.Signer(h.config.Seed+1_000_000, 0)
	require.NoError(h.t, err)
	return s
}

// another is a log like this one that is none of its digests.
func (h *hand) another(c auditlog.Config) *generated {
	c.Seed, c.Items, c.Changes = h.config.Seed, 7, 61
	return generate(h.t, c)
}

// ofDigests are the kinds of damage to digests, signatures and key indexes by whoever has no key.
func ofDigests() []damage {
	altered := []verify.Class{verify.DigestAltered}
	changed := []verify.Class{verify.DigestAltered, verify.SignatureWrong, verify.DigestWrong}
	field := func(name string, f func(h *hand, d *audit.Digest)) damage {
		return damage{name: name, want: changed, do: func(h *hand) string {
			return h.changeDigest(0, func(d *audit.Digest) { f(h, d) })
		}}
	}
	return []damage{
		{name: "byte flipped in a digest", want: changed, do: func(h *hand) string { k := h.digestKey(h.digest(0)); return h.flip(k, 0, len(h.body(k))) }},
		{name: "newline after a digest", want: altered, do: func(h *hand) string {
			k := h.digestKey(h.digest(0))
			h.set(k, append(bytes.Clone(h.body(k)), '\n'))
			return k
		}},
		{name: "digest with a member twice", want: altered, do: func(h *hand) string {
			k := h.digestKey(h.digest(0))
			h.set(k, bytes.Replace(h.body(k), []byte(`,"v":1}`), []byte(`,"v":1,"v":1}`), 1))
			return k
		}},
		{name: "digest truncated", want: altered, do: func(h *hand) string {
			k := h.digestKey(h.digest(0))
			h.set(k, h.body(k)[:h.random.IntN(len(h.body(k)))])
			return k
		}},
		field("count changed", func(_ *hand, d *audit.Digest) { d.Counts.Insert++; d.Counts.Modify-- }),
		field("lines changed", func(_ *hand, d *audit.Digest) { d.Lines++ }),
		field("root changed", func(_ *hand, d *audit.Digest) { d.Root = hashText("x") }),
		field("segment's hash changed in the digest", func(h *hand, d *audit.Digest) { d.Segments[h.random.IntN(len(d.Segments))].SHA256 = hashText("x") }),
		field("segment taken out of the digest", func(_ *hand, d *audit.Digest) { d.Segments = d.Segments[1:] }),
		field("segment taken out of the digest, figures and all", func(h *hand, d *audit.Digest) {
			out := h.readBack(d.Segments[0].Key).Counts
			d.Segments, d.Lines = d.Segments[1:], d.Lines-out.Total()
			d.Counts.Insert, d.Counts.Modify = d.Counts.Insert-out.Insert, d.Counts.Modify-out.Modify
			d.Counts.Remove, d.Counts.Baseline = d.Counts.Remove-out.Remove, d.Counts.Baseline-out.Baseline
			d.Root, _ = audit.RootOf(d.Segments)
		}),
		field("time changed", func(_ *hand, d *audit.Digest) { d.At = d.At.Add(time.Second) }),
		field("another key announced", func(h *hand, d *audit.Digest) {
			key, _ := h.stranger().PublicKey(h.t.Context())
			d.NextKey = &key
		}),
		field("another signer named", func(h *hand, d *audit.Digest) { d.SignedBy = hashText("x") }),
		field("where it looked changed", func(_ *hand, d *audit.Digest) { d.Looked.Complete = !d.Looked.Complete }),
		field("what is unresolved changed", func(_ *hand, d *audit.Digest) { d.Unresolved.Records.Count++ }),
		field("fault added", func(h *hand, d *audit.Digest) { d.Faults = []audit.Fault{{Key: h.segment(), Reason: "x"}} }),
		{name: "digest removed", want: []verify.Class{verify.DigestMissing}, do: func(h *hand) string { k := h.digestKey(h.digest(0)); h.delete(k); return k }},
		{name: "digest and its signature removed", want: []verify.Class{verify.DigestMissing}, do: func(h *hand) string {
			n := h.digest(1)
			h.delete(h.digestKey(n))
			h.delete(h.signatureKey(n))
			return h.digestKey(n)
		}},
		{name: "head cut", want: []verify.Class{verify.DigestMissing}, do: func(h *hand) string {
			n := h.digest(1)
			for i := int64(1); i <= n; i++ {
				h.delete(h.digestKey(i))
				h.delete(h.signatureKey(i))
			}
			return h.digestKey(1 + h.random.Int64N(n))
		}},
		{name: "digest replayed as the next", want: altered, do: func(h *hand) string {
			n := h.digest(0)
			h.set(h.digestKey(h.log.Digests+1), h.body(h.digestKey(n)))
			h.set(h.signatureKey(h.log.Digests+1), h.body(h.signatureKey(n)))
			return h.digestKey(h.log.Digests + 1)
		}},
		{name: "digest replaced by one before", want: altered, do: func(h *hand) string {
			n := 2 + h.random.Int64N(h.log.Digests-1)
			h.set(h.digestKey(n), h.body(h.digestKey(n-1)))
			h.set(h.signatureKey(n), h.body(h.signatureKey(n-1)))
			return h.digestKey(n)
		}},
		{name: "digest of another log", want: altered, do: func(h *hand) string {
			n, other := h.digest(0), h.another(auditlog.Config{Log: "other-test", Span: h.config.Span + time.Hour})
			n = min(n, other.log.Digests)
			h.set(h.digestKey(n), other.body(audit.DigestKey("other-test", n)))
			h.set(h.signatureKey(n), other.body(audit.SignatureKey("other-test", n)))
			return h.digestKey(n)
		}},
		{name: "forged empty digest without signature", want: []verify.Class{verify.UnsignedTail}, do: func(h *hand) string {
			h.next(h.signer(0), nil, nil)
			h.delete(h.signatureKey(h.log.Digests))
			return h.signatureKey(h.log.Digests)
		}},
		{name: "forged digest without signature that follows another", want: altered, do: func(h *hand) string {
			h.next(h.signer(0), nil, func(d *audit.Digest) { d.Previous.SHA256 = hashText("x") })
			h.delete(h.signatureKey(h.log.Digests))
			return h.digestKey(h.log.Digests)
		}},
		{name: "forged empty digest by a stranger", want: []verify.Class{verify.KeyUnannounced}, do: func(h *hand) string { return h.next(h.stranger(), nil, nil) }},
		{name: "forged digest in the key's name", want: []verify.Class{verify.SignatureWrong}, do: func(h *hand) string {
			h.next(h.signer(0), nil, nil)
			s, err := audit.ReadSignature(h.body(h.signatureKey(h.log.Digests)))
			require.NoError(h.t, err)
			sum := sha256.Sum256(h.body(h.digestKey(h.log.Digests)))
			s.Signature, err = h.stranger().Sign(h.t.Context(), sum[:])
			require.NoError(h.t, err)
			body, err := s.Encode()
			require.NoError(h.t, err)
			h.set(h.signatureKey(h.log.Digests), body)
			return h.signatureKey(h.log.Digests)
		}},
		{name: "signature removed", want: []verify.Class{verify.SignatureMissing}, do: func(h *hand) string { k := h.signatureKey(h.digest(1)); h.delete(k); return k }},
		{name: "last signature removed", want: []verify.Class{verify.UnsignedTail}, do: func(h *hand) string { k := h.signatureKey(h.log.Digests); h.delete(k); return k }},
		{name: "byte flipped in a signature", want: []verify.Class{verify.SignatureWrong}, do: func(h *hand) string { k := h.signatureKey(h.digest(0)); return h.flip(k, 0, len(h.body(k))) }},
		{name: "signature of another digest", want: []verify.Class{verify.SignatureWrong}, do: func(h *hand) string {
			n := 2 + h.random.Int64N(h.log.Digests-1)
			h.set(h.signatureKey(n), h.body(h.signatureKey(n-1)))
			return h.signatureKey(n)
		}},
		{name: "signature made into another that verifies", want: []verify.Class{verify.SignatureWrong}, do: func(h *hand) string { return h.otherSignature(h.digest(1)) }},
		{name: "second version of a digest", want: []verify.Class{verify.SecondVersion}, do: func(h *hand) string { return h.onTop(h.digestKey(h.digest(0)), stored{body: []byte("{}")}) }},
		{name: "delete marker on a digest", want: []verify.Class{verify.DeleteMarker}, do: func(h *hand) string { return h.onTop(h.digestKey(h.digest(0)), stored{marker: true}) }},
		{name: "delete marker on a signature", want: []verify.Class{verify.DeleteMarker}, do: func(h *hand) string { return h.onTop(h.signatureKey(h.digest(0)), stored{marker: true}) }},
		{name: "key index removed", want: []verify.Class{verify.IndexMissing}, do: func(h *hand) string { k := pick(h, h.keys("keys/")); h.delete(k); return k }},
		{name: "byte flipped in a key index", want: []verify.Class{verify.IndexAltered}, do: func(h *hand) string { k := pick(h, h.keys("keys/")); return h.flip(k, 0, len(h.body(k))) }},
		{name: "second version of a key index", want: []verify.Class{verify.SecondVersion}, do: func(h *hand) string { return h.onTop(pick(h, h.keys("keys/")), stored{body: []byte("x")}) }},
		{name: "wrong key", want: []verify.Class{verify.KeyUnannounced}, do: func(h *hand) string {
			key, err := h.stranger().PublicKey(h.t.Context())
			require.NoError(h.t, err)
			h.checks.Keys = []audit.PublicKey{key}
			return h.digestKey(1)
		}},
	}
}

// ofEnds are the kinds that take away what came last, or all.
func ofEnds() []damage {
	some := func(h *hand) int64 { return 1 + h.random.Int64N(min(3, h.log.Digests-1)) }
	return []damage{
		{name: "tail cut, anchored", want: []verify.Class{verify.AnchorDiffers}, do: func(h *hand) string {
			h.anchored(&h.checks)
			h.cut(some(h), true)
			return h.digestKey(h.log.Digests)
		}},
		{name: "tail of digests cut, anchored", want: []verify.Class{verify.AnchorDiffers}, do: func(h *hand) string {
			h.anchored(&h.checks)
			h.cut(some(h), false)
			return h.digestKey(h.log.Digests)
		}},
		{name: "tail cut, not anchored, long ago", want: []verify.Class{verify.Stale}, do: func(h *hand) string {
			n := some(h)
			if h.config.Late > 0 { // late segments are of long before: chains show that they are gone
				return ""
			}
			h.checks.Now = h.checks.Now.Add(verify.DefaultFresh)
			h.cut(n, true)
			return h.digestKey(h.log.Digests - n)
		}},
		{name: "tail of digests cut, not anchored, just now", want: []verify.Class{verify.SegmentUnsealed}, do: func(h *hand) string {
			key, n := "", int64(0)
			for ; key == "" && n < h.log.Digests-1; n++ {
				if d := h.readDigest(h.log.Digests - n); len(d.Segments) > 0 {
					key = d.Segments[0].Key
				}
			}
			if key == "" {
				return ""
			}
			h.cut(n, false)
			h.checks.Now = h.readDigest(h.log.Digests - n).At.Add(time.Minute)
			return key
		}},
		{name: "tail cut, not anchored, just now", unprovable: true, do: func(h *hand) string {
			n := some(h)
			if h.config.Late > 0 { // as above
				return ""
			}
			h.cut(n, true)
			h.checks.Now = h.readDigest(h.log.Digests - n).At.Add(time.Minute)
			return "cut off"
		}},
		{name: "all digests deleted", want: []verify.Class{verify.Nothing}, do: func(h *hand) string {
			h.cut(h.log.Digests, false)
			return audit.Prefix(h.log.Name)
		}},
		{name: "all deleted", want: []verify.Class{verify.Nothing}, do: func(h *hand) string {
			h.cut(h.log.Digests, true)
			return audit.Prefix(h.log.Name)
		}},
		{name: "all deleted, anchored", want: []verify.Class{verify.AnchorDiffers}, do: func(h *hand) string {
			h.anchored(&h.checks)
			h.cut(h.log.Digests, true)
			return h.digestKey(h.log.Digests)
		}},
		{name: "another history by the same key, anchored", want: []verify.Class{verify.AnchorDiffers}, do: func(h *hand) string {
			anchors, key := h.log.Anchors, h.digestKey(1)
			c := h.config
			c.Changes += 7
			other := generate(h.t, c)
			h.checks.Source, h.checks.Now = other.bucket, other.log.End.Add(time.Minute)
			h.checks.Anchors = anchors[:1]
			if bytes.Equal(other.body(key), h.body(key)) {
				return ""
			}
			return key
		}},
		{name: "clock ahead", want: []verify.Class{verify.Stale}, do: func(h *hand) string {
			h.checks.Now = h.log.End.Add(-2 * time.Hour)
			return h.digestKey(h.log.Digests)
		}},
	}
}

// otherSignature is another signature that verifies: whoever has (r, s) has (r, n-s), without the key.
func (h *hand) otherSignature(number int64) string {
	key := h.signatureKey(number)
	s, err := audit.ReadSignature(h.body(key))
	require.NoError(h.t, err)
	var pair struct{ R, S *big.Int }
	_, err = asn1.Unmarshal(s.Signature, &pair)
	require.NoError(h.t, err)
	pair.S.Sub(elliptic.P256().Params().N, pair.S)
	s.Signature, err = asn1.Marshal(pair)
	require.NoError(h.t, err)
	body, err := s.Encode()
	require.NoError(h.t, err)
	h.set(key, body)
	return key
}
