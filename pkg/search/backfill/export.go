package backfill

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"strconv"
	"time"
)

// ErrExport says that an export cannot be used, and why. Reading it again does not help.
var ErrExport = errors.New("the export cannot be used")

const (
	exportPageItems = 500
	exportPageBytes = 1 << 20 // as a page of a Scan
	// maxLine is more than an item of 400 KiB can take as JSON: each byte of a string at most 6 letters.
	maxLine = 4 << 20
)

// Export reads a full export of a table in DynamoDB JSON; a lane is one of its data files. A file is read twice: before
// its first item is used, its MD5 must be that of the manifest.
type Export struct {
	folder  Folder
	Summary ExportSummary
	files   []dataFile
}

var _ Source = (*Export)(nil)

// Lanes implements Source.
func (e *Export) Lanes() int { return len(e.files) }

// Pages implements Source. The place of a page is the number of lines of the file up to its end. Its items are the states
// of the time of the export.
func (e *Export) Pages(ctx context.Context, lane int, after string) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		file := &e.files[lane]
		done, err := offsetOf(after)
		if err == nil {
			err = e.verify(ctx, file)
		}
		stopped := false
		if err == nil {
			stopped, err = e.read(ctx, file, int(done), func(p Page) bool { return yield(p, nil) })
		}
		if err != nil && !stopped {
			yield(Page{}, fmt.Errorf("%s/%s: %w", e.folder, file.name(), err))
		}
	}
}

func (e *Export) verify(ctx context.Context, file *dataFile) error {
	r, err := e.folder.Open(ctx, file.name())
	if err != nil {
		return err
	}
	defer r.Close()
	sum := md5.New()
	if _, err := io.Copy(sum, r); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if is := base64.StdEncoding.EncodeToString(sum.Sum(nil)); is != file.MD5 {
		return fmt.Errorf("%w: the manifest says that its MD5 is %s, and it is %s: copy it again, or export again", ErrExport, file.MD5, is)
	}
	return nil
}

// read gives the pages after the first done lines; stopped says that give wanted no more.
func (e *Export) read(ctx context.Context, file *dataFile, done int, give func(Page) bool) (stopped bool, err error) {
	r, err := e.folder.Open(ctx, file.name())
	if err != nil {
		return false, err
	}
	defer r.Close()
	plain, err := gzip.NewReader(r)
	if err != nil {
		return false, fmt.Errorf("%w: not gzip: %w", ErrExport, err)
	}
	lines := bufio.NewScanner(plain)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	number, bytes := 0, 0
	page := e.page()
	for lines.Scan() {
		if number++; number <= done {
			continue
		}
		item, err := itemOf(lines.Bytes())
		if err != nil {
			return false, fmt.Errorf("%w: line %d: %w", ErrExport, number, err)
		}
		page.Items, bytes = append(page.Items, item), bytes+len(item)
		if len(page.Items) < exportPageItems && bytes < exportPageBytes {
			continue
		}
		page.Seen, page.After = len(page.Items), strconv.Itoa(number)
		if !give(page) {
			return true, nil
		}
		page, bytes = e.page(), 0
	}
	if err := lines.Err(); err != nil {
		return false, fmt.Errorf("read line %d: %w", number+1, err)
	}
	if number != file.Items {
		return false, fmt.Errorf("%w: the manifest says that it has %d items, and it has %d", ErrExport, file.Items, number)
	}
	if page.Seen, page.After = len(page.Items), strconv.Itoa(number); page.Seen > 0 {
		return !give(page), nil
	}
	return false, nil
}

func (e *Export) page() Page { return Page{ReadAt: e.Summary.Time} }

func itemOf(line []byte) ([]byte, error) {
	var holder struct {
		Item json.RawMessage `json:"Item"`
	}
	if err := json.Unmarshal(line, &holder); err != nil {
		return nil, fmt.Errorf("not a JSON object with an Item: %w", syntaxOnly(err))
	}
	if len(holder.Item) == 0 {
		return nil, errors.New("a JSON object without an Item")
	}
	return holder.Item, nil
}

// syntaxOnly keeps item data out of an error.
func syntaxOnly(err error) error {
	if at := (*json.SyntaxError)(nil); errors.As(err, &at) {
		return fmt.Errorf("wrong at byte %d", at.Offset)
	}
	return errors.New("of another type")
}

// ExportSummary is what is used of manifest-summary.json ("DynamoDB table export output format", Amazon DynamoDB Developer
// Guide).
type ExportSummary struct {
	ARN      string    `json:"exportArn"`
	TableARN string    `json:"tableArn"`
	Time     time.Time `json:"exportTime"`
	FilesKey string    `json:"manifestFilesS3Key"`
	Items    int       `json:"itemCount"`
	Format   string    `json:"outputFormat"` // DYNAMODB_JSON or ION
	Type     string    `json:"exportType"`   // FULL_EXPORT or INCREMENTAL_EXPORT; "" in manifests from before there were two
}

// dataFile is a line of manifest-files.json.
type dataFile struct {
	Items int    `json:"itemCount"`
	MD5   string `json:"md5Checksum"` // base64, of the compressed bytes
	Key   string `json:"dataFileS3Key"`
}

// name is the file's within the folder of the manifest: the key begins with wherever DynamoDB put it first.
func (f *dataFile) name() string { return "data/" + path.Base(f.Key) }
