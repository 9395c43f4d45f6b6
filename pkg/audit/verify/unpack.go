package verify

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// Bounds of a line. One that is in no digest, or not as a digest has it, was read by nobody before, and may be made to
// fill the memory; others hold two images, each of at most 400 KB in DynamoDB and of some twentyfold in normal form.
const (
	maxLine        = 64 << 20
	maxUnknownLine = 8 << 20
)

// unpacker reads the lines of a segment from its gzip stream, with memory for one of them.
type unpacker struct {
	gzip   *gzip.Reader
	source bytes.Reader
	sum    hash.Hash
	buf    []byte
}

// lines calls each for every line, without its newline, in order, until that returns an error; and returns the hash of
// the whole text. known says that a digest vouches for the body.
func (u *unpacker) lines(body []byte, known bool, each func(text []byte) error) (sum [sha256.Size]byte, err error) {
	if err := u.open(body); err != nil {
		return sum, fmt.Errorf("decompress: %w", err)
	}
	limit := maxUnknownLine
	if known {
		limit = maxLine
	}
	total, held := int64(0), 0 // held: bytes in buf of a line without an end yet
	for {
		if held == len(u.buf) {
			if held >= limit {
				return sum, fmt.Errorf("decompress: a line of more than %d MiB", limit>>20)
			}
			u.buf = append(u.buf, make([]byte, max(1<<18, len(u.buf)))...)
		}
		n, err := u.gzip.Read(u.buf[held:])
		if total += int64(n); total > audit.MaxSegmentLines {
			return sum, fmt.Errorf("decompress: more than %d MiB of lines", audit.MaxSegmentLines>>20)
		}
		u.sum.Write(u.buf[held : held+n])
		rest, failed := split(u.buf[:held+n], held, each)
		if failed != nil {
			return sum, failed
		}
		held = copy(u.buf, rest)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return sum, fmt.Errorf("decompress: %w", err)
		}
	}
	return u.end(held, total)
}

func (u *unpacker) open(body []byte) (err error) {
	if len(u.buf) > maxUnknownLine { // of a line that was much longer than all others
		u.buf = nil
	}
	u.source.Reset(body)
	if u.gzip == nil {
		u.sum = sha256.New()
		u.gzip = new(gzip.Reader)
	}
	u.sum.Reset()
	if err = u.gzip.Reset(&u.source); err == nil {
		u.gzip.Multistream(false)
	}
	return err
}

// split calls each for the lines in text, of which the first searched bytes have no newline, and returns what follows.
func split(text []byte, searched int, each func([]byte) error) (rest []byte, err error) {
	for {
		n := bytes.IndexByte(text[searched:], '\n')
		if n < 0 {
			return text, nil
		}
		if err := each(text[:searched+n]); err != nil {
			return nil, err
		}
		text, searched = text[searched+n+1:], 0
	}
}

func (u *unpacker) end(held int, total int64) (sum [sha256.Size]byte, err error) {
	switch {
	case u.source.Len() > 0:
		return sum, fmt.Errorf("decompress: %d bytes follow its end", u.source.Len())
	case total == 0:
		return sum, errors.New("it has no lines")
	case held > 0:
		return sum, errors.New("its last line has no end")
	}
	u.sum.Sum(sum[:0])
	return sum, nil
}
