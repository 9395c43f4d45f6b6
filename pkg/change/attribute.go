package change

// What is wrong with an attribute value. maxLevels is how deep lists and maps may lie in each other (Amazon DynamoDB
// Developer Guide, "Quotas: Nested attribute depth": 32 levels).
const (
	errNoType     reason = "is not an object with one DynamoDB type (S, N, B, BOOL, NULL, L, M, SS, NS, BS) in it"
	errManyTypes  reason = "has more than one type in it"
	errNotText    reason = "has a type whose value must be a JSON string, and is not"
	errNotArray   reason = "has a type whose value must be a JSON array, and is not"
	errNotObject  reason = "is not a JSON object"
	errNotMap     reason = "has the type M, whose value must be a JSON object, and is not"
	errNotBool    reason = "has the type BOOL, whose value must be true or false, and is not"
	errNotNull    reason = "has the type NULL, whose value must be true, and is not"
	errEmptySet   reason = "is an empty set"
	errDuplicate  reason = "occurs twice"
	errManyLevels reason = "has lists and maps in each other deeper than DynamoDB's 32 levels"

	maxLevels = 32
)

// text reads a string and returns its content, unescaped.
func (d *decoder) text() (span, error) {
	text, escaped, err := d.str()
	if err != nil || !escaped {
		return text, err
	}
	mark := len(d.a.extra)
	d.a.extra, err = unescape(d.a.extra, text.of(d.src))
	return d.a.added(mark), err
}

// member reads the name of an object's member, and the colon.
func (d *decoder) member() (span, error) {
	name, err := d.text()
	if err != nil {
		return name, err
	}
	return name, d.expect(':')
}

// value reads an attribute value, such as {"S":"a"}, into a new node. levels is how many lists and maps may lie in
// each other there.
func (d *decoder) value(levels int) (int32, error) {
	if d.peek() != '{' {
		return 0, errNoType
	}
	d.pos++
	kind, err := d.kind()
	if err != nil {
		return 0, err
	}
	i := int32(len(d.a.nodes))
	d.a.nodes = append(d.a.nodes, node{kind: kind})
	if err := d.content(i, kind, levels); err != nil {
		return 0, err
	}
	if d.peek() == ',' {
		return 0, errManyTypes
	}
	return i, d.expect('}')
}

// kind reads the type of an attribute value, and the colon. Nearly all are one letter without white space.
func (d *decoder) kind() (Kind, error) {
	if rest := d.src[d.pos:]; len(rest) > 4 && rest[0] == '"' && rest[2] == '"' && rest[3] == ':' {
		if kind, ok := kindOf(rest[1:2]); ok {
			d.pos += 4
			return kind, nil
		}
	}
	if d.peek() != '"' {
		return 0, errNoType
	}
	name, err := d.member()
	if err != nil {
		return 0, err
	}
	kind, ok := kindOf(d.a.bytes(name))
	if !ok {
		return 0, errNoType
	}
	return kind, nil
}

// content reads what a type holds into the node i.
func (d *decoder) content(i int32, kind Kind, levels int) (err error) {
	switch kind {
	case KindL:
		return d.list(i, levels-1)
	case KindM:
		if d.peek() != '{' {
			return errNotMap
		}
		return d.members(i, levels-1)
	case KindSS, KindNS, KindBS:
		return d.set(i, kind.element())
	case KindBOOL:
		d.a.nodes[i].text, err = d.boolean()
	case KindNULL:
		if d.literal("true") != nil {
			err = errNotNull
		}
	default:
		d.a.nodes[i].text, err = d.scalar(kind)
	}
	return err
}

// scalar reads the text of a value of kind S, N or B, in the form that Text promises.
func (d *decoder) scalar(kind Kind) (span, error) {
	if d.peek() != '"' {
		return span{}, errNotText
	}
	text, err := d.text()
	if err != nil || kind == KindS {
		return text, err
	}
	raw, mark := d.a.bytes(text), len(d.a.extra)
	switch {
	case kind == KindN && isNormal(raw), kind == KindB && isBase64(raw):
		return text, nil
	case kind == KindN:
		d.a.extra, err = appendNormal(d.a.extra, raw)
	default:
		d.a.extra, err = appendBase64(d.a.extra, raw)
	}
	return d.a.added(mark), err
}

// boolean returns the token itself as the text.
func (d *decoder) boolean() (span, error) {
	d.peek()
	start := d.pos
	if d.literal("true") != nil && d.literal("false") != nil {
		return span{}, errNotBool
	}
	return span{int32(start), int32(d.pos - start)}, nil
}
