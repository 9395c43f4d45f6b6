package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/outflow-dev/outflow/internal/wholefile"
	"github.com/outflow-dev/outflow/pkg/mapping"
)

// Checkpoints keeps a mapping's checkpoints in a file, replaced whole, so that the next start goes on where this one
// ended. They belong to one stream: those of another are not given back.
type Checkpoints struct {
	Path   string
	Stream string // ARN
}

type checkpointFile struct {
	Stream      string               `json:"stream"`
	Checkpoints []mapping.Checkpoint `json:"checkpoints"`
}

// Load returns what was saved last; nothing where that was for another stream or there is no file.
func (c Checkpoints) Load() ([]mapping.Checkpoint, error) {
	content, err := os.ReadFile(c.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load checkpoints: %w", err)
	}
	var saved checkpointFile
	if err := json.Unmarshal(content, &saved); err != nil {
		return nil, fmt.Errorf("load checkpoints: %s is damaged: %w; delete it to read the stream from its beginning", c.Path, err)
	}
	if saved.Stream != c.Stream {
		return nil, nil
	}
	return saved.Checkpoints, nil
}

// Save keeps the checkpoints.
func (c Checkpoints) Save(checkpoints []mapping.Checkpoint) error {
	content, err := json.MarshalIndent(checkpointFile{c.Stream, checkpoints}, "", "  ")
	if err != nil {
		return fmt.Errorf("save checkpoints: %w", err)
	}
	return wholefile.Replace(c.Path, append(content, '\n'), 0o600)
}
