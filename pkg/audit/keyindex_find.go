package audit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// findWindow is how much of a key index of that size is read at first. The hashes are spread evenly, so that an item's
// place is known but for some lines: half the square root of their number is the standard deviation, of which this is
// six to each side, with lines of about 20 bytes.
func findWindow(size int64) int64 {
	const line = 20
	return 4<<10 + int64(6*line*math.Sqrt(float64(size)/line))
}

// FindItem looks an item up in a key index of that size, and returns in which of its digest's segments it has lines, none
// if it is not there. It reads little, nearly always once. It trusts what it reads: ReadKeyIndex checks an index.
func FindItem(index io.ReaderAt, size int64, item ItemHash) ([]int, error) {
	guess := int64(float64(binary.BigEndian.Uint64(item[:])) / math.MaxUint64 * float64(size))
	window := findWindow(size)
	from := max(0, guess-window/2)
	segments, inside, err := findIn(index, [3]int64{from, min(size, from+window), size}, item)
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
	wanted := []byte(item.String())
	at := searchLines(text, wanted)
	if line, _, _ := bytes.Cut(text[at:], []byte("\n")); bytes.HasPrefix(line, wanted) {
		found, segments, err := readIndexLine(line)
		if err == nil && found != item {
			err = errors.New("it is not sorted")
		}
		return segments, true, err
	}
	return nil, (at > 0 || from == 0) && (at < len(text) || end == size), nil
}

// searchLines returns where the first of the sorted lines begins that is not before wanted; len(text) if all are.
func searchLines(text, wanted []byte) int {
	low, high := 0, len(text) // where lines begin
	for low < high {
		middle := low + (high-low)/2
		begin := low + bytes.LastIndexByte(text[low:middle], '\n') + 1
		end := begin + bytes.IndexByte(text[begin:], '\n') + 1
		if bytes.Compare(text[begin:end], wanted) < 0 {
			low = end
		} else {
			high = begin
		}
	}
	return low
}
