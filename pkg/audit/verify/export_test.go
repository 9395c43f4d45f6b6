package verify

import "bytes"

// CheckLine says whether a line is valid, for tests.
func CheckLine(text []byte) error {
	_, err := parse(text)
	return err
}

// Sort sorts records of a size in runs of some bytes, and returns them in order, for tests.
func Sort(folder string, size, room int, records [][]byte) (sorted [][]byte, runs int, err error) {
	s := &sorter{size: size, room: room, compare: bytes.Compare, folder: folder}
	for _, r := range records {
		if err := s.add(r); err != nil {
			return nil, 0, err
		}
	}
	for r, err := range s.all() {
		if err != nil {
			return nil, 0, err
		}
		sorted = append(sorted, bytes.Clone(r))
	}
	return sorted, len(s.runs), s.close()
}
