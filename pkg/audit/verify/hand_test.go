package verify_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

// hand damages a copy of a log.
type hand struct {
	*generated
	t      testing.TB
	random *rand.Rand
	checks verify.Config
}

func newHand(t testing.TB, g *generated, seed uint64) *hand {
	copied := &generated{bucket: &bucket{versions: maps.Clone(g.versions)}, log: g.log, config: g.config}
	return &hand{copied, t, rand.New(rand.NewPCG(seed, 2)), copied.checks()}
}

func pick[T any](h *hand, list []T) T { return list[h.random.IntN(len(list))] }

// segment is a random one; digest the number of a random digest, of those up to the last but so many.
func (h *hand) segment() string { return pick(h, h.keys("dt=")) }

func (h *hand) digest(butLast int64) int64 { return 1 + h.random.Int64N(h.log.Digests-butLast) }

func (h *hand) digestKey(number int64) string    { return audit.DigestKey(h.log.Name, number) }
func (h *hand) signatureKey(number int64) string { return audit.SignatureKey(h.log.Name, number) }

// flip changes one byte at or after a place, and before another.
func (h *hand) flip(key string, from, to int) string {
	body := bytes.Clone(h.body(key))
	body[from+h.random.IntN(to-from)] ^= 1 << h.random.IntN(8)
	h.set(key, body)
	return key
}

// lines are the lines of a segment, each with its newline.
func (h *hand) lines(key string) []string {
	r, err := gzip.NewReader(bytes.NewReader(h.body(key)))
	require.NoError(h.t, err)
	text, err := io.ReadAll(r)
	require.NoError(h.t, err)
	lines := strings.SplitAfter(string(text), "\n")
	return lines[:len(lines)-1]
}

func zipped(text string) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out) // of another level than the generator's
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return out.Bytes()
}

// edit rewrites the lines of a segment that has at least so many, "" if there is none.
func (h *hand) edit(atLeast int, f func(lines []string) []string) string {
	key := h.segment()
	lines := h.lines(key)
	if len(lines) < atLeast {
		return ""
	}
	h.set(key, zipped(strings.Join(f(lines), "")))
	return key
}

// replace edits a text in a random line in which it is.
func (h *hand) replace(from, to string) string {
	key := h.segment()
	lines := h.lines(key)
	for _, i := range h.random.Perm(len(lines)) {
		if strings.Contains(lines[i], from) {
			lines[i] = strings.Replace(lines[i], from, to, 1)
			h.set(key, zipped(strings.Join(lines, "")))
			return key
		}
	}
	return ""
}

func hashText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// put puts lines as a segment into an hour, under their right name.
func (h *hand) put(hour time.Time, lines ...string) string {
	text := strings.Join(lines, "")
	sequence := func(line string) string {
		_, rest, _ := strings.Cut(line, `"seq":"`)
		return rest[:strings.IndexByte(rest, '"')]
	}
	last := lines[len(lines)-1]
	_, label, _ := strings.Cut(last, "table/shop/stream/")
	key := fmt.Sprintf("%s%s%s-%s-%s-%s.ndjson.gz", audit.Prefix(h.log.Name), hour.UTC().Format("dt=2006-01-02/hour=15/"),
		label[:strings.IndexByte(label, '"')], sequence(lines[0]), sequence(last), hashText(text)[:16])
	h.set(key, zipped(text))
	return key
}

// readDigest reads a digest; writeDigest writes it over that of its number, as it is signed.
func (h *hand) readDigest(number int64) audit.Digest {
	d, err := audit.ReadDigest(h.body(h.digestKey(number)))
	require.NoError(h.t, err)
	return d
}

func (h *hand) writeDigest(number int64, d *audit.Digest) string {
	body, err := d.Encode()
	require.NoError(h.t, err)
	h.set(h.digestKey(number), body)
	return h.digestKey(number)
}

// changeDigest changes a digest that has segments, up to the last but so many, without signing it.
func (h *hand) changeDigest(butLast int64, f func(d *audit.Digest)) string {
	number := h.digest(butLast)
	d := h.readDigest(number)
	if len(d.Segments) == 0 {
		return ""
	}
	f(&d)
	return h.writeDigest(number, &d)
}

// signer is the one whose key signs the next digest, or that is so many before or after it.
func (h *hand) signer(by int) audit.Signer {
	inForce := h.readDigest(h.log.Digests)
	for n := range len(h.log.Keys) + 1 {
		s, err := auditlog.Signer(h.config.Seed, n)
		require.NoError(h.t, err)
		if key, _ := s.PublicKey(h.t.Context()); key.ID == inForce.InForce() {
			s, err = auditlog.Signer(h.config.Seed, n+by)
			require.NoError(h.t, err)
			return s
		}
	}
	h.t.Fatal("the log's last key is none of its seed's")
	return nil
}

