package auditlog_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/pkg/audit"
)

var everything = auditlog.Config{
	Seed: 7, Items: 12, Changes: 900, Span: 30 * time.Hour, SegmentLines: 10, LineBytes: 800, Duplicates: 5, Late: 9, Adopted: 3,
	Raw: 200, Streams: 2, Rotate: 50, Pause: 40 * time.Hour,
}

// What is generated is what the formats say: each object reads strictly, and the digests list exactly the segments.
func TestLogIsWhatTheFormatsSay(t *testing.T) {
	bucket := auditlog.NewMemory()
	log, err := auditlog.Write(everything, bucket)
	require.NoError(t, err)
	objects := bucket.Objects
	var last audit.Link
	var lines int64
	listed, late, empty := map[string]bool{}, 0, 0
	key := log.Keys[0]
	for n := int64(1); n <= log.Digests; n++ {
		body := objects[audit.DigestKey(log.Name, n)]
		d, err := audit.ReadDigest(body)
		require.NoError(t, err)
		require.NoError(t, d.Check())
		signature, err := audit.ReadSignature(objects[audit.SignatureKey(log.Name, n)])
		require.NoError(t, err)
		require.NoError(t, signature.Verify(key, &d, body))
		if n > 1 {
			require.Equal(t, &audit.Previous{Number: n - 1, SHA256: last.SHA256, Signature: last.Signature}, d.Previous)
		}
		if d.NextKey != nil {
			key = *d.NextKey
		}
		draft := audit.Draft{Log: log.Name, At: d.At, Looked: d.Looked, Previous: &last, Signer: d.SignedBy, NextKey: d.NextKey}
		if n == 1 {
			draft.Previous = nil
		}
		for _, s := range d.Segments {
			require.False(t, listed[s.Key], s.Key)
			listed[s.Key] = true
			read, err := audit.ReadSealed(s.Key, objects[s.Key])
			require.NoError(t, err)
			draft.Read = append(draft.Read, read)
			lines += read.Lines
		}
		again, index, err := draft.Digest()
		require.NoError(t, err)
		require.Equal(t, d, read(t, again))
		if d.KeyIndex == nil {
			empty++
		} else {
			require.Equal(t, objects[d.KeyIndex.Key], index)
		}
		late += len(d.Looked.Late)
		last = audit.Link{Digest: d, SHA256: audit.AnchorOf(&d, body).SHA256, Signature: signature.Signature}
		require.Equal(t, audit.AnchorOf(&d, body), log.Anchors[n-1])
	}
	require.Equal(t, log.Lines, lines)
	require.Len(t, listed, int(log.Segments))
	require.Positive(t, late)
	require.Positive(t, empty)
	require.Greater(t, len(log.Keys), 2)
	for key := range objects {
		_, _, digest := audit.ParseDigestKey(log.Name, key)
		rest := strings.TrimPrefix(key, audit.Prefix(log.Name))
		require.True(t, digest || listed[key] || strings.HasPrefix(rest, "keys/") || strings.HasPrefix(rest, "late/"), key)
	}
}

// read gives a digest the empty lists that reading gives it.
func read(t *testing.T, d audit.Digest) audit.Digest {
	t.Helper()
	body, err := d.Encode()
	require.NoError(t, err)
	d, err = audit.ReadDigest(body)
	require.NoError(t, err)
	return d
}

// The images of an item are a chain, and each record has one identity.
func TestItemsAreChains(t *testing.T) {
	bucket := auditlog.NewMemory()
	log, err := auditlog.Write(everything, bucket)
	require.NoError(t, err)
	records := map[string]audit.Identity{}
	lines := map[string]audit.Line{} // by version
	baselines := map[string]string{}
	duplicates := 0
	for key, body := range bucket.Objects {
		if !strings.Contains(key, "/dt=") || strings.Contains(key, "/late/") {
			continue
		}
		all, err := audit.ReadSegment(key, body)
		require.NoError(t, err)
		for _, line := range all {
			known, found := records[line.ID]
			require.True(t, !found || known == line.Identity())
			if found {
				duplicates++
			}
			records[line.ID] = line.Identity()
			if line.Op == audit.OpBaseline {
				baselines[string(line.Keys)] = line.NewHash
			} else {
				lines[line.Version()] = line
			}
		}
	}
	require.Positive(t, duplicates)
	require.Len(t, lines, int(log.Changes))
	require.Len(t, baselines, everything.Adopted)
	raw := 0
	state := baselines
	for _, version := range sorted(lines) {
		line := lines[version]
		if line.IsRaw() {
			raw++
			continue
		}
		require.Equal(t, state[string(line.Keys)], line.OldHash, version)
		state[string(line.Keys)] = line.NewHash
	}
	require.Positive(t, raw)
}

func TestSameSeedGivesTheSameBytes(t *testing.T) {
	one, other := auditlog.NewMemory(), auditlog.NewMemory()
	_, err := auditlog.Write(everything, one)
	require.NoError(t, err)
	_, err = auditlog.Write(everything, other)
	require.NoError(t, err)
	require.Equal(t, one.Objects, other.Objects)
	differs := everything
	differs.Seed++
	third := auditlog.NewMemory()
	_, err = auditlog.Write(differs, third)
	require.NoError(t, err)
	require.NotEqual(t, one.Objects, third.Objects)
}

// A log of ten million lines. OUTFLOW_AUDITLOG_DIR keeps it there.
func BenchmarkTenMillionLines(b *testing.B) {
	folder := os.Getenv("OUTFLOW_AUDITLOG_DIR")
	if folder == "" {
		folder = b.TempDir()
	}
	for b.Loop() {
		log, err := auditlog.Write(auditlog.Config{Items: 1_000_000, Changes: 10_000_000, Span: 48 * time.Hour, SegmentLines: 1000}, auditlog.Folder(folder))
		require.NoError(b, err)
		b.ReportMetric(float64(log.Lines)/b.Elapsed().Seconds(), "lines/s")
	}
}

func sorted(lines map[string]audit.Line) []string { return slices.Sorted(maps.Keys(lines)) }
