package bus

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/outflow-dev/outflow/pkg/pattern"
)

// state is everything that calls configure. A state is never changed once it is current: operations change a clone,
// which becomes current when rules.json holds it.
type state struct {
	Version int             `json:"version"`
	Buses   map[string]*bus `json:"buses"`

	boxes map[boxKey]*outbox // of all targets
}

const stateVersion = 1

type bus struct {
	Description string           `json:"description,omitempty"`
	Created     *time.Time       `json:"created,omitempty"` // nil for those of the configuration
	Rules       map[string]*rule `json:"rules"`
}

// rule is one rule with its targets by id.
type rule struct {
	Name        string            `json:"name"`
	Description string            `json:"description,omitempty"`
	Pattern     string            `json:"pattern"`
	State       string            `json:"state"`
	RoleArn     string            `json:"roleArn,omitempty"` // kept, and not needed
	Targets     map[string]target `json:"targets"`

	compiled *pattern.Pattern
}

const (
	enabled  = "ENABLED"
	disabled = "DISABLED"
)

func (s *state) clone() *state {
	next := &state{Version: stateVersion, Buses: make(map[string]*bus, len(s.Buses))}
	for name, old := range s.Buses {
		copied := *old
		copied.Rules = make(map[string]*rule, len(old.Rules))
		next.Buses[name] = &copied
		for ruleName, r := range old.Rules {
			copied := *r
			copied.Targets = maps.Clone(r.Targets)
			next.Buses[name].Rules[ruleName] = &copied
		}
	}
	return next
}

// loadState reads the file; where there is none yet the state is empty.
func loadState(file string) (*state, error) {
	s := &state{Version: stateVersion, Buses: map[string]*bus{}}
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(content, s)
	}
	if err == nil && s.Version != stateVersion {
		err = fmt.Errorf("it has version %d, this program reads %d", s.Version, stateVersion)
	}
	if err == nil {
		err = s.compile()
	}
	if err != nil {
		return nil, fmt.Errorf("read rules from %s: %w; mend the file, or remove it and put the rules again", file, err)
	}
	return s, nil
}

func (s *state) compile() error {
	for _, b := range s.Buses {
		for name, r := range b.Rules {
			var err error
			if r.compiled, err = pattern.Compile([]byte(r.Pattern)); err != nil {
				return fmt.Errorf("rule %s: %w", name, err)
			}
		}
	}
	return nil
}

// save replaces the file in one step, so that a killed process leaves the old state or the new one.
func (s *state) save(file string) error {
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	next := filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+".new")
	if err := os.WriteFile(next, append(content, '\n'), 0o644); err != nil {
		_ = os.Remove(next) // what there is of it helps nobody
		return err
	}
	return os.Rename(next, file)
}
