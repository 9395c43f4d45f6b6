package mapping

import (
	"bytes"
	"fmt"
	"time"
)

// Effect is something for the driver to do: one of the types below. Effects are given in the order in which they
// are to be begun. ListShards, Read, Invoke and StoreFailure are answered by an input; the others are not.
type Effect interface{ effect() }

// ListShards asks for ShardsListed or ListFailed.
type ListShards struct{}

// Read asks for RecordsRead or ReadFailed. There is at most one under way a shard. With Restart, or where the driver
// holds no iterator for the shard, a new iterator is taken at From; else the one that the last read gave is used.
type Read struct {
	ID      ID
	Shard   string
	From    Position
	Restart bool
	Limit   int // records, 1 to 1,000 (GetRecords)
}

// Invoke asks for InvocationEnded.
type Invoke struct {
	ID      ID
	Shard   string
	Lane    int // 0 to ParallelizationFactor-1
	Attempt int // 1 plus the invocations that included these records before, by this machine
	Records []Record
}

// Event is what the function is invoked with.
func (i Invoke) Event() ([]byte, error) { return event(i.Records) }

func event(records []Record) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(`{"Records":[`)
	for i, r := range records {
		if len(r.Body) == 0 {
			return nil, fmt.Errorf("build event: record %s has no body; the driver must give it with RecordsRead", r.Sequence)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(r.Body)
	}
	b.WriteString(`]}`)
	return b.Bytes(), nil
}

// StoreFailure asks to write the invocation record of a batch that was given up to the on-failure destination, and
// for FailureStored or StoreFailed. The records are passed over only when it is stored.
type StoreFailure struct {
	ID      ID
	Lane    int
	Failure Failure
}

// SaveCheckpoint asks to keep a shard's checkpoint for the next start. One that is lost costs a second delivery.
type SaveCheckpoint struct{ Checkpoint Checkpoint }

// ForgetCheckpoint says that the stream no longer lists a shard that is done.
type ForgetCheckpoint struct{ Shard string }

// WakeAt asks for a Tick at that time. It is the last effect of a step, replaces the one before, and is left out
// where only an answer can bring work.
type WakeAt struct{ At time.Time }

// Alarm says that records are lost to this mapping, or may be, or that something stops it. It is for people's eyes.
type Alarm struct {
	Kind    AlarmKind
	Shard   string
	Records []Record // those concerned, where they are known
	Message string   // what happened and what to do
}

// AlarmKind names an alarm.
type AlarmKind string

// The alarms.
const (
	AlarmTrimmed      AlarmKind = "trimmed"       // the stream trimmed records before they were read
	AlarmShardGone    AlarmKind = "shard gone"    // a shard vanished before it was read to its end
	AlarmPositionLost AlarmKind = "position lost" // a reader at LATEST had to start again: what came between is missed
	AlarmDropped      AlarmKind = "dropped"       // a batch was given up and there is no on-failure destination
	AlarmExpired      AlarmKind = "expired"       // failing records outlived the stream's 24 hours and were given up
	AlarmNotStored    AlarmKind = "not stored"    // the on-failure destination refused a batch; it is tried again
	AlarmUnexpected   AlarmKind = "unexpected"    // an input that answers nothing: a fault of the driver
)

func (ListShards) effect()       {}
func (Read) effect()             {}
func (Invoke) effect()           {}
func (StoreFailure) effect()     {}
func (SaveCheckpoint) effect()   {}
func (ForgetCheckpoint) effect() {}
func (WakeAt) effect()           {}
func (Alarm) effect()            {}
