package verify

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// Finding is one thing that is wrong or not proven.
type Finding struct {
	Class  Class  `json:"class"`
	Wrong  bool   `json:"wrong"`            // else unproven
	Object string `json:"object"`           // key; the log's prefix where it is of no object
	Line   int    `json:"line,omitempty"`   // of the object, from 1
	Other  string `json:"other,omitempty"`  // the object that it does not agree with
	Beside int    `json:"beside,omitempty"` // line of the other
	Detail string `json:"detail,omitempty"` // what is wrong
	Number int64  `json:"number,omitempty"` // of the digest that it is about
}

// Statuses of a report, as exit statuses.
const (
	Fine     = 0
	Wrong    = 1
	Unproven = 2
	Blind    = 3 // something could not be looked at
)

// MaxFindings is how many findings of a class a report holds. All are counted.
const MaxFindings = 1000

// Report is what was checked, and what was found.
type Report struct {
	Log       string          `json:"log"`
	At        time.Time       `json:"at"` // when it was checked
	Status    int             `json:"status"`
	Digests   int64           `json:"digests"`  // read
	Segments  int64           `json:"segments"` // read
	Lines     int64           `json:"lines"`    // read; with HashOnly those that the segments' digests say
	Records   int64           `json:"records"`  // lines without those that came again
	Items     int64           `json:"items"`
	Last      *audit.Anchor   `json:"last"` // of the last digest that could be read; keep it
	Findings  []Finding       `json:"findings"`
	Counts    map[Class]int64 `json:"counts"`    // of all findings
	NotProven []string        `json:"notProven"` // what was not looked at, or cannot be proven by what was given
	Unread    []string        `json:"unread"`    // what could not be looked at
	First     *Finding        `json:"first"`     // what is wrong first, in the order of checking; nil if nothing is

	mu sync.Mutex
}

func (r *Report) add(f Finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f.Wrong = f.Class.Wrong()
	r.Counts[f.Class]++
	if r.Counts[f.Class] <= MaxFindings {
		r.Findings = append(r.Findings, f)
	}
}

// tell adds a finding about a digest.
func (v *verification) tell(class Class, number int64, format string, args ...any) {
	v.report.add(Finding{Class: class, Number: number, Object: audit.DigestKey(v.Log, number), Detail: fmt.Sprintf(format, args...)})
}

// maxUnread is how many objects may not be readable before it ends: the store is not there, or must not be read.
const maxUnread = 20

// unread notes what could not be read, and returns the error if that has become too much.
func (r *Report) unread(key string, err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Unread = append(r.Unread, key+": "+err.Error())
	if len(r.Unread) >= maxUnread {
		return err
	}
	return nil
}

func (r *Report) lines(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Segments, r.Lines = r.Segments+1, r.Lines+n
}

// finish sorts the findings, and says what they amount to.
func (r *Report) finish() {
	order := map[Class]int{}
	for i, class := range Classes {
		order[class] = i
	}
	slices.SortFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(order[a.Class], order[b.Class]), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Object, b.Object),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Other, b.Other), cmp.Compare(a.Beside, b.Beside), cmp.Compare(a.Detail, b.Detail))
	})
	slices.Sort(r.Unread)
	r.Status = Fine
	if len(r.Findings) > 0 {
		r.Status = Unproven
	}
	if len(r.Unread) > 0 {
		r.Status = Blind
	}
	for i := range r.Findings {
		if r.Findings[i].Wrong {
			r.Status, r.First = Wrong, &r.Findings[i]
			break
		}
	}
}
