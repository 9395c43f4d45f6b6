package sim

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/mapping"
	"github.com/outflow-dev/outflow/pkg/parked"
	"github.com/outflow-dev/outflow/pkg/publish"
)

// oracle knows what was committed, and looks at everything that the pipeline makes of it.
type oracle struct {
	world    *world
	builders []*publish.Builder // by model
	asked    map[string]*asked  // events by id
	audited  map[string]audit.Identity
	bySeq    map[string]*commit
	names    map[string]string   // ids of published events by sequence and name
	segments map[string]bool     // keys that have been looked at
	lost     map[string]bool     // sequences that the mapping gave up: they lie in an on-failure object
	batches  map[string][]string // sequences by key of the on-failure object
	search   searchOracle
}

// asked is an event that a model asks for.
type asked struct {
	commit    *commit
	id, name  string
	must      bool // the first model asks for it: it must be published, whichever model is live
	published int
}

func newOracle(w *world) *oracle {
	o := &oracle{world: w, asked: map[string]*asked{}, audited: map[string]audit.Identity{}, bySeq: map[string]*commit{},
		names: map[string]string{}, segments: map[string]bool{}, lost: map[string]bool{}, batches: map[string][]string{}}
	for _, m := range w.models {
		b, err := publish.NewBuilder(m)
		if err != nil {
			panic(err) // the world's own models
		}
		o.builders = append(o.builders, b)
	}
	o.search = newSearchOracle(w)
	return o
}

// committed takes note of a change.
func (o *oracle) committed(c *commit) {
	o.bySeq[c.sequence] = c
	if c.change == nil {
		return
	}
	o.search.committed(c)
	for i, b := range o.builders {
		var r publish.Result
		b.Add(&r, c.in(o.world, i))
		for _, e := range r.Events {
			a := o.asked[e.ID]
			if a == nil {
				a = &asked{commit: c, id: e.ID, name: e.Name, must: i == 0}
				o.asked[e.ID] = a
				c.asked = append(c.asked, a)
			}
		}
	}
}

// in is the change as the i-th model decodes it.
func (c *commit) in(w *world, i int) *change.Change {
	if i == 0 {
		return c.change
	}
	changes, err := change.Decode(w.models[i], []byte(`{"Records":[`+string(c.body)+`]}`))
	if err != nil || len(changes) != 1 {
		panic(fmt.Sprintf("a record decodes by one model only: %v", err))
	}
	return &changes[0]
}

// published looks at an event that the bus has taken.
func (o *oracle) published(entry types.PutEventsRequestEntry) {
	w := o.world
	var detail struct {
		Metadata struct {
			ID, Type, ItemVersion string
		}
	}
	if err := json.Unmarshal([]byte(aws.ToString(entry.Detail)), &detail); err != nil {
		w.fail("an event is no JSON: %v", err)
		return
	}
	m := detail.Metadata
	a := o.asked[m.ID]
	if a == nil {
		w.fail("event %s %s of %s was published, which no model asks for", m.Type, m.ID, m.ItemVersion)
		return
	}
	a.published++
	if _, recorded := o.audited[a.commit.sequence]; !recorded {
		w.fail("event %s of %s was published before its change is in the audit log", m.Type, a.commit.sequence)
	}
	if a.published == 1 {
		o.inOrder(a)
	}
	name := a.commit.sequence + " " + m.Type
	if known := o.names[name]; known != "" && known != m.ID {
		w.fail("event %s has two ids, %s and %s", name, known, m.ID)
	}
	o.names[name] = m.ID
	if strings.Contains(aws.ToString(entry.Detail), "canary") {
		w.fail("event %s %s holds a pii value that it does not name", m.Type, m.ID)
	}
}

// inOrder asks whether the events of the item's earlier changes were published, or given up, before.
func (o *oracle) inOrder(a *asked) {
	for _, c := range o.world.table.history[a.commit.key] {
		if c == a.commit {
			return
		}
		for _, earlier := range c.asked {
			if earlier.must && earlier.published == 0 && !o.world.isParked(consume.Events, c) {
				o.world.fail("event %s of %s overtakes %s of %s", a.name, a.commit.sequence, earlier.name, c.sequence)
			}
		}
	}
}

// stored looks at an object of the audit bucket.
func (o *oracle) stored(key string) {
	object, there := o.world.audit.Object(key)
	if !there || o.segments[key] {
		return
	}
	o.segments[key] = true
	lines, err := audit.ReadSegment(key, object.Body)
	if err != nil {
		o.world.fail("segment %s cannot be read: %v", key, err)
		return
	}
	for i := range lines {
		o.line(&lines[i])
	}
}

