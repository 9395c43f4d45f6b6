package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/change"
)

// Marks that the simulated engines and the model stumble over.
const (
	refusedByMapping = "the mapping refuses this"
	onCondition      = "if it is not there"
)

// operate does the n-th operation of the workload, if it is not left out. Each has numbers of its own.
func (w *world) operate(n int) {
	if w.options.Without[n] {
		return
	}
	r := newRandom(w.options.Seed, "operation "+strconv.Itoa(n))
	w.tell("operation %d", n)
	switch p := r.Float64(); {
	case p < 0.20:
		w.put(r, user(r))
	case p < 0.40:
		w.put(r, product(r))
	case p < 0.55:
		w.put(r, order(r))
	case p < 0.72:
		w.put(r, line(r))
	case p < 0.82:
		w.remove(r, change.CauseUser)
	case p < 0.85:
		w.remove(r, change.CauseTTL)
	case p < 0.92:
		w.transact(r)
	case p < 0.95:
		w.guarded(r)
	case p < 0.97:
		w.put(r, junk(r))
	default:
		w.poison(r)
	}
}

func some(r random, n int) string {
	if r.chance(0.4) {
		return "0" // the hot one
	}
	return strconv.Itoa(r.IntN(n))
}

func user(r random) item {
	return item{"PK": text("USER#u" + some(r, 5)), "SK": text("PROFILE"), "name": text("name " + strconv.Itoa(r.IntN(3))),
		"email": text("canary" + strconv.Itoa(r.IntN(3)) + "@example.com")}
}

func product(r random) item {
	i := item{"PK": text("PRODUCT#p" + some(r, 6)), "SK": text("METADATA"), "title": text("title " + strconv.Itoa(r.IntN(3))),
		"price": number(fmt.Sprintf("%d.%d", r.IntN(3), 1+r.IntN(9))), "stock": number(strconv.Itoa(r.IntN(3)))}
	if r.chance(0.002) {
		i["description"] = text(strings.Repeat("long ", 75_000)) // near the limit of an item, 400 KB
	}
	return i
}

func order(r random) item {
	return item{"PK": text("ORDER#o" + some(r, 4)), "SK": text("METADATA"),
		"status": text(pick(r, []string{"NEW", "PAID", "SHIPPED", "DONE"})), "total": number(strconv.Itoa(1 + r.IntN(4)))}
}

func line(r random) item {
	return item{"PK": text("ORDER#o" + some(r, 4)), "SK": text("ITEM#i" + some(r, 5)),
		"product_id": text("p" + some(r, 6)), "qty": number(strconv.Itoa(1 + r.IntN(3)))}
}

func junk(r random) item {
	return item{"PK": text("JUNK#j" + some(r, 3)), "SK": text("METADATA"), "x": number(strconv.Itoa(r.IntN(9)))}
}

// put writes an item. Half of the writers stamp what they write; the others leave the stamps of others behind.
func (w *world) put(r random, i item) {
	old := w.table.items[i.key()].item
	for _, stamp := range []string{"updated_by", "request_id", "revision"} {
		if old != nil && old[stamp] != nil {
			i[stamp] = old[stamp]
		}
	}
	if r.chance(0.5) {
		stamp(r, i, old)
	}
	w.commit(write{key: i.key(), item: i, cause: change.CauseUser})
}

func stamp(r random, i, old item) {
	revision := 0
	if old != nil && old["revision"] != nil {
		revision, _ = strconv.Atoi(old["revision"]["N"].(string)) // the world's own number
	}
	i["revision"] = number(strconv.Itoa(revision + 1))
	i["updated_by"] = text(pick(r, []string{"ann", "bob"}))
	i["request_id"] = text(fmt.Sprintf("req-%d", r.IntN(1_000_000)))
}

// remove deletes one of the items, if there is one.
func (w *world) remove(r random, cause string) {
	candidates := []item{user(r), product(r), order(r), line(r), line(r), junk(r)}
	for range 4 {
		one := pick(r, candidates)
		if w.table.items[one.key()].item != nil {
			w.commit(write{key: one.key(), cause: cause})
			return
		}
	}
}

// transact writes an order with its lines, sometimes with as many items as a transaction takes.
func (w *world) transact(r random) {
	root := order(r)
	writes := []write{{key: root.key(), item: root, cause: change.CauseUser}}
	n := 1 + r.IntN(4)
	if r.chance(0.02) {
		n = 99 // 100 items is the limit of TransactWriteItems
	}
	for i := range n {
		part := item{"PK": root["PK"], "SK": text("ITEM#i" + strconv.Itoa(i)), "qty": number(strconv.Itoa(1 + r.IntN(3)))}
		one := write{key: part.key(), item: part, cause: change.CauseUser}
		if r.chance(0.3) {
			one.item = nil
		}
		writes = append(writes, one)
	}
	w.commit(writes...)
}

// guarded writes items that are not there, alone or in a transaction. Mostly one is there already: then nothing of any of
// them may be seen anywhere, which their texts, that no other write has, would show.
func (w *world) guarded(r random) {
	var writes []write
	for range 1 + r.IntN(4) {
		i := pick(r, []item{user(r), product(r), order(r), line(r)})
		mark := fmt.Sprintf("%s %d", onCondition, r.IntN(1_000_000))
		for _, attribute := range []string{"name", "title", "product_id"} {
			if i[attribute] != nil {
				i[attribute] = text(mark)
			}
		}
		if !slices.ContainsFunc(writes, func(other write) bool { return other.key == i.key() }) { // as DynamoDB demands
			writes = append(writes, write{key: i.key(), item: i, cause: change.CauseUser, absent: true})
		}
	}
	w.commit(writes...)
}

// poison writes what an outlet cannot take.
func (w *world) poison(r random) {
	switch f := pick(r, []Fault{SearchPoison, EventPoison, RecordPoison}); {
	case !w.profile.enabled[f]:
	case f == SearchPoison:
		i := product(r)
		i["PK"] = text("PRODUCT#p" + strconv.Itoa(r.IntN(40))) // mostly one that is not written again soon, which would mend it
		i["title"], i["stock"] = text(refusedByMapping), number("1")
		w.put(r, i)
		w.count(f)
	case f == EventPoison:
		i := user(r)
		i["name"] = number("1") // declared as a string
		w.commit(write{key: i.key(), cause: change.CauseUser}, write{key: i.key(), item: i, cause: change.CauseUser})
		w.count(f)
	default:
		i := junk(r)
		w.commit(write{key: i.key(), item: i, cause: change.CauseUser, broken: true})
		w.count(f)
	}
}

// gap is the time between operations.
func (w *world) gap() time.Duration {
	if w.work.chance(0.1) {
		return w.work.between(0, 3*time.Second)
	}
	return w.work.between(0, w.pace)
}
