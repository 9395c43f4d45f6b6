package sim

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/mapping"
	"github.com/outflow-dev/outflow/pkg/model"
)

// Options say what to run.
type Options struct {
	Seed       uint64
	Operations int            // of the workload; 0 for as many as make Changes changes
	Without    map[int]bool   // operations to leave out
	Except     map[Fault]bool // faults that do not happen
	Story      io.Writer      // gets a line for every step; nil for none
}

// Changes is how many changes are committed at least in a seed whose operations are not counted. Some operations change
// nothing, others many items.
const Changes = 500

// Report is what came of a seed.
type Report struct {
	Seed       uint64
	Violations []string // of the promises; the first is the one to look at
	Broken     string   // what sort the first is; "" for none
	Trace      string   // hash of all steps: the same seed gives the same
	Course     string   // hash of all steps but the names of faults: what came of them
	Operations int
	Commits    int
	Steps      int
	Calls      int
	Faults     map[Fault]int // that changed the run
	Simulated  time.Duration
}

// world is everything around the production code.
type world struct {
	loop
	options Options
	report  *Report
	profile profile
	faulty  bool // faults happen now
	story   hash.Hash
	course  hash.Hash

	work, latency, ids random
	faults, severity   random        // what goes wrong, and how badly
	pace               time.Duration // the longest usual time between operations

	models   []*model.Model
	model    *model.Model // the one that is deployed
	table    table
	stream   stream
	mapping  mapping.Config
	poller   poller
	audit    *s3fake.S3
	failures *s3fake.S3
	signer   *audit.FileSigner
	search   *domain
	oracle   *oracle

	instances, invocations, jobs int
	warm                         []*instance
	running                      map[*actor]*invocation
	actors                       []*actor        // all that ever were
	over                         bool            // nothing begins any more
	batches                      [][]byte        // events of the last invocations
	down, denied                 map[string]bool // by service
	operated                     int             // operations begun
}

//go:embed testdata/model.yaml testdata/model2.yaml
var files embed.FS

// Models are those that the world deploys, one after the other.
func Models() ([]*model.Model, error) {
	var models []*model.Model
	for _, name := range []string{"testdata/model.yaml", "testdata/model2.yaml"} {
		content, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		m, faults := model.Parse(name, content)
		if len(faults) > 0 {
			return nil, faults
		}
		models = append(models, m)
	}
	return models, nil
}

// Run runs a seed. It must be called inside a testing/synctest bubble, and leaves no goroutine behind.
func Run(models []*model.Model, o Options) *Report {
	w := newWorld(models, o)
	began := time.Now()
	w.boot()
	w.disturb()
	w.phaseOfFaults()
	w.phaseOfRest()
	w.report.Simulated = time.Since(began)
	w.report.Operations, w.report.Commits = w.operated, len(w.table.commits)
	w.report.Trace, w.report.Course = hex.EncodeToString(w.story.Sum(nil)), hex.EncodeToString(w.course.Sum(nil))
	w.stop()
	return w.report
}

func newWorld(models []*model.Model, o Options) *world {
	named := func(name string) random { return newRandom(o.Seed, name) }
	w := &world{
		loop: loop{busy: map[string]bool{}}, options: o, report: &Report{Seed: o.Seed, Faults: map[Fault]int{}}, faulty: true,
		models: models, model: models[0], story: sha256.New(), course: sha256.New(),
		work: named("work"), latency: named("latency"), ids: named("ids"), faults: named("faults"), severity: named("severity"),
		audit: &s3fake.S3{}, failures: &s3fake.S3{}, stream: newStream(), poller: poller{saved: map[string]mapping.Checkpoint{}},
		running: map[*actor]*invocation{}, down: map[string]bool{}, denied: map[string]bool{},
	}
	w.table = table{items: map[string]row{}, history: map[string][]*commit{}}
	w.table.grain = pick(w.work, []time.Duration{time.Second, time.Minute})
	w.profile = newProfile(o.Seed, named("profile"))
	maps.DeleteFunc(w.profile.enabled, func(f Fault, _ bool) bool { return o.Except[f] })
	w.pace = pick(w.work, []time.Duration{50 * time.Millisecond, 150 * time.Millisecond, 400 * time.Millisecond})
	w.mapping = w.mappingConfig()
	signer, err := auditlog.Signer(o.Seed, 0)
	if err != nil {
		panic(err) // keys are made of any seed
	}
	w.signer, w.search = signer, newDomain(w)
	w.oracle = newOracle(w)
	return w
}

