package verify

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
)

// sorter sorts any number of records of one size, in runs of which those that do not fit into memory are on disk. Records
// are added by several goroutines at once; then all reads them.
type sorter struct {
	size    int // of a record, in bytes: 8 or more, of which the first 8 compare as they are
	room    int // bytes of a run
	compare func(a, b []byte) int
	folder  string // for its file

	mu   sync.Mutex
	buf  []byte
	free [][]byte
	file *os.File
	end  int64
	runs []run
}

// run is a part of the file that is sorted.
type run struct{ start, length int64 }

// add takes some records, whose bytes it copies.
func (s *sorter) add(records []byte) error {
	s.mu.Lock()
	if s.buf == nil {
		s.buf = s.empty()
	}
	s.buf = append(s.buf, records...)
	if len(s.buf) < s.room {
		s.mu.Unlock()
		return nil
	}
	full := s.buf
	s.buf = nil
	file, at, err := s.reserve(int64(len(full)))
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if err := s.write(io.NewOffsetWriter(file, at), full); err != nil {
		return fmt.Errorf("write temporary file %s: %w (TMPDIR says where)", file.Name(), err)
	}
	s.mu.Lock()
	s.free = append(s.free, full[:0])
	s.mu.Unlock()
	return nil
}

// empty is a buffer for a run.
func (s *sorter) empty() []byte {
	if n := len(s.free); n > 0 {
		buf := s.free[n-1]
		s.free = s.free[:n-1]
		return buf
	}
	return make([]byte, 0, 1<<16) // it grows: most logs that are verified are small
}

// reserve makes place for a run in the file.
func (s *sorter) reserve(length int64) (*os.File, int64, error) {
	if s.file == nil {
		file, err := os.CreateTemp(s.folder, "sort-*")
		if err != nil {
			return nil, 0, fmt.Errorf("make temporary file: %w (TMPDIR says where)", err)
		}
		s.file = file
	}
	at := s.end
	s.runs = append(s.runs, run{at, length})
	s.end += length
	return s.file, at, nil
}

// write writes the records in order.
func (s *sorter) write(out io.Writer, records []byte) error {
	w := bufio.NewWriterSize(out, 1<<18)
	for _, e := range s.order(records) {
		if _, err := w.Write(records[e.at : int(e.at)+s.size]); err != nil {
			return err
		}
	}
	return w.Flush()
}

// entry is a record in a buffer. Its first bytes, which mostly decide, are beside it.
type entry struct {
	first uint64
	at    uint32
}

func (s *sorter) order(records []byte) []entry {
	entries := make([]entry, len(records)/s.size)
	for i := range entries {
		at := i * s.size
		entries[i] = entry{binary.BigEndian.Uint64(records[at:]), uint32(at)}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if a.first != b.first {
			return cmp.Compare(a.first, b.first)
		}
		return s.compare(records[a.at:int(a.at)+s.size], records[b.at:int(b.at)+s.size])
	})
	return entries
}

// close removes its file.
func (s *sorter) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
