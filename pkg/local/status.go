package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/local/console"
	"github.com/outflow-dev/outflow/pkg/mapping"
	"github.com/outflow-dev/outflow/pkg/parked"
)

// refresh is how often an open page of the console looks.
const refresh = 2 * time.Second

// startConsole serves the status at the target's console.
func (p *Pipeline) startConsole(context.Context) (err error) {
	p.since = time.Now()
	p.console, err = console.Start(console.Config{Look: p.Status, Refresh: refresh})
	if err == nil {
		p.Target.Console = p.console.URL
	}
	return err
}

// Status says how the pipeline is, from its start until Stop. It asks the engines.
func (p *Pipeline) Status(ctx context.Context) console.Status {
	s := console.Status{
		At: time.Now(), Since: p.since, Stage: p.Target.Stage, Table: p.Target.Table,
		Mappings: []console.Mapping{p.mappingStatus()}, Outlets: p.outletStatus(), Subscribers: p.subscriberStatus(),
	}
	for _, e := range p.engines.Look(ctx) {
		engine := console.Engine{Name: e.Title, Endpoint: e.Endpoint, PID: e.PID}
		if e.Err != nil {
			engine.Down = e.Err.Error()
		}
		s.Engines = append(s.Engines, engine)
	}
	s.Parked = p.parkedStatus(ctx)
	s.Judge()
	return s
}

func (p *Pipeline) mappingStatus() console.Mapping {
	snapshot := p.driver.Snapshot()
	c := snapshot.Metrics
	arn := p.driver.Mapping.FunctionARN
	m := console.Mapping{
		ID: p.driver.Mapping.ID, Function: arn[strings.LastIndexByte(arn, ':')+1:],
		Enabled: snapshot.Enabled, Running: len(p.fn.Instances()),
		Counts: map[string]int{
			"PolledEventCount": c.PolledEventCount, "FilteredOutEventCount": c.FilteredOutEventCount,
			"InvokedEventCount": c.InvokedEventCount, "FailedInvokeEventCount": c.FailedInvokeEventCount,
			"DroppedEventCount": c.DroppedEventCount, "DestinationDeliveryFailures": c.DestinationDeliveryFailures,
			"OnFailureDestinationDeliveredEventCount": c.OnFailureDestinationDeliveredEventCount,
			"IteratorAge": int(c.IteratorAge.Milliseconds()),
		},
	}
	if snapshot.Failure != "" {
		m.Failing = append(m.Failing, "the stream's shards cannot be listed: "+snapshot.Failure)
	}
	for i := range snapshot.Shards {
		addShard(&m, &snapshot.Shards[i])
	}
	alarms := p.driver.Alarms()
	for _, kind := range slices.Sorted(maps.Keys(alarms)) {
		a := alarms[kind]
		m.Alarms = append(m.Alarms, console.Alarm{
			Kind: string(kind), Loss: kind != mapping.AlarmNotStored, Times: a.Times, At: a.At, Message: a.Message,
		})
	}
	return m
}

func addShard(m *console.Mapping, s *mapping.ShardSnapshot) {
	m.Lag.Records += s.Waiting
	m.Lag.AtLeast = m.Lag.AtLeast || s.Full
	if !s.Oldest.IsZero() && (m.Lag.Oldest == nil || s.Oldest.Before(*m.Lag.Oldest)) {
		m.Lag.Oldest = &s.Oldest
	}
	if s.Failure != "" {
		m.Failing = append(m.Failing, fmt.Sprintf("shard %s cannot be read: %s", s.ID, s.Failure))
	}
	for i, lane := range s.Lanes {
		if lane.Attempts > 0 || !lane.Retry.IsZero() {
			m.Failing = append(m.Failing, fmt.Sprintf(
				"a batch of %d records of shard %s, lane %d, was tried %d times and comes again: %s", lane.Batch, s.ID, i, lane.Attempts,
				cmp.Or(lane.Fault, "logs/mapping.log and logs/consumer.log say why")))
		}
	}
}

// outletStatus tells the outlets' own figures, which the function logs as metrics, and last those of whole batches.
func (p *Pipeline) outletStatus() []console.Outlet {
	counts := p.meter.Counts()
	outlets := []console.Outlet{}
	for _, name := range []string{"search", "audit", "events"} {
		outlets = append(outlets, console.Outlet{Name: name, Counts: counts[name]})
	}
	return append(outlets, console.Outlet{Name: "batches", Counts: counts[""]})
}

func (p *Pipeline) parkedStatus(ctx context.Context) (status console.Parked) {
	store := parked.Store{Client: p.clients.s3, Bucket: p.Target.FailuresBucket, Model: p.config.Model.Version(), Now: time.Now}
	for entry, err := range store.List(ctx) {
		switch {
		case errors.Is(err, parked.ErrOutcome):
			status.Fault = err.Error()
			continue
		case err != nil:
			status.Fault = err.Error()
			return status
		case entry.State != parked.Open:
			continue
		case entry.IsBatch():
			status.Batches++
		default:
			status.Records++
		}
		if status.Oldest == nil || entry.At.Before(*status.Oldest) {
			status.Oldest = &entry.At
		}
	}
	return status
}
