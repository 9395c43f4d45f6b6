package verify_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

// copyOf writes a log into a folder.
func copyOf(t testing.TB, c auditlog.Config) (verify.Folder, auditlog.Log) {
	t.Helper()
	folder := t.TempDir()
	log, err := auditlog.Write(c, auditlog.Folder(folder))
	require.NoError(t, err)
	return verify.Folder(folder), log
}

func checksOf(folder verify.Folder, log auditlog.Log) verify.Config {
	return verify.Config{Log: log.Name, Source: folder, Keys: log.Keys[:1], Now: log.End.Add(time.Minute)}
}

func TestFolder(t *testing.T) {
	folder, log := copyOf(t, everything)
	r, err := verify.Verify(t.Context(), checksOf(folder, log))
	require.NoError(t, err)
	require.Empty(t, r.Findings)
	require.Equal(t, log.Lines, r.Lines)
	require.Contains(t, fmt.Sprint(r.NotProven), "a copy has no versions")
	names, err := folder.Logs()
	require.NoError(t, err)
	require.Equal(t, []string{log.Name}, names)
}

// What cannot be read is named, and makes nothing wrong.
func TestUnreadable(t *testing.T) {
	g := generate(t, auditlog.Config{Seed: 5})
	segment := g.keys("dt=")[1]
	for _, denied := range []string{"0000000004.json", "0000000004.signature", segment, g.keys("keys/")[0]} {
		h := newHand(t, g, 1)
		h.denied = denied
		r, err := verify.Verify(t.Context(), h.checks)
		require.NoError(t, err)
		require.Equal(t, verify.Blind, r.Status, "%s: %+v", denied, r.Findings)
		require.Len(t, r.Unread, 1)
		require.Contains(t, r.Unread[0], denied)
		h.delete(g.keys("dt=")[0])
		r, err = verify.Verify(t.Context(), h.checks)
		require.NoError(t, err)
		require.Equal(t, verify.Wrong, r.Status, "what is wrong goes first")
	}
	h := newHand(t, g, 1)
	h.denied = "/"
	r, err := verify.Verify(t.Context(), h.checks)
	require.ErrorIs(t, err, errDenied)
	require.Equal(t, verify.Blind, r.Status)
}

// What is no file of the log is named and not followed.
func TestFolderWithStrangers(t *testing.T) {
	folder, log := copyOf(t, auditlog.Config{Seed: 5})
	root := filepath.Join(string(folder), "audit", "v1", log.Name)
	segments, err := filepath.Glob(filepath.Join(root, "dt=*", "hour=*", "*"))
	require.NoError(t, err)
	outside := filepath.Join(t.TempDir(), "outside")
	require.NoError(t, os.Rename(segments[0], outside))
	require.NoError(t, os.Symlink(outside, segments[0]))
	require.NoError(t, os.Symlink(root, filepath.Join(root, "loop")))
	require.NoError(t, os.WriteFile(filepath.Join(root, ".DS_Store"), nil, 0o600))
	extra := filepath.Join(filepath.Dir(segments[0]), strings.Replace(filepath.Base(segments[1]), "-", "+", 1))
	require.NoError(t, os.WriteFile(extra, []byte("x"), 0o600))
	r, err := verify.Verify(t.Context(), checksOf(folder, log))
	require.NoError(t, err)
	require.EqualValues(t, 3, r.Counts[verify.Stray], "%+v", r.Findings)
	require.EqualValues(t, 1, r.Counts[verify.SegmentMissing])
	require.Equal(t, verify.Wrong, r.Status)
}

func TestFolderThatCannotBeRead(t *testing.T) {
	_, err := verify.Verify(t.Context(), verify.Config{Log: "x", Source: verify.Folder(t.TempDir()), Now: time.Now()})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = verify.Folder(t.TempDir()).Logs()
	require.ErrorIs(t, err, os.ErrNotExist)
}

