package verify_test

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

// bucket is a bucket in memory: the versions of each object, the oldest first.
type bucket struct {
	versions map[string][]stored
	denied   string // keys with this in them cannot be read; "" for none
}

type stored struct {
	body   []byte
	marker bool
	odd    string
}

var errDenied = errors.New("access denied")

func bucketOf(objects map[string][]byte) *bucket {
	b := &bucket{versions: make(map[string][]stored, len(objects))}
	for key, body := range objects {
		b.set(key, body)
	}
	return b
}

func (b *bucket) set(key string, body []byte) { b.versions[key] = []stored{{body: body}} }

func (b *bucket) delete(key string) { delete(b.versions, key) }

func (b *bucket) body(key string) []byte {
	if all := b.versions[key]; len(all) > 0 {
		return all[0].body
	}
	return nil
}

// keys are those of which the part behind the log's prefix begins with this, ascending.
func (b *bucket) keys(prefix string) []string {
	var keys []string
	for key := range b.versions {
		if parts := strings.SplitN(key, "/", 4); len(parts) == 4 && strings.HasPrefix(parts[3], prefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func (b *bucket) List(_ context.Context, prefix string) iter.Seq2[verify.Object, error] {
	return func(yield func(verify.Object, error) bool) {
		for _, key := range slices.Sorted(maps.Keys(b.versions)) {
			if !strings.HasPrefix(key, prefix) {
				continue
			}
			for i, v := range slices.Backward(b.versions[key]) {
				if !yield(verify.Object{Key: key, Version: string(rune('a' + i)), Marker: v.marker, Odd: v.odd}, nil) {
					return
				}
			}
		}
	}
}

func (b *bucket) Read(_ context.Context, key, version string, limit int64) ([]byte, error) {
	if b.denied != "" && strings.Contains(key, b.denied) {
		return nil, errDenied
	}
	all := b.versions[key]
	if len(all) == 0 {
		return nil, verify.ErrAbsent
	}
	one := all[len(all)-1]
	if version != "" {
		one = all[version[0]-'a']
	}
	switch {
	case one.marker || one.odd != "":
		return nil, verify.ErrAbsent
	case int64(len(one.body)) > limit:
		return nil, verify.ErrTooLarge
	}
	return one.body, nil
}

func (b *bucket) Versioned() bool { return true }
func (b *bucket) Readers() int    { return 2 }

// generated is a log, and what checks it.
type generated struct {
	*bucket
	log    auditlog.Log
	config auditlog.Config
}

func generate(t testing.TB, c auditlog.Config) *generated {
	t.Helper()
	memory := auditlog.NewMemory()
	log, err := auditlog.Write(c, memory)
	require.NoError(t, err)
	return &generated{bucketOf(memory.Objects), log, c}
}

func (g *generated) checks() verify.Config {
	return verify.Config{Log: g.log.Name, Source: g.bucket, Keys: g.log.Keys[:1], Now: g.log.End.Add(10 * time.Minute)}
}

func (g *generated) verify(t testing.TB, change ...func(*verify.Config)) *verify.Report {
	t.Helper()
	c := g.checks()
	for _, f := range change {
		f(&c)
	}
	r, err := verify.Verify(t.Context(), c)
	require.NoError(t, err)
	return r
}

// anchored gives the anchor of the log's last digest.
func (g *generated) anchored(c *verify.Config) {
	c.Anchors = []audit.Anchor{g.log.Anchors[len(g.log.Anchors)-1]}
}

// everything is a log of all that a clean log may have.
var everything = auditlog.Config{
	Seed: 7, Items: 12, Changes: 900, Span: 30 * time.Hour, SegmentLines: 10, LineBytes: 800, Duplicates: 5, Late: 9, Adopted: 3,
	Streams: 2, Rotate: 50, Pause: 40 * time.Hour,
}
