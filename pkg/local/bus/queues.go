package bus

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"
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

// deadLetter is a line of a dead-letter file.
type deadLetter struct {
	Time     time.Time       `json:"time"`
	Reason   string          `json:"reason"`
	Bus      string          `json:"bus"`
	Rule     string          `json:"rule"`
	Target   string          `json:"target"`
	ARN      string          `json:"arn"`
	Attempts int             `json:"attempts"`
	Error    string          `json:"error,omitempty"` // of the last attempt
	Event    json.RawMessage `json:"event"`
}

// burialPlace is the dead-letter file of the target, below the directory.
func (b *Bus) burialPlace(t *target) string {
	if t.DeadLetterConfig != nil && t.DeadLetterConfig.Arn != "" {
		return queueFile(resource(t.DeadLetterConfig.Arn, "sqs"))
	}
	return deadLetters
}

// bury writes a delivery that will not be made to its dead-letter file.
func (b *Bus) bury(d *delivery, reason string) error {
	t := d.box.target.Load()
	letter := deadLetter{
		Time: b.cfg.Now().UTC(), Reason: reason, Bus: d.box.key.bus, Rule: d.box.key.rule, Target: d.box.key.target,
		ARN: t.Arn, Attempts: d.attempts, Event: d.event,
	}
	if d.fault != nil {
		letter.Error = d.fault.Error()
	}
	line, err := json.Marshal(letter)
	var file *lineFile
	if err == nil {
		file, err = b.queues.open(b.burialPlace(t))
	}
	if err == nil {
		err = file.append(append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write a dead letter to %s: %w", b.burialPlace(t), err)
	}
	b.counts.dead.Add(1)
	b.counts.pending.Add(-1)
	b.cfg.Log.Warn("an event was not delivered", "reason", reason, "rule", letter.Rule, "target", letter.Target,
		"attempts", d.attempts, "error", letter.Error)
	return nil
}
