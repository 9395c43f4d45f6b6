package verifypair_test

import (
	"bytes"
	"compress/gzip"
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
)

// hand damages a copy of a log.
type hand struct {
	*testing.T
	objects map[string][]byte
	config  auditlog.Config
	log     auditlog.Log
	random  *rand.Rand
	now     time.Time
	anchors []audit.Anchor
	key     audit.PublicKey // that the reader brings
}

// generate writes a log that the seed decides. All of its digests are signed by one key, except where it rotates.
func generate(t *testing.T, c auditlog.Config) *hand {
	t.Helper()
	bucket := auditlog.NewMemory()
	log, err := auditlog.Write(c, bucket)
	require.NoError(t, err)
	return &hand{T: t, objects: bucket.Objects, config: c, log: log, now: log.End.Add(10 * time.Minute), key: log.Keys[0],
		random: rand.New(rand.NewPCG(c.Seed, 9))}
}

// again is a copy to damage in another place.
func (h *hand) again(t *testing.T, trial int) *hand {
	c := *h
	c.T, c.objects, c.random = t, maps.Clone(h.objects), rand.New(rand.NewPCG(h.config.Seed, uint64(trial)))
	return &c
}

// pick is a random key of those that begin so behind the log's prefix.
func (h *hand) pick(prefix string) string {
	var keys []string
	for key := range h.objects {
		if strings.HasPrefix(key, audit.Prefix(h.log.Name)+prefix) {
			keys = append(keys, key)
		}
	}
	require.NotEmpty(h, keys, prefix)
	slices.Sort(keys)
	return keys[h.random.IntN(len(keys))]
}

func (h *hand) digestKey(n int64) string    { return audit.DigestKey(h.log.Name, n) }
func (h *hand) signatureKey(n int64) string { return audit.SignatureKey(h.log.Name, n) }

// number is that of a random digest, butLast not one of the last so many.
func (h *hand) number(butLast int64) int64 { return 1 + h.random.Int64N(h.log.Digests-butLast) }

// flip changes one bit of an object, not before a place.
func (h *hand) flip(key string, from int) {
	body := bytes.Clone(h.objects[key])
	body[from+h.random.IntN(len(body)-from)] ^= 1 << h.random.IntN(8)
	h.objects[key] = body
}

// edit rewrites the text of a random segment.
func (h *hand) edit(f func(lines []string) []string) {
	key := h.pick("dt=")
	h.objects[key] = zipped(strings.Join(f(h.lines(key)), ""))
}

func (h *hand) lines(key string) []string {
	r, err := gzip.NewReader(bytes.NewReader(h.objects[key]))
	require.NoError(h, err)
	text, err := io.ReadAll(r)
	require.NoError(h, err)
	return slices.Collect(strings.Lines(string(text)))
}

func zipped(text string) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out) // of another level than the log's
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return out.Bytes()
}

func hashText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// put puts lines as a segment of an hour, by its right name.
func (h *hand) put(hour time.Time, lines ...string) (key string) {
	text := strings.Join(lines, "")
	first, last := between(lines[0], `"seq":"`), between(lines[len(lines)-1], `"seq":"`)
	key = fmt.Sprintf("%s%s%s-%s-%s-%s.ndjson.gz", audit.Prefix(h.log.Name), hour.UTC().Format("dt=2006-01-02/hour=15/"),
		between(lines[len(lines)-1], "table/shop/stream/"), first, last, hashText(text)[:16])
	h.objects[key] = zipped(text)
	return key
}

// between is what is between a text and the next quote.
func between(text, start string) string {
	_, rest, _ := strings.Cut(text, start)
	return rest[:strings.IndexByte(rest, '"')]
}

const newStream = "arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-11-09T00:00:00.000"

// line is the n-th change of an item that the log does not know, at the log's end; a value of "" is no image.
func (h *hand) line(n int, op, old, now string) string {
	image := func(value string) (text, hash string) {
		if value == "" {
			return "null", "null"
		}
		text = fmt.Sprintf(`{"PK":{"S":"NEW"},"v":{"S":%q}}`, value)
		return text, `"` + hashText(text) + `"`
	}
	newText, newHash := image(now)
	oldText, oldHash := image(old)
	return fmt.Sprintf(`{"at":"%s","cause":"user","id":"new-%d","keys":{"PK":{"S":"NEW"}},"new":%s,"newHash":%s,"old":%s,"oldHash":%s,`+
		`"op":%q,"seq":"9000%d","stream":%q,"v":1,"view":null}`+"\n",
		h.log.End.Format(time.RFC3339Nano), n, newText, newHash, oldText, oldHash, op, n, newStream)
}

func (h *hand) readDigest(n int64) audit.Digest {
	d, err := audit.ReadDigest(h.objects[h.digestKey(n)])
	require.NoError(h, err)
	return d
}

// change changes a digest without signing it.
func (h *hand) change(n int64, f func(d *audit.Digest)) {
	d := h.readDigest(n)
	f(&d)
	body, err := d.Encode()
	require.NoError(h, err)
	h.objects[h.digestKey(n)] = body
}

// seal appends a digest of these segments, changed by f before the signer signs it.
func (h *hand) seal(signer audit.Signer, segments []string, f func(d *audit.Digest)) {
	last := h.readDigest(h.log.Digests)
	signature, err := audit.ReadSignature(h.objects[h.signatureKey(h.log.Digests)])
	require.NoError(h, err)
	public, err := signer.PublicKey(h.Context())
	require.NoError(h, err)
	draft := audit.Draft{Log: h.log.Name, At: last.At.Add(5 * time.Minute), Looked: last.Looked, Signer: public.ID,
		Previous: &audit.Link{Digest: last, SHA256: hashText(string(h.objects[h.digestKey(h.log.Digests)])), Signature: signature.Signature}}
	for _, key := range segments {
		draft.Read = append(draft.Read, h.readBack(key))
	}
	d, index, err := draft.Digest()
	require.NoError(h, err)
	if f != nil {
		f(&d)
	}
	h.log.Digests++
	body, err := d.Encode()
	require.NoError(h, err)
	signed, err := audit.SignDigest(h.Context(), signer, &d, body)
	require.NoError(h, err)
	h.objects[h.digestKey(d.Number)] = body
	h.objects[h.signatureKey(d.Number)], err = signed.Encode()
	require.NoError(h, err)
	if d.KeyIndex != nil {
		h.objects[d.KeyIndex.Key] = index
	}
}

// readBack lists a segment as a maker of digests would who checks nothing.
func (h *hand) readBack(key string) audit.ReadBack {
	text := strings.Join(h.lines(key), "")
	r := audit.ReadBack{Items: []audit.ItemHash{audit.NoItem}, Listed: audit.Listed{Key: key, Bytes: int64(len(h.objects[key])),
		SHA256: hashText(string(h.objects[key])), Lines: int64(strings.Count(text, "\n")), TextSHA256: hashText(text)}}
	count := func(op string) int64 { return int64(strings.Count(text, `,"op":"`+op+`","seq"`)) }
	r.Counts = audit.Tally{Baseline: count("baseline"), Insert: count("insert"), Modify: count("modify"), Remove: count("remove")}
	r.Counts.Raw = r.Lines - r.Counts.Total()
	return r
}

// signer is the n-th key of the log's seed.
func (h *hand) signer(n int) audit.Signer {
	s, err := auditlog.Signer(h.config.Seed, n)
	require.NoError(h, err)
	return s
}