func (w *world) isCalm() bool { return w.options.Seed%calmSeeds == 0 }

// phaseOfFaults lets the workload and all that goes wrong happen.
func (w *world) phaseOfFaults() {
	var next func()
	next = func() {
		if w.hasOperated() {
			return
		}
		w.operate(w.operated)
		w.operated++
		w.after(w.gap(), next)
	}
	next()
	w.run(func() bool { return w.hasOperated() || len(w.report.Violations) > 0 })
}

// hasOperated says whether the workload is done.
func (w *world) hasOperated() bool {
	if w.options.Operations > 0 {
		return w.operated >= w.options.Operations
	}
	return len(w.table.commits) >= Changes
}

// recovery is within what time after the last fault everything must be where it belongs.
const recovery = 5 * time.Minute

// phaseOfRest ends the faults, and asks whether everything comes to rest as it should.
func (w *world) phaseOfRest() {
	w.calm()
	limit := time.Now().Add(recovery)
	w.run(func() bool { return w.isDrained() || time.Now().After(limit) || len(w.report.Violations) > 0 })
	if len(w.report.Violations) > 0 {
		return
	}
	if !w.isDrained() {
		w.fail("not at rest %s after the last fault: %s", recovery, w.lag())
		return
	}
	w.mend(limit)
}

// isDrained says whether all that was committed has been acknowledged, and nothing runs.
func (w *world) isDrained() bool { return w.lag() == "" }

// lag says what the mapping has not settled.
func (w *world) lag() string {
	var b bytes.Buffer
	if len(w.busy) > 0 {
		return "there is work that has not ended: " + strings.Join(slices.Sorted(maps.Keys(w.busy)), ", ")
	}
	settled := map[string]string{} // a machine that has begun anew knows only of shards that it has a checkpoint of
	for _, c := range w.poller.machine.Checkpoints() {
		if c.Position.Type == mapping.After { // the record at which another stands is still to come
			settled[c.Shard] = c.Position.Sequence
		}
	}
	for _, s := range w.stream.shards {
		if n := len(s.records); n > 0 && s.records[n-1].sequence > settled[s.id] {
			fmt.Fprintf(&b, "shard %s has settled %q of %s; ", s.id, settled[s.id], s.records[n-1].sequence)
		}
	}
	return b.String()
}

// stop ends what is left of production code.
func (w *world) stop() {
	w.over = true
	for _, a := range w.actors {
		w.crash(a)
	}
	w.run(func() bool { return len(w.busy) == 0 })
}

// tell notes a step.
func (w *world) tell(format string, args ...any) {
	w.report.Steps++
	w.write(w.course, format, args...)
}

// write writes a line of the story, to one hash and to those who read along.
func (w *world) write(also io.Writer, format string, args ...any) {
	line := fmt.Sprintf("%s "+format+"\n", append([]any{time.Now().UTC().Format("02T15:04:05.000")}, args...)...)
	io.WriteString(w.story, line) //nolint:errcheck // a hash takes everything
	io.WriteString(also, line)    //nolint:errcheck // likewise
	if w.options.Story != nil {
		fmt.Fprint(w.options.Story, line) //nolint:errcheck // a story that cannot be printed is no violation
	}
}

// fail notes that a promise is broken.
func (w *world) fail(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.report.Broken = cmp.Or(w.report.Broken, format)
	w.report.Violations = append(w.report.Violations, text)
	w.tell("VIOLATION: %s", text)
}

// uuid is a random one, as the seed has it.
func (w *world) uuid() string {
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", w.ids.Uint32(), w.ids.Uint32()&0xffff, w.ids.Uint32()&0xfff,
		w.ids.Uint32()&0xfff, w.ids.Uint64()&0xffffffffffff)
}
