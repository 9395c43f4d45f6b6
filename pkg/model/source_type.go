package model

// decode reads both forms of a type: the name of a scalar type, and the map.
func (t *typeSource) decode(d *decoder, n *node, as expectation) {
	if n.kind == mapNode {
		d.object(n, t, as)
		return
	}
	if n.kind != textNode {
		d.wrongKind(n, "a type's name or a map", as)
		return
	}
	t.node = n
	as.is = "type"
	t.Type.decode(d, n, as)
}
