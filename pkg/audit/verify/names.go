package verify

import (
	"encoding/binary"
	"fmt"
	"os"
	"sync"
)

// names keeps the keys of segments on disk, so that a place in the log is a number.
type names struct {
	folder string

	mu   sync.Mutex
	file *os.File
	end  int64
}

// add keeps a key, and returns what get finds it by.
func (n *names) add(key string) (int64, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.file == nil {
		file, err := os.CreateTemp(n.folder, "names-*")
		if err != nil {
			return 0, fmt.Errorf("make temporary file: %w (TMPDIR says where)", err)
		}
		n.file = file
	}
	at := n.end
	entry := append(binary.BigEndian.AppendUint32(nil, uint32(len(key))), key...)
	if _, err := n.file.WriteAt(entry, at); err != nil {
		return 0, fmt.Errorf("write temporary file %s: %w (TMPDIR says where)", n.file.Name(), err)
	}
	n.end += int64(len(entry))
	return at, nil
}

func (n *names) get(at int64) (string, error) {
	var length [4]byte
	if _, err := n.file.ReadAt(length[:], at); err != nil {
		return "", fmt.Errorf("read temporary file: %w", err)
	}
	key := make([]byte, binary.BigEndian.Uint32(length[:]))
	if _, err := n.file.ReadAt(key, at+int64(len(length))); err != nil {
		return "", fmt.Errorf("read temporary file: %w", err)
	}
	return string(key), nil
}

func (n *names) close() error {
	if n.file == nil {
		return nil
	}
	return n.file.Close()
}
