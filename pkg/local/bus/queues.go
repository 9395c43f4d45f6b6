package bus

import (
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
)

// queues are the line files of the directory, each opened when it is first needed.
type queues struct {
	dir string
	log *slog.Logger

	mu    sync.Mutex
	files map[string]*lineFile // by path below dir
}

func queueFile(name string) string { return filepath.Join(queueFolder, name+".ndjson") }

func (q *queues) queue(name string) (*lineFile, error) { return q.open(queueFile(name)) }

func (q *queues) open(name string) (*lineFile, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if file := q.files[name]; file != nil {
		return file, nil
	}
	path := filepath.Join(q.dir, name)
	file, cut, err := openLines(path)
	if err != nil {
		return nil, err
	}
	if cut > 0 {
		q.log.Warn("cut half a line that a killed run left and nobody was told of", "file", path, "bytes", cut)
	}
	q.files[name] = file
	return file, nil
}

func (q *queues) close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	faults := make([]error, 0, len(q.files))
	for _, file := range q.files {
		faults = append(faults, file.close())
	}
	return errors.Join(faults...)
}
