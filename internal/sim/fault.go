package sim

import (
	"io"
	"slices"
	"time"
)

// Fault is a kind of thing that goes wrong.
type Fault string

// The faults that befall a call.
const (
	CrashBefore  Fault = "crash before a call"
	CrashAfter   Fault = "crash after a call's effect"
	CrashHalfway Fault = "crash halfway through a call's effect"
	RequestLost  Fault = "time-out without effect"
	AnswerLost   Fault = "time-out with effect"
	Throttled    Fault = "throttled (429)"
	ServerError  Fault = "server error (500)"
	Unavailable  Fault = "unavailable (503)"
	Conflict     Fault = "S3 answers 409"
	PartialBulk  Fault = "bulk refused in part"
	PartialPut   Fault = "PutEvents refused in part"
	Slow         Fault = "slow call"
	Zombie       Fault = "invocation goes on after its time-out"
)

// The faults that befall a service, a function or the stream for a while or at once.
const (
	Denied         Fault = "access denied for a while"
	NodeRestart    Fault = "OpenSearch node restarts"
	IndexDropped   Fault = "index restored empty"
	ScriptLost     Fault = "stored script lost"
	AliasLost      Fault = "write alias taken away"
	ClockSkew      Fault = "clock of a function is off"
	ColdStart      Fault = "cold start"
	MappingRestart Fault = "mapping restarts from its checkpoints"
	StaleDelivery  Fault = "old batch delivered again"
	ShardSplit     Fault = "shard ends and has children"
	ReadFailed     Fault = "stream read fails"
	PollThrottled  Fault = "poller throttled"
	IteratorLost   Fault = "iterator expires"
	SearchPoison   Fault = "document that the mapping refuses"
	EventPoison    Fault = "event that cannot be made"
	RecordPoison   Fault = "record that does not decode"
	HeldPage       Fault = "backfill page held back"
)

// ofCalls are those that befall a call; the others have events of their own.
var ofCalls = []Fault{CrashBefore, CrashAfter, CrashHalfway, RequestLost, AnswerLost, Throttled, ServerError, Unavailable,
	Conflict, PartialBulk, PartialPut, Slow, Zombie}

// Faults are all kinds, in the order of the report.
var Faults = append(slices.Clone(ofCalls), Denied, NodeRestart, IndexDropped, ScriptLost, AliasLost, ClockSkew, ColdStart,
	MappingRestart, StaleDelivery, ShardSplit, ReadFailed, PollThrottled, IteratorLost, SearchPoison, EventPoison,
	RecordPoison, HeldPage)

// profile is what a seed has go wrong, and how often.
type profile struct {
	enabled map[Fault]bool
	rate    float64 // of calls with a fault
	pause   time.Duration
}

// calmSeeds is how many seeds there are to one in which nothing goes wrong but poison, so that what must be quick can
// be measured.
const calmSeeds = 12

func newProfile(seed uint64, r random) profile {
	p := profile{enabled: map[Fault]bool{}, pause: r.between(2*time.Second, 20*time.Second)}
	if seed%calmSeeds == 0 {
		for _, f := range []Fault{SearchPoison, EventPoison, RecordPoison} {
			p.enabled[f] = r.chance(0.8)
		}
		return p
	}
	share := 0.55 + 0.45*r.Float64()
	for _, f := range Faults {
		p.enabled[f] = r.chance(share)
	}
	p.rate = pick(r, []float64{0.12, 0.24, 0.4, 0.55})
	return p
}

// faultOf is the fault that befalls the call, "" for none. A kind that the seed does not have leaves its share of calls
// alone, so that taking one kind away leaves the others where they were.
func (w *world) faultOf(c *call) Fault {
	if !w.faulty || !w.faults.chance(w.profile.rate) {
		return ""
	}
	var possible [32]Fault
	f := pick(w.faults, c.possible(possible[:0]))
	if !w.profile.enabled[f] {
		return ""
	}
	return f
}

// strikes says whether a fault of the surroundings happens now, and counts it. It draws in any case, so that a seed without
// the fault is the same up to where the fault makes a difference.
func (w *world) strikes(f Fault, p float64) bool {
	if !w.faulty || !w.faults.chance(p) || !w.profile.enabled[f] {
		return false
	}
	w.count(f)
	return true
}

// count notes a fault. What a fault is called is no part of what comes of it.
func (w *world) count(f Fault) {
	w.report.Faults[f]++
	w.write(io.Discard, "fault: %s", f)
}
