package sim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/mapping"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/parked"
	"github.com/outflow-dev/outflow/pkg/publish"
)

// timeLimit is the function's time-out.
const timeLimit = time.Minute

// instance is one execution environment of the consumer: warm, with what it remembers of batches before.
type instance struct {
	number   int
	model    *model.Model
	consumer *consume.Consumer
	skew     time.Duration // of its clock
	actor    *actor        // what it works on; nil when idle
}

// invocation is one piece of the consumer's work.
type invocation struct {
	actor    *actor
	instance *instance
	records  []mapping.Record
	event    []byte
	stale    bool // an old batch delivered again, of which the mapping knows nothing
	id       mapping.ID
	making   int
	over     bool // its end has been told, or it was killed
}

// newInstance starts a process: cold, with the clients of its own.
func (w *world) newInstance() *instance {
	w.instances++
	i := &instance{number: w.instances, model: w.model}
	if w.strikes(ClockSkew, 0.2) {
		i.skew = w.severity.between(-2*time.Second, 2*time.Second)
	}
	now := func() time.Time { return time.Now().Add(i.skew) }
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	documents := w.newSearch(i.model, func() *actor { return i.actor }, now)
	ledger := w.newLedger(i.model, func() *actor { return i.actor }, now)
	i.consumer = consume.New(consume.Consumer{
		Model: i.model, Chains: [][]consume.Outlet{{documents}, ledger},
		Parking: w.newParking(i.model, func() *actor { return i.actor }, now), Log: quiet, Now: now,
		Metrics: &consume.Metrics{Out: io.Discard, Function: "consumer", Stage: "prod"},
	})
	return i
}

// newLedger makes the outlets that work one after another: audit before events.
func (w *world) newLedger(m *model.Model, of func() *actor, now func() time.Time) []consume.Outlet {
	retry := consume.Retry{Steady: true}
	written := audit.NewOutlet(audit.OutletConfig{
		Model: m, Log: deployment, Client: bucket{w, of, serviceAudit}, Bucket: serviceAudit, Now: now, Retry: retry,
	})
	announced, err := publish.NewOutlet(publish.OutletConfig{
		Model: m, Bus: deployment, Client: bus{w, of}, Claims: bucket{w, of, serviceFailures}, ClaimsBucket: serviceFailures,
		Now: now, Retry: retry,
	})
	if err != nil {
		panic(fmt.Sprintf("the world's model has a rule that does not compile: %v", err))
	}
	return []consume.Outlet{written, announced}
}

func (w *world) newParking(m *model.Model, of func() *actor, now func() time.Time) *parked.Store {
	return &parked.Store{Client: bucket{w, of, serviceFailures}, Bucket: serviceFailures, Model: m.Version(), Now: now,
		Retry: consume.Retry{Steady: true}}
}

// invoke begins an invocation that the mapping asks for.
func (w *world) invoke(e mapping.Invoke) {
	event, err := e.Event()
	if err != nil {
		w.fail("the event of an invocation cannot be made: %v", err)
		return
	}
	w.batches = append(w.batches, event)
	if len(w.batches) > 40 {
		w.batches = w.batches[1:]
	}
	w.begin(&invocation{event: event, records: e.Records, id: e.ID, making: w.poller.making})
}

func (w *world) begin(v *invocation) {
	w.invocations++
	v.instance = w.idle()
	v.actor = w.newActor(fmt.Sprintf("invocation %04d", w.invocations), timeLimit)
	v.actor.lambda = true
	v.instance.actor = v.actor
	w.running[v.actor] = v
	w.tell("%s: begins with %d records on instance %d", v.actor.name, len(v.records), v.instance.number)
	var response consume.Response
	var failed error
	w.start(v.actor.name, func() {
		response, failed = v.instance.consumer.Handle(v.actor.ctx, v.event)
	}, func() { w.ended(v, response, failed) })
	w.at(v.actor.end(), func() { w.timeOut(v) })
}

// idle is a warm instance of the current model, or a cold one.
func (w *world) idle() *instance {
	w.warm = slices.DeleteFunc(w.warm, func(i *instance) bool { return i.model != w.model })
	if len(w.warm) == 0 || w.strikes(ColdStart, 0.05) {
		w.warm = nil
		return w.newInstance()
	}
	last := len(w.warm) - 1
	i := w.warm[last]
	w.warm = w.warm[:last]
	return i
}

// ended takes in the end of an invocation that was not killed before.
func (w *world) ended(v *invocation, r consume.Response, failed error) {
	v.actor.kill()
	delete(w.running, v.actor)
	if v.over {
		return
	}
	v.over = true
	v.instance.actor = nil
	w.warm = append(w.warm, v.instance)
	out := mapping.InvocationEnded{Invocation: v.id, RequestID: w.uuid(), Outcome: mapping.Returned}
	if failed != nil {
		out.Outcome = mapping.Errored
		w.tell("%s: fails: %v", v.actor.name, failed)
	} else {
		out.Response = []byte(encode(r))
		w.tell("%s: answers %s", v.actor.name, out.Response)
		w.oracle.answered(v, out.Response)
	}
	w.conclude(v, out)
}

// died is told of an actor whose process was killed.
func (w *world) died(a *actor) {
	v, is := w.running[a]
	if !is || v.over {
		return
	}
	v.over = true
	w.tell("%s: dies", a.name)
	w.conclude(v, mapping.InvocationEnded{Invocation: v.id, RequestID: w.uuid(), Outcome: mapping.Errored})
}

// timeOut ends an invocation at the function's time-out. A frozen one goes on for a while.
func (w *world) timeOut(v *invocation) {
	if v.over {
		return
	}
	v.over = true
	w.tell("%s: times out", v.actor.name)
	w.conclude(v, mapping.InvocationEnded{Invocation: v.id, RequestID: w.uuid(), Outcome: mapping.TimedOut})
	if !v.actor.frozen {
		w.crash(v.actor)
		return
	}
	w.after(w.severity.between(time.Second, 2*time.Minute), func() { w.crash(v.actor) })
}

func (w *world) conclude(v *invocation, out mapping.InvocationEnded) {
	if w.over || v.stale || v.making != w.poller.making {
		return
	}
	w.input(out)
}

// sorted brings calls into an order of their own.
func (w *world) sorted(open map[*call]bool) []*call {
	calls := make([]*call, 0, len(open))
	for c := range open {
		calls = append(calls, c)
	}
	slices.SortFunc(calls, func(a, b *call) int { return cmp.Compare(a.order(), b.order()) })
	return calls
}

// failedAt is the sequence number that a response names, "" for none.
func failedAt(response []byte) string {
	var r consume.Response
	if err := json.Unmarshal(response, &r); err != nil || len(r.BatchItemFailures) == 0 {
		return ""
	}
	return r.BatchItemFailures[0].ItemIdentifier
}
