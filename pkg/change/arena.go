package change

import (
	"bytes"

	"github.com/outflow-dev/outflow/internal/jcs"
)

// arena holds the values of all images of one event in a few slices, so that an attribute costs no allocation. It
// is written while the event is decoded and never after.
type arena struct {
	event []byte  // as delivered: most texts are slices of it
	extra []byte  // texts that the event does not have in that form: unescaped, normalised, key fields
	nodes []node  // values; a container before its children
	kids  []int32 // nodes of the children of each container, one run a container: sorted, but for lists
}

// node is one value, with its name where it is an attribute or a member of a map.
type node struct {
	kind Kind
	name span
	text span // of a scalar its text; of a container the run of its children in kids
}

// span is a part of a slice: of the event, or, where at is negative, of extra from ^at.
type span struct{ at, n int32 }

func (s span) of(src []byte) []byte { return src[s.at : s.at+s.n : s.at+s.n] }

func (a *arena) bytes(s span) []byte {
	if s.at < 0 {
		return span{^s.at, s.n}.of(a.extra)
	}
	return s.of(a.event)
}

// added is the span of what was appended to extra since it had the length mark.
func (a *arena) added(mark int) span { return span{^int32(mark), int32(len(a.extra) - mark)} }

func (a *arena) name(i int32) []byte { return a.bytes(a.nodes[i].name) }
func (a *arena) text(i int32) []byte { return a.bytes(a.nodes[i].text) }

// children are the nodes in the container i.
func (a *arena) children(i int32) []int32 {
	run := a.nodes[i].text
	return a.kids[run.at : run.at+run.n]
}

func (a *arena) compareNames(i, j int32) int { return jcs.Compare(a.name(i), a.name(j)) }
func (a *arena) compareTexts(i, j int32) int { return jcs.Compare(a.text(i), a.text(j)) }

// find returns the child of that name of the map i.
func (a *arena) find(i int32, name []byte) (int32, bool) {
	kids := a.children(i)
	for len(kids) > 0 {
		middle := len(kids) / 2
		switch order := jcs.Compare(a.name(kids[middle]), name); {
		case order == 0:
			return kids[middle], true
		case order < 0:
			kids = kids[middle+1:]
		default:
			kids = kids[:middle]
		}
	}
	return 0, false
}

// equal says whether the node i of a and the node j of b have equal canonical forms.
func equal(a *arena, i int32, b *arena, j int32) bool {
	x, y := &a.nodes[i], &b.nodes[j]
	switch {
	case a == b && i == j:
		return true
	case x.kind != y.kind || x.text.n != y.text.n:
		return false
	case !x.kind.container():
		return bytes.Equal(a.bytes(x.text), b.bytes(y.text))
	}
	others := b.children(j)
	for n, kid := range a.children(i) {
		if x.kind == KindM && !bytes.Equal(a.name(kid), b.name(others[n])) || !equal(a, kid, b, others[n]) {
			return false
		}
	}
	return true
}

// mark is the state of an arena to which reset brings it back.
type mark struct{ extra, nodes, kids int }

func (a *arena) mark() mark { return mark{len(a.extra), len(a.nodes), len(a.kids)} }

func (a *arena) reset(to mark) {
	a.extra, a.nodes, a.kids = a.extra[:to.extra], a.nodes[:to.nodes], a.kids[:to.kids]
}
