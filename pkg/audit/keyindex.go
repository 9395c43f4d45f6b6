package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// ItemHash is what key indexes call an item: the first 16 digits of the hash of the canonical text of its keys.
type ItemHash [8]byte

// NoItem is the ItemHash of raw lines, which name no item, so that they may be of any: the hash of null.
var NoItem = HashItem([]byte("null"))

// HashItem is the ItemHash of a line's keys.
func HashItem(keys []byte) (h ItemHash) {
	sum := sha256.Sum256(keys)
	copy(h[:], sum[:])
	return h
}

// String is the hash in hexadecimal.
func (h ItemHash) String() string { return hex.EncodeToString(h[:]) }

// KeyIndex says in which of a digest's segments (by position, ascending) an item's lines are.
type KeyIndex map[ItemHash][]int

// Add notes that the segment of that position has a line with these keys. Positions come in ascending order.
func (x KeyIndex) Add(item ItemHash, segment int) {
	known := x[item]
	if len(known) == 0 || known[len(known)-1] != segment {
		x[item] = append(known, segment)
	}
}

// Text is the index's object: docs/audit-format.md, section 6.
func (x KeyIndex) Text() []byte {
	items := make([]ItemHash, 0, len(x))
	for item := range x {
		items = append(items, item)
	}
	slices.SortFunc(items, func(a, b ItemHash) int { return bytes.Compare(a[:], b[:]) })
	var text []byte
	for _, item := range items {
		text = hex.AppendEncode(text, item[:])
		separator := byte(' ')
		for _, segment := range x[item] {
			text = strconv.AppendInt(append(text, separator), int64(segment), 10)
			separator = ','
		}
		text = append(text, '\n')
	}
	return text
}

// Object is the index's object beside the digest of that number.
func (x KeyIndex) Object(log string, number int64) (IndexRef, []byte) {
	text := x.Text()
	hash := hashOf(text)
	return IndexRef{Bytes: int64(len(text)), Entries: int64(len(x)), Key: IndexKey(log, number, hash), SHA256: hash}, text
}

// ReadKeyIndex reads the object that a digest names, and checks that it is what the digest says.
func ReadKeyIndex(ref IndexRef, text []byte) (KeyIndex, error) {
	if hashOf(text) != ref.SHA256 || int64(len(text)) != ref.Bytes {
		return nil, fmt.Errorf("%w: key index %s: it is not what its digest says", ErrDigest, ref.Key)
	}
	x := KeyIndex{}
	for line := range bytes.Lines(text) {
		item, segments, err := readIndexLine(bytes.TrimSuffix(line, []byte("\n")))
		if err != nil {
			return nil, fmt.Errorf("%w: key index %s: line %d: %w", ErrDigest, ref.Key, len(x)+1, err)
		}
		x[item] = segments
	}
	if !bytes.Equal(x.Text(), text) || int64(len(x)) != ref.Entries {
		return nil, fmt.Errorf("%w: key index %s: it is not in canonical form", ErrDigest, ref.Key)
	}
	return x, nil
}

// itemDigits is the length of an ItemHash in hexadecimal.
const itemDigits = 2 * len(ItemHash{})

func readIndexLine(line []byte) (item ItemHash, segments []int, err error) {
	if len(line) < itemDigits+2 || line[itemDigits] != ' ' {
		return item, nil, errors.New("it is not 16 hexadecimal digits, a space and numbers")
	}
	if _, err := hex.Decode(item[:], line[:itemDigits]); err != nil {
		return item, nil, errors.New("its key is not 16 hexadecimal digits")
	}
	for number := range bytes.SplitSeq(line[itemDigits+1:], []byte(",")) {
		segment, err := strconv.Atoi(string(number))
		if err != nil || segment < 0 {
			return item, nil, errors.New("its segments are not numbers with commas between")
		}
		segments = append(segments, segment)
	}
	return item, segments, nil
}
