package audit

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/outflow-dev/outflow/pkg/change"
)

// Limits of a segment. Lambda delivers at most 6 MB of records, of which lines are at most some twentyfold (numbers
// grow in normal form); nearly all are about as large.
const (
	MaxSegment      = 32 << 20  // bytes of the object
	MaxSegmentLines = 256 << 20 // bytes of the lines
)

// Line is one line of the log. See AppendLine for its members.
type Line struct {
	V                int             `json:"v"`
	ID               string          `json:"id"`     // "" if the record had none
	Stream           string          `json:"stream"` // ARN
	Seq              string          `json:"seq"`
	At               *time.Time      `json:"at"` // nil if the record had no readable time
	Op               string          `json:"op"`
	Cause            string          `json:"cause"` // "" where the record did not decode
	Keys             json.RawMessage `json:"keys"`
	Old              json.RawMessage `json:"old"`
	New              json.RawMessage `json:"new"`
	OldHash          string          `json:"oldHash"` // "" where there is no image
	NewHash          string          `json:"newHash"`
	View             json.RawMessage `json:"view"`
	RawRecord        *string         `json:"raw"` // of a record that did not decode
	RawRecordBase64  *string         `json:"rawBase64"`
	Reason           string          `json:"reason"`
	Text             []byte          `json:"-"` // the line as it stands, without the newline
	version, segment string
}

// Version orders the changes of an item; "" where the record had no readable stream or sequence.
func (l *Line) Version() string { return l.version }

// Segment is the key of the object that the line was read from.
func (l *Line) Segment() string { return l.segment }

// Identity is what two lines of one record have in common, whatever the model was when they were written.
type Identity struct{ Stream, Seq, ID, Op, At, Cause, Keys, OldHash, NewHash, Raw string }

// Identity returns the line's identity. That of a raw line includes the record.
func (l *Line) Identity() Identity {
	id := Identity{Stream: l.Stream, Seq: l.Seq, ID: l.ID, Op: l.Op, Cause: l.Cause, Keys: string(l.Keys),
		OldHash: l.OldHash, NewHash: l.NewHash}
	if l.At != nil {
		id.At = l.At.UTC().Format(time.RFC3339Nano)
	}
	if l.RawRecord != nil {
		id.Raw = *l.RawRecord
	}
	if l.RawRecordBase64 != nil {
		id.Raw = *l.RawRecordBase64
	}
	return id
}

// IsRaw says that the record did not decode.
func (l *Line) IsRaw() bool { return l.RawRecord != nil || l.RawRecordBase64 != nil }

// ErrSegment is returned for bytes that are not a segment as this version writes it, or were altered.
var ErrSegment = errors.New("not a segment of the audit log")

// ReadSegment reads the object of that key. It is strict: the bytes must be one gzip stream of at most
// MaxSegmentLines, every line one of version LineVersion without unknown members whose images have the hashes beside
// them, the lines in order, and the hash in the key theirs.
func ReadSegment(key string, body []byte) ([]Line, error) {
	text, err := gunzip(body)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrSegment, key, err)
	}
	return readSegment(key, text)
}

// readSegment reads a segment's uncompressed text.
func readSegment(key string, text []byte) ([]Line, error) {
	if name, found := strings.CutSuffix(key, segmentSuffix); !found || !strings.HasSuffix(name, "-"+linesHash(text)) {
		return nil, fmt.Errorf("%w: %s: the hash in its key is not that of its lines", ErrSegment, key)
	}
	lines, err := readLines(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrSegment, key, err)
	}
	for i := range lines {
		lines[i].segment = key
		if i > 0 && lines[i].version < lines[i-1].version {
			return nil, fmt.Errorf("%w: %s: line %d is not in order", ErrSegment, key, i+1)
		}
	}
	return lines, nil
}

// decompressors are gzip readers to be used again: each has a window of 32 KB, and most segments are a few lines.
var decompressors = sync.Pool{New: func() any { return new(gzip.Reader) }}

func gunzip(body []byte) ([]byte, error) {
	source := bytes.NewReader(body)
	r := decompressors.Get().(*gzip.Reader) //nolint:forcetypeassert // New makes no other
	defer decompressors.Put(r)
	if err := r.Reset(source); err != nil {
		return nil, fmt.Errorf("decompress: %w", err)
	}
	r.Multistream(false)
	text := bytes.NewBuffer(make([]byte, 0, min(usualRatio*len(body), MaxSegment)))
	_, err := text.ReadFrom(io.LimitReader(r, MaxSegmentLines+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("decompress: %w", err)
	case text.Len() > MaxSegmentLines:
		return nil, fmt.Errorf("decompress: more than %d bytes of lines", MaxSegmentLines)
	case source.Len() > 0:
		return nil, fmt.Errorf("decompress: %d bytes follow its end", source.Len())
	}
	return text.Bytes(), nil
}

// usualRatio is about how much longer lines are than their compressed form. It only saves making room again and again.
const usualRatio = 6

func readLines(text []byte) ([]Line, error) {
	if len(text) == 0 || text[len(text)-1] != '\n' {
		return nil, errors.New("its last line has no end")
	}
	lines := make([]Line, 0, bytes.Count(text, []byte("\n")))
	for one := range bytes.Lines(text) {
		line, err := readLine(one[:len(one)-1])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", len(lines)+1, err)
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func readLine(text []byte) (Line, error) {
	line := Line{Text: text}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&line); err != nil {
		return line, fmt.Errorf("no JSON of the right form: %w", err)
	}
	if d.InputOffset() != int64(len(text)) {
		return line, errors.New("something follows its JSON")
	}
	if line.V != LineVersion {
		return line, fmt.Errorf("its version is %d, and this program reads %d: use a newer one", line.V, LineVersion)
	}
	if err := checkHash("old", line.Old, line.OldHash); err != nil {
		return line, err
	}
	if err := checkHash("new", line.New, line.NewHash); err != nil {
		return line, err
	}
	if label := change.LabelOf(line.Stream); label != "" {
		line.version, _ = change.Version(label, line.Seq) // none where the sequence could not be read
	}
	return line, nil
}

// checkHash checks an image against the hash beside it: its text is canonical, so that the hash is over the very bytes.
func checkHash(name string, image json.RawMessage, hash string) error {
	if image == nil || string(image) == "null" {
		if hash != "" {
			return fmt.Errorf("it has %sHash, and no %s", name, name)
		}
		return nil
	}
	sum := sha256.Sum256(image)
	if hex.EncodeToString(sum[:]) != hash {
		return fmt.Errorf("its %s is not what %sHash says", name, name)
	}
	return nil
}

// getter is the part of *s3.Client that reads one object.
type getter interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

func readObject(ctx context.Context, client getter, bucket, key string) ([]byte, error) {
	out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String(key)})
	if err != nil {
		return nil, fmt.Errorf("get object %s: %w", key, err)
	}
	body, err := io.ReadAll(io.LimitReader(out.Body, MaxSegment+1))
	if err = errors.Join(err, out.Body.Close()); err != nil {
		return nil, fmt.Errorf("get object %s: %w", key, err)
	}
	if len(body) > MaxSegment {
		return nil, fmt.Errorf("get object %s: it has more than %d bytes, which no segment has", key, MaxSegment)
	}
	return body, nil
}

func lockMode(r Retention) types.ObjectLockMode { return types.ObjectLockMode(r.Mode) }
