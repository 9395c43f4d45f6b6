package auditlog

import (
	"os"
	"path/filepath"
	"sync"
)

// Folder is a bucket as a folder: keys are paths below it.
type Folder string

// Put implements Bucket.
func (f Folder) Put(key string, body []byte) error {
	path := filepath.Join(string(f), filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, body, 0o600)
}

// Memory is a bucket in memory, by key. Use NewMemory.
type Memory struct {
	mu      sync.Mutex
	Objects map[string][]byte
}

// NewMemory is an empty one.
func NewMemory() *Memory { return &Memory{Objects: map[string][]byte{}} }

// Put implements Bucket.
func (m *Memory) Put(key string, body []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Objects[key] = body
	return nil
}