// packed is a gzip stream of a part over and over, size bytes at least. A block that follows its like is compressed once:
// that form fits wherever the 32 KB before it are the same.
func packed(t *testing.T, part string, size int) []byte {
	t.Helper()
	block := []byte(strings.Repeat(part, 1<<20/len(part)))
	var compressed bytes.Buffer
	w, err := flate.NewWriter(&compressed, flate.BestCompression)
	require.NoError(t, err)
	ends := [2]int{}
	for i := range ends {
		_, err := w.Write(block)
		require.NoError(t, err)
		require.NoError(t, w.Flush())
		ends[i] = compressed.Len()
	}
	first, again := compressed.Bytes()[:ends[0]], compressed.Bytes()[ends[0]:ends[1]]
	times := (size + len(block) - 1) / len(block)
	sum := uint32(0)
	for range times {
		sum = crc32.Update(sum, crc32.IEEETable, block)
	}
	const header, end = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff", "\x03\x00" // RFC 1952, 2.3; an empty last block of RFC 1951
	stream := slices.Concat([]byte(header), first, bytes.Repeat(again, times-1), []byte(end))
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(stream, sum), uint32(times*len(block)))
}

// What packed makes is what gzip reads, or a bomb would be refused for another reason than its size.
func TestPackedIsGzip(t *testing.T) {
	for _, part := range []string{"0", "a line\n"} {
		r, err := gzip.NewReader(bytes.NewReader(packed(t, part, 5<<20)))
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		require.True(t, strings.Repeat(part, len(text)/len(part)) == string(text)) // not Equal, which would print it
		require.GreaterOrEqual(t, len(text), 5<<20)
	}
}

// A segment that decompresses to a thousand times its size is refused without taking the memory for it.
func TestBombs(t *testing.T) {
	short := 62 // many lines take long with the race detector
	if testing.Short() {
		short = 1 << 12
	}
	for name, bomb := range map[string]struct{ part, says string }{
		"one line":   {"0", "a line of more than 8 MiB"},
		"many lines": {strings.Repeat("0", short) + "\n", "more than 256 MiB of lines"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHand(t, generate(t, auditlog.Config{Seed: 5}), 1)
			key := h.segment()
			h.set(key, packed(t, bomb.part, 300<<20))
			require.Less(t, len(h.body(key))*200, 300<<20)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			r, err := verify.Verify(t.Context(), h.checks)
			require.NoError(t, err)
			runtime.ReadMemStats(&after)
			require.Equal(t, verify.SegmentAltered, r.First.Class)
			require.Equal(t, key, r.First.Object)
			require.Contains(t, r.First.Detail, bomb.says)
			require.Less(t, after.HeapSys-min(after.HeapSys, before.HeapSys), uint64(40<<20), "the heap may double while a buffer grows")
		})
	}
}

// An item may have 400 KB, of which control characters take six bytes each in a line; lines as long are read.
func TestLongLines(t *testing.T) {
	h := newHand(t, generate(t, auditlog.Config{Seed: 5}), 1)
	i := h.newItem()
	big := strings.Repeat(`\u0001`, 400<<10)
	line := strings.ReplaceAll(i.line("insert", "", "BIG"), `"BIG"`, `"`+big+`"`)
	image := fmt.Sprintf(`{"PK":{"S":%q},"SK":{"S":"X"},"v":{"S":"%s"}}`, i.name, big)
	start := strings.Index(line, `,"newHash":"`) + len(`,"newHash":"`)
	line = line[:start] + hashText(image) + line[start+64:]
	key := h.put(i.at, line)
	h.next(h.signer(0), []string{key}, nil)
	h.checks.Now = h.checks.Now.Add(time.Minute)
	r, err := verify.Verify(t.Context(), h.checks)
	require.NoError(t, err)
	require.Empty(t, r.Findings)
}

// Many tiny segments: OUTFLOW_TAMPER_TRIALS makes it a hundredfold.
func TestTinySegments(t *testing.T) {
	g := generate(t, auditlog.Config{Seed: 5, Changes: 10 * trials(t, 500), SegmentLines: 1, Items: 100, Span: 26 * time.Hour})
	r := g.verify(t)
	require.Empty(t, r.Findings)
	require.Equal(t, g.log.Segments, r.Segments)
	for _, key := range g.keys("dt=") { // more findings than a report holds
		g.delete(key)
	}
	r = g.verify(t)
	require.Equal(t, g.log.Segments, r.Counts[verify.SegmentMissing])
	require.Len(t, r.Findings, verify.MaxFindings)
}

