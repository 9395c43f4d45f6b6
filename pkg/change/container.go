package change

import "slices"

// members reads an object of attribute values into the node i, which becomes a map.
func (d *decoder) members(i int32, levels int) error {
	if levels < 0 {
		return errManyLevels
	}
	if d.peek() != '{' {
		return errNotObject
	}
	d.pos++
	mark := len(d.open)
	for first := true; ; first = false {
		more, err := d.more(first, '}')
		if err != nil {
			return err
		}
		if !more {
			return d.closeMap(i, mark)
		}
		name, err := d.member()
		if err != nil {
			return err
		}
		kid, err := d.value(levels)
		if err != nil {
			return within(d.a.bytes(name), err)
		}
		d.a.nodes[kid].name = name
		d.open = append(d.open, kid)
	}
}

func (d *decoder) closeMap(i int32, mark int) error {
	kids := d.open[mark:]
	slices.SortFunc(kids, d.a.compareNames)
	for n := 1; n < len(kids); n++ {
		if d.a.compareNames(kids[n-1], kids[n]) == 0 {
			return within(d.a.name(kids[n]), errDuplicate)
		}
	}
	d.close(i, mark)
	return nil
}

// close gives the node i the values read since mark as its children.
func (d *decoder) close(i int32, mark int) {
	kids := d.open[mark:]
	d.a.nodes[i].text = span{int32(len(d.a.kids)), int32(len(kids))}
	d.a.kids = append(d.a.kids, kids...)
	d.open = d.open[:mark]
}

func (d *decoder) list(i int32, levels int) error {
	if levels < 0 {
		return errManyLevels
	}
	if d.peek() != '[' {
		return errNotArray
	}
	d.pos++
	mark := len(d.open)
	for n := 0; ; n++ {
		more, err := d.more(n == 0, ']')
		if err != nil {
			return err
		}
		if !more {
			d.close(i, mark)
			return nil
		}
		kid, err := d.value(levels)
		if err != nil {
			return withinElement(n, err)
		}
		d.open = append(d.open, kid)
	}
}

// set reads an array of strings as the elements of a set. An element that is there twice counts once: DynamoDB has
// no such sets, but sample events do.
func (d *decoder) set(i int32, kind Kind) error {
	if d.peek() != '[' {
		return errNotArray
	}
	d.pos++
	mark := len(d.open)
	for n := 0; ; n++ {
		more, err := d.more(n == 0, ']')
		if err != nil {
			return err
		}
		if !more {
			return d.closeSet(i, mark)
		}
		text, err := d.scalar(kind)
		if err != nil {
			return withinElement(n, err)
		}
		d.open = append(d.open, int32(len(d.a.nodes)))
		d.a.nodes = append(d.a.nodes, node{kind: kind, text: text})
	}
}

func (d *decoder) closeSet(i int32, mark int) error {
	kids := d.open[mark:]
	if len(kids) == 0 {
		return errEmptySet
	}
	slices.SortFunc(kids, d.a.compareTexts)
	kids = slices.CompactFunc(kids, func(i, j int32) bool { return d.a.compareTexts(i, j) == 0 })
	d.open = d.open[:mark+len(kids)]
	d.close(i, mark)
	return nil
}