// line looks at an audit line: it must be of a committed change, and say of it what is so, each time.
func (o *oracle) line(l *audit.Line) {
	w := o.world
	c := o.bySeq[l.Seq]
	if c == nil {
		w.fail("the audit log has a change that was never committed: %s", l.Seq)
		return
	}
	identity := l.Identity()
	if known, seen := o.audited[l.Seq]; seen && known != identity {
		w.fail("two audit lines of %s differ in identity", l.Seq)
	}
	o.audited[l.Seq] = identity
	if l.IsRaw() != (c.change == nil) {
		w.fail("the audit line of %s is raw: %v", l.Seq, l.IsRaw())
	}
	if c.change == nil {
		return
	}
	want := audit.Identity{Stream: streamARN, Seq: c.sequence, ID: c.id, Op: c.op, At: identity.At, Cause: c.cause,
		Keys: c.key, OldHash: c.change.Old.Hash(), NewHash: c.change.New.Hash()}
	if identity != want {
		w.fail("the audit line of %s says %+v, and it was %+v", l.Seq, identity, want)
	}
}

// gaveUp takes note of records that went to the on-failure destination.
func (o *oracle) gaveUp(key string, records []mapping.Record) {
	for _, r := range records {
		o.lost[r.Sequence] = true
		o.batches[key] = append(o.batches[key], r.Sequence)
	}
}

// resolved looks at the outcome of a retry: what it settles nobody will look at again.
func (o *oracle) resolved(outcome string) {
	key, name, _ := strings.Cut(outcome, ".outcomes/")
	if !strings.HasSuffix(name, "-"+string(parked.Resolved)+".json") {
		return
	}
	for _, sequence := range o.batches[key] {
		delete(o.lost, sequence)
		o.acknowledged(o.bySeq[sequence], "the retry of a batch")
	}
	record, single := strings.CutPrefix(key, consume.ParkedPrefix)
	if !single {
		return
	}
	outlet, _, _ := strings.Cut(record, "/")
	sequence, _, _ := strings.Cut(path.Base(record), "-")
	if c := o.bySeq[sequence]; outlet == consume.Search && c.change != nil {
		o.search.acknowledged(c, "a retry")
	} else if outlet == consume.Events {
		o.announced(c, "a retry")
	}
}

// answered looks at an invocation's answer: what it acknowledges must be durable in every outlet, or parked.
func (o *oracle) answered(v *invocation, response []byte) {
	from := failedAt(response)
	for _, r := range v.records {
		if r.Sequence == from {
			return
		}
		c := o.bySeq[r.Sequence]
		o.acknowledged(c, v.actor.name)
		if delay := time.Since(c.made); o.world.isCalm() && delay > time.Minute {
			o.world.fail("%s was acknowledged %s after its commit, with nothing wrong but poison", c.sequence, delay)
		}
	}
}

func (o *oracle) acknowledged(c *commit, who string) {
	w := o.world
	if _, ok := o.audited[c.sequence]; !ok {
		w.fail("%s acknowledges %s, which is not in the audit log", who, c.sequence)
	}
	if !w.isParked(consume.Events, c) {
		o.announced(c, who)
	}
	if c.change != nil && !w.isParked(consume.Search, c) {
		o.search.acknowledged(c, who)
	}
	for _, outlet := range []string{consume.Search, consume.Events} {
		if c.change == nil && !w.isParked(outlet, c) {
			w.fail("%s acknowledges %s, which does not decode and is not parked for %s", who, c.sequence, outlet)
		}
	}
}

// announced asks whether the events of a change have been published.
func (o *oracle) announced(c *commit, who string) {
	for _, a := range c.asked {
		if a.must && a.published == 0 {
			o.world.fail("%s acknowledges %s, and its event %s %s is neither published nor parked", who, c.sequence, a.name, a.id)
		}
	}
}

// isParked says whether the outlet has parked the change, or the mapping has given it up.
func (w *world) isParked(outlet string, c *commit) bool {
	if w.oracle.lost[c.sequence] {
		return true
	}
	_, there := w.failures.Object(parkedKey(outlet, c))
	return there
}

func parkedKey(outlet string, c *commit) string {
	return consume.ParkedPrefix + outlet + "/" + streamLabel + "/" + c.sequence + "-" + c.id + ".json"
}

// atRest asks what must hold when everything has been delivered, retried and read again.
func (o *oracle) atRest() {
	w := o.world
	for _, c := range w.table.commits {
		if _, ok := o.audited[c.sequence]; !ok {
			w.fail("at rest, the audit log lacks %s", c.sequence)
		}
		for _, a := range c.asked {
			if a.must && a.published == 0 {
				w.fail("at rest, event %s %s of %s was never published", a.name, a.id, c.sequence)
			}
		}
	}
	o.search.atRest()
}
