package sim

import (
	"fmt"
	"time"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

// retention is how long a stream keeps its records.
const retention = 24 * time.Hour

// shard is a part of the stream: the items whose hashes lie between low and high.
type shard struct {
	id, parent string
	low, high  uint64
	closed     bool
	records    []*commit
	iterator   int // the reader's; -1 for none
}

// stream is the table's stream.
type stream struct{ shards []*shard }

func newStream() stream {
	return stream{[]*shard{{id: shardID(0), high: 1<<64 - 1, iterator: -1}}}
}

func shardID(n int) string { return fmt.Sprintf("shardId-%020d-%08x", 946684800000+n, n) }

func (s *stream) append(c *commit) {
	h := hashOf(c.key)
	for _, one := range s.shards {
		if !one.closed && h >= one.low && h <= one.high {
			one.records = append(one.records, c)
			return
		}
	}
	panic("no open shard for a hash")
}

// split ends an open shard, which has two children from then on.
func (s *stream) split(one *shard) {
	one.closed = true
	middle := one.low + (one.high-one.low)/2
	for _, part := range [][2]uint64{{one.low, middle}, {middle + 1, one.high}} {
		s.shards = append(s.shards, &shard{id: shardID(len(s.shards)), parent: one.id, low: part[0], high: part[1], iterator: -1})
	}
}

func (s *stream) open() []*shard {
	var open []*shard
	for _, one := range s.shards {
		if !one.closed {
			open = append(open, one)
		}
	}
	return open
}

func (s *stream) list() mapping.ShardsListed {
	var listed mapping.ShardsListed
	for _, one := range s.shards {
		listed.Shards = append(listed.Shards, mapping.Shard{ID: one.id, Parent: one.parent})
	}
	return listed
}

func (s *stream) shard(id string) *shard {
	for _, one := range s.shards {
		if one.id == id {
			return one
		}
	}
	return nil
}

// read reads on from where the reader asks, at the time now.
func (s *stream) read(e mapping.Read, now time.Time) mapping.Input {
	one := s.shard(e.Shard)
	if one == nil {
		return mapping.ReadFailed{Read: e.ID, Cause: mapping.ShardGone, Detail: "no such shard"}
	}
	if e.Restart || one.iterator < 0 {
		start, ok := one.seek(e.From, now)
		if !ok {
			return mapping.ReadFailed{Read: e.ID, Cause: mapping.Trimmed, Detail: "trimmed"}
		}
		one.iterator = start
	}
	read := mapping.RecordsRead{Read: e.ID}
	for ; one.iterator < len(one.records) && len(read.Records) < e.Limit; one.iterator++ {
		c := one.records[one.iterator]
		read.Records = append(read.Records, mapping.Record{
			Sequence: c.sequence, Created: c.at, Size: len(c.body), Hash: hashOf(c.key), Body: c.body,
		})
	}
	read.End = one.closed && one.iterator == len(one.records)
	return read
}

// seek finds a position, and says whether the stream still has it.
func (s *shard) seek(p mapping.Position, now time.Time) (int, bool) {
	for i, c := range s.records {
		trimmed := now.Sub(c.made) > retention
		switch p.Type {
		case mapping.TrimHorizon:
			if !trimmed {
				return i, true
			}
		case mapping.At:
			if c.sequence >= p.Sequence {
				return i, !trimmed
			}
		case mapping.After:
			if c.sequence > p.Sequence {
				return i, !trimmed
			}
		case mapping.Latest:
		}
	}
	return len(s.records), true
}
