package sim

import (
	"errors"
	"time"

	"github.com/outflow-dev/outflow/pkg/mapping"
	"github.com/outflow-dev/outflow/pkg/search"
)

// disturb has something happen around the production code from time to time: what goes wrong by itself, and what people
// and schedules do.
func (w *world) disturb() {
	w.after(w.faults.between(0, w.profile.pause), func() {
		if !w.faulty {
			return
		}
		pick(w.faults, w.disturbances())()
		w.disturb()
	})
}

func (w *world) disturbances() []func() {
	retry, purge, seal := func() { w.retry(nil) }, func() { w.purge(nil) }, func() { w.seal(nil) }
	return []func(){
		w.deny, w.restartNode, w.dropIndex, w.loseScript, w.loseAlias, w.restartMapping, w.deliverStale, w.deliverStale,
		w.splitShard, w.holdPage, w.holdPage, retry, retry, retry, purge, seal, w.deploy,
	}
}

// deny has the service refuse all calls for a while.
func (w *world) deny() {
	service := pick(w.severity, []string{serviceSearch, serviceBus, serviceAudit, serviceFailures, serviceFailures, serviceTable})
	if !w.strikes(Denied, 1) {
		return
	}
	w.tell("%s denies access", service)
	w.denied[service] = true
	w.after(w.severity.between(time.Second, 2*time.Minute), func() { delete(w.denied, service) })
}

func (w *world) restartNode() {
	if !w.strikes(NodeRestart, 1) {
		return
	}
	w.down[serviceSearch] = true
	w.after(w.severity.between(time.Second, 20*time.Second), func() { delete(w.down, serviceSearch) })
}

func (w *world) dropIndex() {
	if w.strikes(IndexDropped, 1) {
		w.search.drop(pick(w.severity, w.models[0].SortedIndexes()).Name)
	}
}

func (w *world) loseScript() {
	if w.strikes(ScriptLost, 1) {
		w.search.loseScripts()
	}
}

func (w *world) loseAlias() {
	if w.strikes(AliasLost, 1) {
		w.search.loseAliases(pick(w.severity, w.models[0].SortedIndexes()).Name)
	}
}

// restartMapping makes a new machine from the checkpoints: what was under way is delivered again, in other batches.
func (w *world) restartMapping() {
	if w.strikes(MappingRestart, 1) {
		w.boot()
	}
}

// deliverStale delivers an old batch again, of which the mapping knows nothing.
func (w *world) deliverStale() {
	if len(w.batches) == 0 || !w.strikes(StaleDelivery, 1) {
		return
	}
	w.begin(&invocation{event: pick(w.severity, w.batches), stale: true})
}

func (w *world) splitShard() {
	if len(w.stream.shards) > 10 || !w.strikes(ShardSplit, 1) {
		return
	}
	w.stream.split(pick(w.severity, w.stream.open()))
}

// holdPage reads a page of the table now and brings it in later.
func (w *world) holdPage() {
	held := time.Duration(0)
	if w.strikes(HeldPage, 1) {
		held = pick(w.severity, []time.Duration{time.Second, 30 * time.Second, 4 * time.Minute, 20 * time.Minute})
	}
	w.fill(w.someKeys(w.severity), held, nil)
}

// deploy makes the second model the one that new processes have.
func (w *world) deploy() {
	if w.model != w.models[1] {
		w.tell("the second model is deployed")
		w.model = w.models[1]
	}
}

// calm ends all faults.
func (w *world) calm() {
	w.tell("all faults end")
	w.faulty = false
	clear(w.down)
	clear(w.denied)
	w.search.accept()
}

// lateRepairs is how often nobody looks at what is parked before even tombstones of its time are gone.
const lateRepairs = 0.2

// audits is how often somebody verifies the audit log in the end.
const audits = 0.4

// mend does what people do when faults are over: what is parked is retried, and an index that was lost is filled. Where
// that is done at once and no index was lost, all is in order before the limit. Before or after, much time passes.
func (w *world) mend(limit time.Time) {
	late, lost := w.work.chance(lateRepairs), w.report.Faults[IndexDropped] > 0
	if late {
		w.age()
	}
	w.repair("parked retry", w.retry)
	if !late && !lost {
		w.rest("after the retry")
		if time.Now().After(limit) {
			w.fail("at rest only %s after the limit", time.Since(limit))
		}
	}
	if lost || w.work.chance(0.2) {
		w.idleFor(2 * time.Minute) // a new index is not filled before all consumers know of it
		w.repair("backfill", w.fillAll)
	}
	w.settled()
	w.rest("after all repairs")
	if w.work.chance(audits) {
		w.repair("digester", w.seal)
		w.oracle.verified()
	}
	for range 1 + w.work.IntN(2) {
		w.age()
		w.rest("after two weeks")
	}
}

// rest asks whether all is where it belongs, unless something has been found already.
func (w *world) rest(when string) {
	if len(w.report.Violations) == 0 {
		w.tell("at rest %s", when)
		w.oracle.atRest()
	}
}

// age lets about two weeks pass, which no tombstone survives, and then old batches come again.
func (w *world) age() {
	w.idleFor(w.work.between(12*24*time.Hour, 16*24*time.Hour))
	w.repair("purge", w.purge)
	for range 3 {
		w.begin(&invocation{event: pick(w.work, w.batches), stale: true})
	}
	w.settled()
}

// fillAll brings the whole table into the indexes. Where that makes one, which nobody has written to since it was lost,
// it comes again when it may, as the command does.
func (w *world) fillAll(done func(error)) {
	w.fill(w.everyKey(), 0, func(err error) {
		var early *search.TooEarlyError
		if errors.As(err, &early) {
			w.after(time.Until(early.Until), func() { w.fillAll(done) })
			return
		}
		done(err)
	})
}

// idleFor lets time pass in which nothing is written.
func (w *world) idleFor(d time.Duration) {
	passed := false
	w.after(d, func() { passed = true })
	w.input(mapping.Disable{}) // which polls four times a second
	w.run(func() bool { return passed || len(w.report.Violations) > 0 })
	w.input(mapping.Enable{})
}

// repair runs a job until it has done all, which without faults it does the first time.
func (w *world) repair(name string, job func(done func(error))) {
	ended := false
	job(func(err error) {
		ended = true
		if err != nil {
			w.fail("with all faults over, %s fails: %v", name, err)
		}
	})
	w.run(func() bool { return ended || len(w.report.Violations) > 0 })
	if !ended && len(w.report.Violations) == 0 {
		w.fail("with all faults over, %s does not end", name)
	}
}

// settled waits until nothing runs.
func (w *world) settled() {
	limit := time.Now().Add(jobLimit + recovery)
	w.run(func() bool { return len(w.busy) == 0 || time.Now().After(limit) || len(w.report.Violations) > 0 })
}
