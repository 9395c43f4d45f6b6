package mapping

import "time"

// Metrics are the mapping's counts since the machine was made, under the names that the service gives them
// (metrics config EventCount). A record that comes again counts again in the invocation counts, as does one whose
// invocation was throttled.
type Metrics struct {
	PolledEventCount                        int
	FilteredOutEventCount                   int
	InvokedEventCount                       int
	FailedInvokeEventCount                  int // records of failed batches; of partial failures those that come again
	DroppedEventCount                       int // given up without a destination
	OnFailureDestinationDeliveredEventCount int
	DestinationDeliveryFailures             int           // attempts, not records
	IteratorAge                             time.Duration // of the last record that last succeeded
}

// Snapshot is the state of a machine for people: shards by id, lanes by number.
type Snapshot struct {
	Enabled bool
	Failure string // why the shards could not be listed last; "" where they could
	Metrics Metrics
	Shards  []ShardSnapshot
}

// ShardSnapshot is the state of one shard.
type ShardSnapshot struct {
	ID, Parent string
	State      State
	Checkpoint Checkpoint
	Waiting    int       // records read and not settled
	Full       bool      // reading is held back until some are settled: more may be behind them
	Oldest     time.Time // creation of the oldest of them; zero where none waits
	Failure    string    // why the last read failed; "" where it did not
	Lanes      []LaneSnapshot
}

// State says in a word what a shard does.
type State string

// The states of a shard.
const (
	StateWaiting  State = "waiting"  // for its parent, or for the first list
	StateReading  State = "reading"  // read as records come
	StateDraining State = "draining" // read to its end, with records to finish
	StateDone     State = "done"
	StateStopped  State = "stopped" // the mapping is disabled
)

// LaneSnapshot is the state of one lane.
type LaneSnapshot struct {
	Waiting  int       // records not finished
	Busy     bool      // an invocation, or the store of a failed batch, is under way
	Batch    int       // records of the batch that is tried now or next; 0 where none is formed
	Attempts int       // invocations that it has behind it
	Retry    time.Time // when it is tried again; zero where it does not wait
	Fault    string    // what was wrong with the function's last answer; "" where nothing was
}

// Snapshot describes the machine.
func (m *Machine) Snapshot() Snapshot {
	snapshot := Snapshot{Enabled: m.enabled, Failure: m.failure, Metrics: m.metrics}
	for _, s := range m.shards {
		snapshot.Shards = append(snapshot.Shards, m.describe(s))
	}
	return snapshot
}

// Checkpoints are all checkpoints as they stand, by shard: what a driver that keeps them whole saves whenever a step
// gave a SaveCheckpoint or a ForgetCheckpoint.
func (m *Machine) Checkpoints() []Checkpoint {
	checkpoints := make([]Checkpoint, len(m.shards))
	for i, s := range m.shards {
		checkpoints[i] = s.checkpoint
	}
	return checkpoints
}

func (m *Machine) describe(s *shard) ShardSnapshot {
	d := ShardSnapshot{
		ID: s.id, Parent: s.parent, State: m.state(s), Checkpoint: s.checkpoint, Waiting: len(s.window), Failure: s.failure,
		Full: s.room(m.config) <= 0,
	}
	for _, e := range s.window {
		if !e.finished && (d.Oldest.IsZero() || e.Created.Before(d.Oldest)) {
			d.Oldest = e.Created
		}
	}
	for _, l := range s.lanes {
		d.Lanes = append(d.Lanes, m.describeLane(l))
	}
	return d
}

func (m *Machine) describeLane(l *lane) LaneSnapshot {
	d := LaneSnapshot{Waiting: len(l.queue), Busy: l.job != 0}
	if len(l.parts) > 0 {
		p := l.parts[0]
		d.Batch, d.Attempts, d.Fault = p.size, p.invocations, p.last.fault
	}
	if l.ready.After(m.now) {
		d.Retry = l.ready
	}
	return d
}

func (m *Machine) state(s *shard) State {
	switch {
	case s.done:
		return StateDone
	case !m.enabled:
		return StateStopped
	case !m.open(s):
		return StateWaiting
	case s.ended:
		return StateDraining
	default:
		return StateReading
	}
}