// A line with a break is found also where the records do not fit into memory.
func TestChainsOnDisk(t *testing.T) {
	g := generate(t, auditlog.Config{Seed: 6, Changes: 150_000, Items: 3, SegmentLines: 5000, Span: 2 * time.Hour, Duplicates: 7})
	if !testing.Short() {
		r := g.verify(t)
		require.Empty(t, r.Findings)
		require.Equal(t, g.log.Changes, r.Records)
		require.EqualValues(t, 3, r.Items)
	}
	h := newHand(t, g, 1)
	i := h.newItem()
	key := h.put(i.at, i.line("insert", "", "a"), i.line("modify", "b", "c"))
	h.next(h.signer(0), []string{key}, nil)
	h.checks.TempDir = t.TempDir()
	r, err := verify.Verify(t.Context(), h.checks)
	require.NoError(t, err)
	require.EqualValues(t, g.log.Changes+2, r.Records)
	require.Len(t, r.Findings, 1)
	require.Equal(t, verify.ChainBroken, r.First.Class)
	require.Equal(t, key, r.First.Object)
	require.Equal(t, 2, r.First.Line)
	left, err := os.ReadDir(h.checks.TempDir)
	require.NoError(t, err)
	require.Empty(t, left, "what was on disk is gone")
}

func TestTimes(t *testing.T) {
	g := generate(t, everything)
	from := auditlog.Start.Add(5 * time.Hour)
	r := g.verify(t, func(c *verify.Config) { c.From, c.To = from, from.Add(3*time.Hour) })
	require.Empty(t, r.Findings)
	require.Positive(t, r.Lines)
	require.Less(t, r.Lines, g.log.Lines/2)
	require.Equal(t, g.log.Digests, r.Digests)
	r = g.verify(t, func(c *verify.Config) { c.From = g.log.End.Add(time.Hour) })
	require.EqualValues(t, 1, r.Counts[verify.Nothing])
	require.Equal(t, verify.Unproven, r.Status, "nothing checked is not fine")
}

func TestHashOnly(t *testing.T) {
	g := generate(t, everything)
	only := func(c *verify.Config) { c.HashOnly = true }
	r := g.verify(t, only)
	require.Empty(t, r.Findings)
	require.Equal(t, g.log.Lines, r.Lines)
	h := newHand(t, g, 1)
	key := h.edit(1, func(lines []string) []string { return lines })
	r = h.verify(t, only)
	require.Equal(t, verify.SegmentAltered, r.First.Class)
	require.Equal(t, key, r.First.Object)
}

// A raw line explains a break that it may stand for, and no other.
func TestRawExplainsBreaks(t *testing.T) {
	for name, row := range map[string]struct {
		seq  string
		want verify.Class
	}{
		"between":         {`"9000000000000000000000000001"`, verify.ChainUnproven},
		"without version": {`null`, verify.ChainUnproven},
		"before":          {`"8000000000000000000000000001"`, verify.ChainBroken},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHand(t, generate(t, auditlog.Config{Seed: 5}), 1)
			i := h.newItem()
			lines := []string{i.line("insert", "", "a"), "", i.line("modify", "b", "c")}
			raw := fmt.Sprintf(`{"at":"%s","cause":null,"id":"raw","keys":null,"new":null,"newHash":null,"old":null,"oldHash":null,"op":null,"raw":"?",`+
				`"reason":"it is no JSON","seq":%s,"stream":"arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-11-09T00:00:00.000","v":1,"view":null}`+"\n",
				i.at.UTC().Format(time.RFC3339Nano), row.seq)
			h.put(i.at, lines[0], lines[2])
			text := raw
			if row.seq == "null" {
				h.set(audit.Prefix(h.log.Name)+i.at.Format("dt=2006-01-02/hour=15/")+"2026-11-09T00:00:00.000-unknown-unknown-"+hashText(text)[:16]+".ndjson.gz", zipped(text))
			} else {
				h.put(i.at, text)
			}
			r, err := verify.Verify(t.Context(), h.checks)
			require.NoError(t, err)
			require.EqualValues(t, 1, r.Counts[row.want], "%+v", r.Findings)
			require.EqualValues(t, 1, r.Counts[verify.Raw])
		})
	}
}
