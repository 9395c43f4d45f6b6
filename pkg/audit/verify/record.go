package verify

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"hash/maphash"
)

// fingerprint stands for a text. It is keyed anew in each run, so that nobody can prepare two texts with the same.
type fingerprint [16]byte

// printer makes fingerprints.
type printer struct{ a, b maphash.Seed }

func newPrinter() printer { return printer{maphash.MakeSeed(), maphash.MakeSeed()} }

func (p *printer) of(text []byte) (f fingerprint) {
	binary.BigEndian.PutUint64(f[:], maphash.Bytes(p.a, text))
	binary.BigEndian.PutUint64(f[8:], maphash.Bytes(p.b, text))
	return f
}

// place is a line of a segment. seg is the segment's place in names.
type place struct {
	seg  int64
	line uint32 // from 1
}

const placeSize = 12

func (p place) append(dst []byte) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(dst, uint64(p.seg)), p.line)
}

func readPlace(from []byte) place {
	return place{int64(binary.BigEndian.Uint64(from)), binary.BigEndian.Uint32(from[8:])}
}

// state is what a line says of its item: a record of the chains, in this order. Those of an item with the same version
// are ordered by what else there is, so that those of one change follow each other.
type state struct {
	item   fingerprint
	kind   byte
	v      version
	record [8]byte  // of its fingerprint
	now    [16]byte // of the new image's hash; zero for none
	old    [16]byte
	recent byte // 1 if what explains it may not have come yet
	place
}

// Kinds of states: baselines come before the changes of their item.
const (
	ofBaseline = iota
	ofChange
	ofTable
)

const (
	stateVersion = 17
	stateRecord  = stateVersion + 2 + sequenceDigits/2
	stateNow     = stateRecord + 8
	stateOld     = stateNow + 16
	stateRecent  = stateOld + 16
	statePlace   = stateRecent + 1
	stateSize    = statePlace + placeSize
)

func (s *state) append(dst []byte) []byte {
	dst = append(append(dst, s.item[:]...), s.kind)
	dst = append(binary.BigEndian.AppendUint16(dst, s.v.label), s.v.seq[:]...)
	dst = append(append(append(dst, s.record[:]...), s.now[:]...), s.old[:]...)
	return s.place.append(append(dst, s.recent))
}

func readState(from []byte) (s state) {
	copy(s.item[:], from)
	s.kind = from[len(s.item)]
	s.v.label = binary.BigEndian.Uint16(from[stateVersion:])
	copy(s.v.seq[:], from[stateVersion+2:])
	copy(s.record[:], from[stateRecord:])
	copy(s.now[:], from[stateNow:])
	copy(s.old[:], from[stateOld:])
	s.recent = from[stateRecent]
	s.place = readPlace(from[statePlace:])
	return s
}

// compareStates orders states by item, kind, version and the rest.
func (l *labels) compareStates(a, b []byte) int {
	label := func(r []byte) uint16 { return binary.BigEndian.Uint16(r[stateVersion:]) }
	return cmp.Or(bytes.Compare(a[:stateVersion], b[:stateVersion]), l.compare(label(a), label(b)),
		bytes.Compare(a[stateVersion+2:], b[stateVersion+2:]))
}

// mention is what a line says of its record: lines of one record must be of one identity.
type mention struct {
	record, identity fingerprint
	raw              byte
	place
}

const mentionSize = 16 + 16 + 1 + placeSize

func (m *mention) append(dst []byte) []byte {
	return m.place.append(append(append(append(dst, m.record[:]...), m.identity[:]...), m.raw))
}

func readMention(from []byte) (m mention) {
	copy(m.record[:], from)
	copy(m.identity[:], from[16:])
	m.raw = from[32]
	m.place = readPlace(from[33:])
	return m
}

// shortHash is the first half of an image's hash, zero for none.
func shortHash(quoted []byte) (h [16]byte) {
	if !isNull(quoted) {
		_, _ = hex.Decode(h[:], quoted[1:1+2*len(h)]) // image has compared it with a hash
	}
	return h
}
