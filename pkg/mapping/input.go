package mapping

import (
	"encoding/json"
	"time"
)

// ID names one read, invocation or store that a machine asked for, so that its end can be told. IDs are never used
// twice by one machine and start anew with the next.
type ID uint64

// Input is something that happened: one of the types below.
type Input interface{ input() }

// Tick says that time has passed. It is due at the time of the last WakeAt, and harmless at any other.
type Tick struct{}

// Enable lets a disabled mapping go on from its checkpoints.
type Enable struct{}

// Disable stops reading and invoking. Invocations that run are let finish, and their result counts.
type Disable struct{}

// ShardsListed answers ListShards with all shards of the stream (all pages of DescribeStream).
type ShardsListed struct{ Shards []Shard }

// Shard is a shard as DescribeStream lists it.
type Shard struct {
	ID     string
	Parent string // "" where it has none
}

// ListFailed answers ListShards when the shards could not be listed; they are asked for again.
type ListFailed struct{ Detail string }

// RecordsRead answers Read. Records are in the order of the stream; End says that the shard is closed and that
// nothing follows (GetRecords gave no next iterator).
type RecordsRead struct {
	Read    ID
	Records []Record
	End     bool
}

// Record is one stream record, as far as a mapping needs to know it.
type Record struct {
	Sequence string    // sequence number, a decimal number
	Created  time.Time // ApproximateCreationDateTime, against which the record age counts
	Size     int       // bytes of the record in the function's event, against which the payload limit counts
	Hash     uint64    // of the item's key: records of one item share it, and so a lane
	Filtered bool      // the mapping's Filter does not match: it is passed over, never delivered
	Body     json.RawMessage
}

// ReadFailed answers Read when GetShardIterator or GetRecords failed.
type ReadFailed struct {
	Read   ID
	Cause  Cause
	Detail string
}

// Cause says why a read failed, as far as it matters what is done next.
type Cause int

// The causes. On IteratorExpired the driver forgets the iterator that it holds.
const (
	Transient       Cause = iota // throttled, network, internal: tried again after a while
	IteratorExpired              // ExpiredIteratorException: read again from the same position
	Trimmed                      // TrimmedDataAccessException: records were lost; alarm, go on at the trim horizon
	ShardGone                    // ResourceNotFoundException: alarm, the shard counts as done
)

// InvocationEnded answers Invoke.
type InvocationEnded struct {
	Invocation ID
	RequestID  string
	Outcome    Outcome
	Response   []byte // what the function returned; read only for Returned and only with ReportBatchItemFailures
}

// Outcome says how an invocation ended.
type Outcome int

// The outcomes.
const (
	Returned     Outcome = iota // the function returned; what it returned may still name failed records
	Errored                     // the function failed: an error, an exit, out of memory
	TimedOut                    // the function was stopped at its time-out
	NotInvocable                // throttled or not to be reached: the function did not run; costs no retry
)

// FailureStored answers StoreFailure: the object is in the bucket.
type FailureStored struct{ Failure ID }

// StoreFailed answers StoreFailure when the object could not be written; it is asked for again.
type StoreFailed struct {
	Failure ID
	Detail  string
}

func (Tick) input()            {}
func (Enable) input()          {}
func (Disable) input()         {}
func (ShardsListed) input()    {}
func (ListFailed) input()      {}
func (RecordsRead) input()     {}
func (ReadFailed) input()      {}
func (InvocationEnded) input() {}
func (FailureStored) input()   {}
func (StoreFailed) input()     {}
