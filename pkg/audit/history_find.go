package audit

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// place is a segment that may have lines of an item.
type place struct{ key, sha256 string } // of its stored bytes; "" where no digest lists it

// finder finds the segments of an item.
type finder struct {
	log    *Log
	query  ItemQuery
	item   ItemHash
	looked *Searched
	sealer *Sealer // finds what is not sealed yet, as the next digest would
}

func newFinder(l *Log, q ItemQuery, looked *Searched) *finder {
	reads := SealerConfig{Log: l.Name, Client: readOnly{l.Client}, Bucket: l.Bucket}
	return &finder{log: l, query: q, item: HashItem(q.Key), looked: looked, sealer: NewSealer(reads)}
}

// readOnly is a bucket for a sealer that seals nothing.
type readOnly struct{ Reader }

var errReadOnly = errors.New("reading a log never writes to it")

func (readOnly) PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	return nil, errReadOnly
}

func (f *finder) find(ctx context.Context) ([]place, error) {
	number, _, err := f.sealer.highest(ctx)
	if err != nil {
		return nil, err
	}
	if number == 0 {
		f.looked.Scanned = append(f.looked.Scanned, "the log has no digest, and so no key index: all its segments were read")
		return f.everything(ctx)
	}
	f.looked.Digests = number
	indexes, err := f.indexes(ctx)
	if err != nil {
		return nil, err
	}
	sealed, scanned := make([][]place, number), make([]string, number)
	err = parallel(ctx, int(number), func(i int) (err error) {
		sealed[i], scanned[i], err = f.inDigest(ctx, int64(i)+1, indexes[int64(i)+1])
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, why := range scanned {
		if why != "" {
			f.looked.Scanned = append(f.looked.Scanned, why)
		}
	}
	open, err := f.unsealed(ctx, number)
	return append(slices.Concat(sealed...), open...), err
}

// everything is all segments of the log.
func (f *finder) everything(ctx context.Context) ([]place, error) {
	objects, err := f.sealer.objects(ctx, &work{})
	f.looked.Unsealed = len(objects)
	return unlisted(objects), err
}

// unsealed is what no digest lists, where the next digest would look for it.
func (f *finder) unsealed(ctx context.Context, number int64) ([]place, error) {
	last, err := f.sealer.digest(ctx, number)
	if err != nil {
		return nil, err
	}
	last.digest.Looked.SweptAt = f.query.Now // the daily sweep is the digester's
	w, err := f.sealer.look(ctx, last, scope{at: f.query.Now})
	if err != nil {
		return nil, err
	}
	f.looked.Unsealed = len(w.open)
	return unlisted(w.open), nil
}

func unlisted(objects []found) []place {
	places := make([]place, len(objects))
	for i := range objects {
		places[i].key = objects[i].key
	}
	return places
}

// indexObject is a key index as the listing has it.
type indexObject struct {
	key  string
	size int64
}

// indexes lists the key indexes by the numbers of their digests. A number may have several, of which its digest names one.
func (f *finder) indexes(ctx context.Context) (map[int64][]indexObject, error) {
	all := map[int64][]indexObject{}
	for page, err := range f.log.pages(ctx, Prefix(f.log.Name)+keysFolder, "") {
		if err != nil {
			return nil, err
		}
		for _, o := range page.Contents {
			key := aws.ToString(o.Key)
			name, _, _ := strings.Cut(key[strings.LastIndexByte(key, '/')+1:], "-")
			if number, err := strconv.ParseInt(name, 10, 64); err == nil {
				all[number] = append(all[number], indexObject{key, aws.ToInt64(o.Size)})
			}
		}
	}
	return all, nil
}

// inDigest finds the item in one digest's segments. Nearly always the index says that it is in none, and the digest need
// not be read. scanned says why all its segments are to be read.
func (f *finder) inDigest(ctx context.Context, number int64, indexes []indexObject) (places []place, scanned string, err error) {
	if len(indexes) == 1 {
		if positions, err := f.positions(ctx, indexes[0]); err == nil && len(positions) == 0 {
			return nil, "", nil
		}
	}
	l, err := f.sealer.digest(ctx, number)
	if err != nil {
		return nil, "", err
	}
	listed := l.digest.Segments
	if l.digest.KeyIndex == nil {
		return nil, "", nil
	}
	positions, err := f.positions(ctx, indexObject{l.digest.KeyIndex.Key, l.digest.KeyIndex.Bytes})
	if err == nil && len(positions) > 0 && positions[len(positions)-1] >= len(listed) {
		err = errors.New("it names segments that the digest does not list")
	}
	if err != nil {
		scanned = fmt.Sprintf("the key index of digest %d could not be used, so its %d segments were read: %v", number, len(listed), err)
		for i := range listed {
			places = append(places, place{listed[i].Key, listed[i].SHA256})
		}
		return places, scanned, nil
	}
	for _, i := range positions {
		places = append(places, place{listed[i].Key, listed[i].SHA256})
	}
	return places, "", nil
}

// positions looks the item up, and the lines that name none.
func (f *finder) positions(ctx context.Context, o indexObject) ([]int, error) {
	index, err := f.open(ctx, o)
	if err != nil {
		return nil, err
	}
	own, err := FindItem(index, o.size, f.item)
	if err != nil {
		return nil, err
	}
	nameless, err := FindItem(index, o.size, NoItem)
	all := append(slices.Clone(own), nameless...)
	slices.SortFunc(all, cmp.Compare[int])
	return slices.Compact(all), err
}

// smallIndex is what is read whole: one request, and its hash is checked.
const smallIndex = 64 << 10

// open reads a small index whole, checked against the hash in its key, and prepares to read a large one in parts, which
// is trusted.
func (f *finder) open(ctx context.Context, o indexObject) (io.ReaderAt, error) {
	if o.size > smallIndex {
		return &objectAt{ctx, f.log, o.key}, nil
	}
	body, err := readObject(ctx, f.log.Client, f.log.Bucket, o.key)
	if err == nil && (int64(len(body)) != o.size || !strings.HasSuffix(o.key, "-"+linesHash(body)+indexSuffix)) {
		err = fmt.Errorf("%w: %s: its bytes are not those that its key names", ErrDigest, o.key)
	}
	return bytes.NewReader(body), err
}

// objectAt reads parts of an object.
type objectAt struct {
	ctx context.Context //nolint:containedctx // io.ReaderAt has no room for one; it lives for one look-up
	log *Log
	key string
}

// ReadAt implements io.ReaderAt.
func (o *objectAt) ReadAt(to []byte, from int64) (int, error) {
	if len(to) == 0 {
		return 0, nil
	}
	out, err := o.log.Client.GetObject(o.ctx, &s3.GetObjectInput{Bucket: aws.String(o.log.Bucket), Key: aws.String(o.key),
		Range: aws.String(fmt.Sprintf("bytes=%d-%d", from, from+int64(len(to))-1))})
	if err != nil {
		return 0, fmt.Errorf("get part of object %s: %w", o.key, err)
	}
	body := io.Reader(out.Body)
	if out.ContentRange == nil { // some stores answer with the whole
		_, err = io.CopyN(io.Discard, body, from)
	}
	n := 0
	if err == nil {
		n, err = io.ReadFull(body, to)
	}
	if err = errors.Join(err, out.Body.Close()); err != nil {
		return n, fmt.Errorf("get part of object %s: %w", o.key, err)
	}
	return n, nil
}
