package verify

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
)

// mergeMemory is what the readers of all runs take together.
const mergeMemory = 16 << 20

// all yields the records in order. What it yields is good until the next. Nothing may be added any more.
func (s *sorter) all() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		cursors, err := s.cursors()
		if err != nil {
			yield(nil, err)
			return
		}
		m := merge{s, cursors}
		for i := len(m.heap)/2 - 1; i >= 0; i-- {
			m.down(i)
		}
		for len(m.heap) > 0 {
			if !yield(m.heap[0].record, nil) {
				return
			}
			if err := m.next(); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// cursor reads a run.
type cursor struct {
	first  uint64
	record []byte
	from   *bufio.Reader
}

// cursors are at the first records of all runs, also of what is still in memory.
func (s *sorter) cursors() ([]cursor, error) {
	var readers []*bufio.Reader
	if len(s.buf) > 0 {
		var sorted bytes.Buffer
		sorted.Grow(len(s.buf))
		if err := s.write(&sorted, s.buf); err != nil {
			return nil, err
		}
		readers = append(readers, bufio.NewReader(&sorted))
	}
	s.buf, s.free = nil, nil
	room := min(1<<17, max(1<<12, mergeMemory/(len(s.runs)+1)))
	for _, r := range s.runs {
		readers = append(readers, bufio.NewReaderSize(io.NewSectionReader(s.file, r.start, r.length), room))
	}
	cursors := make([]cursor, 0, len(readers))
	for _, r := range readers {
		c := cursor{record: make([]byte, s.size), from: r}
		if err := c.next(); err != nil {
			return nil, fmt.Errorf("read temporary file: %w", err)
		}
		cursors = append(cursors, c)
	}
	return cursors, nil
}

func (c *cursor) next() error {
	if _, err := io.ReadFull(c.from, c.record); err != nil {
		return err
	}
	c.first = binary.BigEndian.Uint64(c.record)
	return nil
}

// merge is a heap of cursors, the lowest record on top.
type merge struct {
	*sorter
	heap []cursor
}

func (m *merge) next() error {
	err := m.heap[0].next()
	if errors.Is(err, io.EOF) {
		last := len(m.heap) - 1
		m.heap[0] = m.heap[last]
		m.heap, err = m.heap[:last], nil
	}
	if err != nil {
		return fmt.Errorf("read temporary file: %w", err)
	}
	m.down(0)
	return nil
}

func (m *merge) less(i, j int) bool {
	a, b := &m.heap[i], &m.heap[j]
	if a.first != b.first {
		return a.first < b.first
	}
	return m.compare(a.record, b.record) < 0
}

func (m *merge) down(i int) {
	for {
		low := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(m.heap); child++ {
			if m.less(child, low) {
				low = child
			}
		}
		if low == i {
			return
		}
		m.heap[i], m.heap[low] = m.heap[low], m.heap[i]
		i = low
	}
}
