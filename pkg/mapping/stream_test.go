package mapping_test

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

// stream is one shard as DynamoDB has it.
type stream struct {
	mapping.Shard
	records  []mapping.Record
	trimmed  int // records that are gone
	closed   bool
	iterator int // the driver's, an index into records; -1 where it holds none
	fail     []mapping.Cause
}

func (w *world) list() mapping.Input {
	w.lists++
	if w.listErr != "" {
		return mapping.ListFailed{Detail: w.listErr}
	}
	var listed []mapping.Shard
	for _, s := range w.shards {
		listed = append(listed, s.Shard)
	}
	return mapping.ShardsListed{Shards: listed}
}

func (w *world) read(r mapping.Read) mapping.Input {
	s := w.shard(r.Shard)
	if s == nil {
		return mapping.ReadFailed{Read: r.ID, Cause: mapping.ShardGone}
	}
	if len(s.fail) > 0 {
		cause := s.fail[0]
		s.fail = s.fail[1:]
		if cause == mapping.IteratorExpired {
			s.iterator = -1
		}
		return mapping.ReadFailed{Read: r.ID, Cause: cause, Detail: "told to"}
	}
	if r.Restart || s.iterator < 0 {
		s.iterator = s.place(r.From)
	}
	if s.iterator < s.trimmed {
		return mapping.ReadFailed{Read: r.ID, Cause: mapping.Trimmed}
	}
	from := s.iterator
	s.iterator = min(from+r.Limit, len(s.records))
	return mapping.RecordsRead{
		Read: r.ID, Records: s.records[from:s.iterator], End: s.closed && s.iterator == len(s.records),
	}
}

// release answers the reads that were held.
func (w *world) release() {
	for len(w.held) > 0 {
		r := w.held[0]
		w.held = w.held[1:]
		w.step(w.read(r))
	}
}

func (s *stream) place(p mapping.Position) int {
	at := slices.IndexFunc(s.records, func(r mapping.Record) bool { return r.Sequence == p.Sequence })
	switch p.Type {
	case mapping.TrimHorizon:
		return s.trimmed
	case mapping.Latest:
		return len(s.records)
	case mapping.After:
		return at + 1
	default:
		return at
	}
}

func (w *world) shard(id string) *stream {
	if i := slices.IndexFunc(w.shards, func(s *stream) bool { return s.ID == id }); i >= 0 {
		return w.shards[i]
	}
	return nil
}

// open adds a shard to the stream.
func (w *world) open(id, parent string) *stream {
	s := &stream{Shard: mapping.Shard{ID: id, Parent: parent}, iterator: -1}
	w.shards = append(w.shards, s)
	return s
}

// put writes records, made now: sequence numbers, each with ":item" where the item matters and "!" where the filter
// does not match it.
func (w *world) put(shard, records string) {
	for _, text := range strings.Fields(records) {
		text, filtered := strings.CutSuffix(text, "!")
		sequence, item, named := strings.Cut(text, ":")
		if !named {
			item = "k" + sequence
		}
		w.write(shard, record(sequence, item, w.now, filtered))
	}
}

func (w *world) write(shard string, r mapping.Record) {
	s := w.shard(shard)
	s.records = append(s.records, r)
}

func record(sequence, item string, created time.Time, filtered bool) mapping.Record {
	body := fmt.Appendf(nil, `{"eventID":"%s-%s","dynamodb":{"SequenceNumber":"%s"}}`, item, sequence, sequence)
	h := fnv.New64a()
	_, _ = h.Write([]byte(item))
	return mapping.Record{
		Sequence: sequence, Created: created, Size: len(body), Hash: h.Sum64(), Filtered: filtered, Body: body,
	}
}
