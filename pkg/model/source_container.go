package model

// list is a list of the model file.
type list[T any] struct {
	items []T
	node  *node // nil if absent or faulty
}

func (l *list[T]) decode(d *decoder, n *node, as expectation) {
	items := n.items
	if n.kind != listNode {
		if !as.single || !as.maySingle(n.kind) {
			d.wrongKind(n, as.listed(), as)
			return
		}
		items = []*node{n}
	}
	l.node, l.items = n, make([]T, len(items))
	for i, item := range items {
		as.element = n.kind == listNode
		d.value(item, &l.items[i], as)
	}
}

// maySingle says that a node can be an element: a text where texts have a form, else a map.
func (as expectation) maySingle(kind nodeKind) bool {
	if as.is == "" {
		return kind == mapNode
	}
	return kind == textNode || kind == numberNode || kind == booleanNode
}

// listed is the expected list in the words of a message.
func (as expectation) listed() string {
	if f, ok := formByName[as.is]; ok {
		return "a list of " + f.plural
	}
	return "a map or a list of maps"
}

// dict is a map of the model file, in the order of the file.
type dict[T any] struct {
	entries []entry[T]
	node    *node // nil if absent or faulty
}

type entry[T any] struct {
	key   word
	value T
}

func (m *dict[T]) decode(d *decoder, n *node, as expectation) {
	if n.kind != mapNode {
		d.wrongKind(n, "a map", as)
		return
	}
	m.node = n
	for _, member := range n.members {
		var e entry[T]
		e.key.decode(d, member.key, expectation{what: "a key in " + as.what, owner: as.owner, is: as.keys})
		d.value(member.value, &e.value, as.of(member.key.text))
		if e.key.node != nil {
			m.entries = append(m.entries, e)
		}
	}
}

// of is what is expected of the value of a map's key.
func (as expectation) of(key string) expectation {
	as.what = key
	if as.each != "" {
		as.what = as.each + " " + key
	}
	return as
}

// get returns the value of a key, or nil.
func (m *dict[T]) get(key string) *T {
	for i := range m.entries {
		if m.entries[i].key.text == key {
			return &m.entries[i].value
		}
	}
	return nil
}

// texts are the texts of a list of words, without the faulty ones.
func texts(l list[word]) []string {
	var all []string
	for _, w := range l.items {
		if w.node != nil {
			all = append(all, w.text)
		}
	}
	return all
}
