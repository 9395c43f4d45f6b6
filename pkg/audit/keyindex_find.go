package audit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
)

// findWindow is how much of a key index is read at first. The hashes are spread evenly, so that an item's place is known
// but for some lines: the square root of their number, of about 20 bytes each.
const findWindow = 64 << 10

// FindItem looks an item up in a key index of that size, and returns in which of its digest's segments it has lines, none
// if it is not there. It reads little, nearly always once. It trusts what it reads: ReadKeyIndex checks an index.
func FindItem(index io.ReaderAt, size int64, item ItemHash) ([]int, error) {
	guess := int64(float64(binary.BigEndian.Uint64(item[:])) / math.MaxUint64 * float64(size))
	from := max(0, guess-findWindow/2)
	segments, inside, err := findIn(index, [3]int64{from, min(size, from+findWindow), size}, item)
	if err != nil || inside {
		return segments, err
	}
	segments, _, err = findIn(index, [3]int64{0, size, size}, item)
	return segments, err
}

// findIn looks in the lines that are whole from one byte to another of an index of that size. inside says that the item
// is there or nowhere.
func findIn(index io.ReaderAt, span [3]int64, item ItemHash) (segments []int, inside bool, err error) {
	from, end, size := span[0], span[1], span[2]
	text := make([]byte, end-from)
	if n, err := index.ReadAt(text, from); n < len(text) {
		return nil, false, fmt.Errorf("read key index: %w", err)
	}
	if from > 0 {
		text = text[bytes.IndexByte(text, '\n')+1:]
	}
	text = text[:bytes.LastIndexByte(text, '\n')+1]
	if len(text) == 0 {
		return nil, size == 0, nil
	}
	lines := bytes.SplitAfter(text[:len(text)-1], []byte("\n"))
	wanted := []byte(item.String())
	i := sort.Search(len(lines), func(i int) bool { return bytes.Compare(lines[i], wanted) >= 0 })
	if i < len(lines) && bytes.HasPrefix(lines[i], wanted) {
		found, segments, err := readIndexLine(bytes.TrimSuffix(lines[i], []byte("\n")))
		if err == nil && found != item {
			err = errors.New("it is not sorted")
		}
		return segments, true, err
	}
	return nil, (i > 0 || from == 0) && (i < len(lines) || end == size), nil
}
