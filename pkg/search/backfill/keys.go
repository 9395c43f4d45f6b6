package backfill

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
)

const (
	keysPerPage   = 500
	maxKeyLine    = 64 << 10 // a key has at most 3 KiB (2,048 + 1,024 bytes), and each byte at most 6 letters in JSON
	faultsInError = 20
)

// Keys reads the items of listed keys, one key a line; empty lines do not count. It has one lane, since Fillers read the
// items of a page beside each other.
type Keys struct {
	Lines io.ReaderAt
	Size  int64
	// Parse makes the key in DynamoDB JSON of a line.
	Parse func(line string) ([]byte, error)
}

var _ Source = (*Keys)(nil)

// Lanes implements Source.
func (k *Keys) Lanes() int { return 1 }

// Check parses all lines. It returns how many keys there are, and a hash by which a changed list is known. The error names
// the first lines that are no keys, with their numbers.
func (k *Keys) Check() (n int, hash string, err error) {
	sum := sha256.New()
	var faults []error
	lines := k.scanner(io.TeeReader(io.NewSectionReader(k.Lines, 0, k.Size), sum))
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		n++
		if _, err := k.Parse(line); err != nil {
			faults = append(faults, fmt.Errorf("line %d: %w", number, err))
		}
	}
	if more := len(faults) - faultsInError; more > 0 {
		faults = append(faults[:faultsInError], fmt.Errorf("and %d more lines that are no keys", more))
	}
	if err := lines.Err(); err != nil {
		faults = append(faults, fmt.Errorf("read the keys: %w", err))
	}
	return n, hex.EncodeToString(sum.Sum(nil)), errors.Join(faults...)
}

// Pages implements Source. The place of a page is the number of bytes up to its end.
func (k *Keys) Pages(_ context.Context, _ int, after string) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		offset, err := offsetOf(after)
		if err != nil {
			yield(Page{}, err)
			return
		}
		r := io.NewSectionReader(k.Lines, offset, k.Size-offset)
		lines := k.scanner(r)
		lines.Split(func(data []byte, atEOF bool) (int, []byte, error) {
			n, token, err := bufio.ScanLines(data, atEOF)
			offset += int64(n)
			return n, token, err
		})
		var page Page
		for lines.Scan() {
			if err := k.add(&page, lines.Text()); err != nil {
				yield(Page{}, err)
				return
			}
			if page.After = strconv.FormatInt(offset, 10); len(page.Keys) == keysPerPage {
				if !yield(page, nil) {
					return
				}
				page = Page{}
			}
		}
		if err := lines.Err(); err != nil {
			yield(Page{}, fmt.Errorf("read the keys: %w", err))
		} else if len(page.Keys) > 0 {
			yield(page, nil)
		}
	}
}

func (k *Keys) add(page *Page, line string) error {
	if line = strings.TrimSpace(line); line == "" {
		return nil
	}
	key, err := k.Parse(line)
	if err != nil {
		return fmt.Errorf("the list of keys has changed while it was read: %w", err)
	}
	page.Keys = append(page.Keys, key)
	page.Seen++
	return nil
}

func (k *Keys) scanner(r io.Reader) *bufio.Scanner {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4<<10), maxKeyLine)
	return lines
}

func offsetOf(place string) (int64, error) {
	if place == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(place, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("the place %q is not a number", place)
	}
	return n, nil
}
