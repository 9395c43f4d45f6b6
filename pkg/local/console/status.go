package console

import "time"

// Status is how one pipeline is. Counts are since Since.
type Status struct {
	At       time.Time `json:"at"`
	Since    time.Time `json:"since"` // the pipeline is up
	Stage    string    `json:"stage"`
	Table    string    `json:"table"`
	Healthy  bool      `json:"healthy"` // nothing is wrong
	Wrong    []string  `json:"wrong"`   // each with what to do next; never null
	Engines  []Engine  `json:"engines"`
	Mappings []Mapping `json:"mappings"`
	Outlets  []Outlet  `json:"outlets"`
	Parked   Parked    `json:"parked"`
	// Subscribers are the functions that rules of the bus can have as a target.
	Subscribers []Subscriber `json:"subscribers,omitempty"`
}

// Subscriber is a function on this machine that the bus can deliver to.
type Subscriber struct {
	Name    string `json:"name"`
	ARN     string `json:"arn"`     // a rule's target
	Log     string `json:"log"`     // path of its log file
	Running int    `json:"running"` // instances of the function
}

// Engine is one of the servers that the pipeline uses.
type Engine struct {
	Name     string `json:"name"`
	Endpoint string `json:"endpoint"`       // URL
	PID      int    `json:"pid,omitempty"`  // 0 where the pipeline did not start it
	Down     string `json:"down,omitempty"` // why it does not answer; "" where it does
}

// Mapping is one event source mapping with its function.
type Mapping struct {
	ID       string         `json:"id"`
	Function string         `json:"function"`
	Enabled  bool           `json:"enabled"`
	Lag      Lag            `json:"lag"`
	Counts   map[string]int `json:"counts"`            // under the names of Lambda's metrics; IteratorAge in ms
	Failing  []string       `json:"failing,omitempty"` // what is tried again now, and why
	Alarms   []Alarm        `json:"alarms,omitempty"`
	Running  int            `json:"running"` // instances of the function
}

// Lag is how far a mapping is behind.
type Lag struct {
	Records int        `json:"records"`          // read and not done
	AtLeast bool       `json:"atLeast"`          // more may wait in the stream
	Oldest  *time.Time `json:"oldest,omitempty"` // creation of the oldest of them
}

// Alarm is a loss, or something that stops a mapping, as mapping.Alarm tells it.
type Alarm struct {
	Kind    string    `json:"kind"`
	Loss    bool      `json:"loss"` // changes are lost to the mapping; else it mends itself, and shows in Failing until then
	Times   int       `json:"times"`
	At      time.Time `json:"at"`      // of the last one
	Message string    `json:"message"` // of the last one
}

// Outlet is what an outlet has done, or for "batches" the function as a whole, under the names of its metrics.
type Outlet struct {
	Name   string         `json:"name"`
	Counts map[string]int `json:"counts"`
}

// Parked is what waits for somebody in the failures bucket.
type Parked struct {
	Records int        `json:"records"` // parked records that are open
	Batches int        `json:"batches"` // on-failure objects that are open
	Oldest  *time.Time `json:"oldest,omitempty"`
	Fault   string     `json:"fault,omitempty"` // why the bucket could not be listed
}
