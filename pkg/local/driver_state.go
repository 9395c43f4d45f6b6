package local

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

// Raised says how often a driver raised an alarm of one kind since it started, and the last of them.
type Raised struct {
	Times   int
	At      time.Time
	Message string
}

func (d *Driver) raise(a mapping.Alarm) {
	d.Log.Error(a.Message, "alarm", string(a.Kind), "shard", a.Shard, "records", len(a.Records))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.alarms[a.Kind] = Raised{Times: d.alarms[a.Kind].Times + 1, At: time.Now(), Message: a.Message}
}

// Snapshot describes the mapping; the zero Snapshot before Run.
func (d *Driver) Snapshot() mapping.Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.machine == nil {
		return mapping.Snapshot{}
	}
	return d.machine.Snapshot()
}

// Alarms are the alarms since Run began, by kind.
func (d *Driver) Alarms() map[mapping.AlarmKind]Raised {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.alarms)
}

// Enable lets a mapping that was disabled go on where it stopped; Disable lets what runs finish and begins nothing more.
// Both are taken in by a driver that runs, and fail where ctx ends before it does so.
func (d *Driver) Enable(ctx context.Context) error { return d.tell(ctx, mapping.Enable{}) }

// Disable is described with Enable.
func (d *Driver) Disable(ctx context.Context) error { return d.tell(ctx, mapping.Disable{}) }

func (d *Driver) tell(ctx context.Context, in mapping.Input) error {
	d.mu.Lock()
	inputs := d.inputs
	d.mu.Unlock()
	select {
	case inputs <- in: // never ready before Run
		return nil
	case <-ctx.Done():
		return fmt.Errorf("tell the event source mapping: %w; does it run?", ctx.Err())
	}
}
