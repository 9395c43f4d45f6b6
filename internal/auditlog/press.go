package auditlog

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// press compresses and stores segments on all processors. Compressing is nearly all of the work.
type press struct {
	bucket   Bucket
	work     chan *pressed
	workers  sync.WaitGroup
	segments int64

	mu     sync.Mutex
	faults []error
}

// pressed is a segment that is being stored; read is set when done is closed.
type pressed struct {
	log  string
	from segment
	read audit.ReadBack
	done chan struct{}
}

func newPress(bucket Bucket) *press {
	p := &press{bucket: bucket, work: make(chan *pressed, 8)}
	for range runtime.GOMAXPROCS(0) {
		p.workers.Go(func() {
			w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
			for s := range p.work {
				if err == nil {
					err = p.store(w, s)
				}
				close(s.done)
			}
			p.mu.Lock()
			p.faults = append(p.faults, err)
			p.mu.Unlock()
		})
	}
	return p
}

func (p *press) segment(log string, s segment) *pressed {
	p.segments++
	one := &pressed{log: log, from: s, done: make(chan struct{})}
	p.work <- one
	return one
}

func (p *press) store(w *gzip.Writer, s *pressed) error {
	text := sha256.Sum256(s.from.text)
	label := s.from.stream[strings.LastIndexByte(s.from.stream, '/')+1:]
	key := fmt.Sprintf("%s%s%s-%s-%s-%x.ndjson.gz", audit.Prefix(s.log), s.from.hour.Format("dt=2006-01-02/hour=15/"),
		label, s.from.first, s.from.last, text[:8])
	var body bytes.Buffer
	w.Reset(&body)
	if _, err := w.Write(s.from.text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	stored := sha256.Sum256(body.Bytes())
	s.read = audit.ReadBack{
		Listed: audit.Listed{Bytes: int64(body.Len()), Key: key, Lines: int64(s.from.lines),
			SHA256: hex.EncodeToString(stored[:]), TextSHA256: hex.EncodeToString(text[:])},
		Counts: s.from.tally, Items: slices.Collect(maps.Keys(s.from.items)),
	}
	s.from = segment{} // its text is large
	return p.bucket.Put(key, body.Bytes())
}

// close waits for all that is being stored.
func (p *press) close() error {
	close(p.work)
	p.workers.Wait()
	return errors.Join(p.faults...)
}