// next appends a digest that the key's holder signs, of segments as they are, changed by f before it is signed.
func (h *hand) next(signer audit.Signer, segments []string, f func(d *audit.Digest)) string {
	last := h.log.Digests
	body := h.body(h.digestKey(last))
	d := h.readDigest(last)
	signature, err := audit.ReadSignature(h.body(h.signatureKey(last)))
	require.NoError(h.t, err)
	public, err := signer.PublicKey(context.Background())
	require.NoError(h.t, err)
	draft := audit.Draft{Log: h.log.Name, At: d.At.Add(5 * time.Minute), Looked: d.Looked, Signer: public.ID,
		Previous: &audit.Link{Digest: d, SHA256: hashText(string(body)), Signature: signature.Signature}}
	for _, key := range segments {
		draft.Read = append(draft.Read, h.readBack(key))
	}
	made, index, err := draft.Digest()
	require.NoError(h.t, err)
	if f != nil {
		f(&made)
	}
	h.log.Digests++
	key := h.writeDigest(h.log.Digests, &made)
	signed, err := audit.SignDigest(context.Background(), signer, &made, h.body(key))
	require.NoError(h.t, err)
	text, err := signed.Encode()
	require.NoError(h.t, err)
	h.set(h.signatureKey(h.log.Digests), text)
	if made.KeyIndex != nil {
		h.set(made.KeyIndex.Key, index)
	}
	return key
}

// readBack describes a segment as a digester would who checks nothing.
func (h *hand) readBack(key string) audit.ReadBack {
	body, text := h.body(key), strings.Join(h.lines(key), "")
	r := audit.ReadBack{Listed: audit.Listed{Bytes: int64(len(body)), Key: key, Lines: int64(strings.Count(text, "\n")),
		SHA256: hashText(string(body)), TextSHA256: hashText(text)}}
	for op, n := range map[string]*int64{"insert": &r.Counts.Insert, "modify": &r.Counts.Modify, "remove": &r.Counts.Remove, "baseline": &r.Counts.Baseline} {
		*n = int64(strings.Count(text, `,"op":"`+op+`","seq"`))
	}
	r.Counts.Raw = r.Lines - r.Counts.Insert - r.Counts.Modify - r.Counts.Remove - r.Counts.Baseline
	r.Items = []audit.ItemHash{audit.NoItem}
	return r
}

// item is an item of whose making the test decides.
type item struct {
	name string
	at   time.Time
	n    int
}

// line is a change of the item from one value to another, "" for none, as the n-th of the test.
func (i *item) line(op, old, now string) string {
	i.n++
	image := func(value string) (text, hash string) {
		if value == "" {
			return "null", "null"
		}
		text = fmt.Sprintf(`{"PK":{"S":%q},"SK":{"S":"X"},"v":{"S":%q}}`, i.name, value)
		return text, `"` + hashText(text) + `"`
	}
	newText, newHash := image(now)
	oldText, oldHash := image(old)
	return fmt.Sprintf(`{"at":"%s","cause":"user","id":"%s-%d","keys":{"PK":{"S":%q},"SK":{"S":"X"}},"new":%s,"newHash":%s,"old":%s,"oldHash":%s,`+
		`"op":%q,"seq":"9000000000000000000000%06d","stream":"arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-11-09T00:00:00.000",`+
		`"v":1,"view":null}`+"\n", i.at.UTC().Format(time.RFC3339Nano), i.name, i.n, i.name, newText, newHash, oldText, oldHash, op, i.n)
}

// newItem is an item that nothing is known of; its lines are of the log's end.
func (h *hand) newItem() *item {
	return &item{name: fmt.Sprintf("NEW#%d", h.random.IntN(1000)), at: h.log.End}
}

// lastOf are the keys with so many numbers of digests, from the end.
func (h *hand) cut(digests int64, segments bool) {
	for n := h.log.Digests - digests + 1; n <= h.log.Digests; n++ {
		d := h.readDigest(n)
		h.delete(h.digestKey(n))
		h.delete(h.signatureKey(n))
		if d.KeyIndex != nil {
			h.delete(d.KeyIndex.Key)
		}
		for i := range d.Segments {
			if segments {
				h.delete(d.Segments[i].Key)
			}
		}
	}
}

// put versions on top of an object.
func (h *hand) onTop(key string, v stored) string {
	h.versions[key] = append(slices.Clone(h.versions[key]), v)
	return key
}
