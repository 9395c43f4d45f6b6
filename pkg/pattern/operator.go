package pattern

// operator takes an object with one operator in a field's list.
func (c *compiler) operator(f *field) error {
	name, at, err := c.only("an operator")
	if err != nil {
		return err
	}
	var t test
	switch name {
	case "exists":
		return c.exists(f)
	case "anything-but":
		t, err = c.anythingBut()
	case "numeric":
		t, err = c.numeric()
	case "prefix", "suffix":
		t, err = c.affix(name)
	case "cidr":
		t, err = c.cidr()
	case "exactly", "equals-ignore-case", "wildcard":
		t, err = c.plainText(name)
	default:
		return c.fault(at, "%q is no operator: it must be one of prefix, suffix, equals-ignore-case, wildcard, "+
			"anything-but, numeric, cidr, exists", name)
	}
	if err != nil {
		return err
	}
	f.tests = append(f.tests, t)
	return c.close()
}

// only goes into an object and takes its first key; close makes sure that it was the only one.
func (c *compiler) only(what string) (name string, at int, err error) {
	c.enter()
	if c.peek() == '}' {
		return "", 0, c.fault(c.at, "this object must hold %s", what)
	}
	at = c.at
	return c.string(), at, nil
}

func (c *compiler) close() error {
	if c.more() {
		return c.fault(c.at, "an object in a list holds one operator only")
	}
	return nil
}

func (c *compiler) exists(f *field) error {
	c.peek()
	at := c.at
	switch string(c.raw()) {
	case "true":
		f.tests = append(f.tests, present{})
	case "false":
		f.absent = true
	default:
		return c.fault(at, `"exists" must be true or false`)
	}
	return c.close()
}

// affix takes what follows prefix or suffix: a string, or {"equals-ignore-case": a string}.
func (c *compiler) affix(name string) (test, error) {
	if c.peek() != '{' {
		return c.plainText(name)
	}
	inner, at, err := c.only(`"equals-ignore-case"`)
	if err != nil {
		return nil, err
	}
	if inner != "equals-ignore-case" {
		return nil, c.fault(at, "%q inside %q is not supported: it takes a string or {\"equals-ignore-case\": ...}", inner, name)
	}
	s, _, err := c.str(inner)
	if err != nil {
		return nil, err
	}
	if name == "prefix" {
		return foldPrefix(s), c.close()
	}
	return foldSuffix(s), c.close()
}

// text1 takes the string that an operator compares with.
func (c *compiler) plainText(name string) (test, error) {
	s, at, err := c.str(name)
	if err != nil {
		return nil, err
	}
	return c.compare(name, s, at)
}

// compare is the test of an operator that takes a string.
func (c *compiler) compare(name, s string, at int) (test, error) {
	switch name {
	case "prefix":
		return prefix(quote + s), nil
	case "suffix":
		return suffix(s + quote), nil
	case "equals-ignore-case":
		return foldAll(s), nil
	case "wildcard":
		w, fault := newWildcard(s)
		if fault != "" {
			return nil, c.fault(at, "%s", fault)
		}
		return w, nil
	default:
		return text(quote + s + quote), nil
	}
}

func (c *compiler) str(name string) (s string, at int, err error) {
	if c.peek() != '"' {
		return "", 0, c.fault(c.at, "%q must be a string", name)
	}
	at = c.at
	return c.string(), at, nil
}

// anythingBut takes a value, a list of values of one type, or one of the operators on a string or a list of strings.
func (c *compiler) anythingBut() (test, error) {
	if c.peek() != '{' {
		return c.values("anything-but", c.excluded)
	}
	name, at, err := c.only("an operator")
	if err != nil {
		return nil, err
	}
	switch name {
	case "prefix", "suffix", "equals-ignore-case", "wildcard":
	default:
		return nil, c.fault(at, "%q inside \"anything-but\" is not supported: it takes values, prefix, suffix, "+
			"equals-ignore-case or wildcard", name)
	}
	n, err := c.values(name, func(none) (test, error) { return c.excludedText(name) })
	if err != nil {
		return nil, err
	}
	return n, c.close()
}

// values takes one value, or a list of them, and is the test that none of them holds. take takes one; it is given
// those before it.
func (c *compiler) values(name string, take func(before none) (test, error)) (test, error) {
	var n none
	if c.peek() != '[' {
		t, err := take(n)
		return none{t}, err
	}
	start := c.at
	for c.enter(); c.more(); {
		t, err := take(n)
		if err != nil {
			return nil, err
		}
		n = append(n, t)
	}
	if len(n) == 0 {
		return nil, c.fault(start, "the list of %q is empty: give at least one value", name)
	}
	return n, nil
}

func (c *compiler) excluded(before none) (test, error) {
	first := c.peek()
	at := c.at
	var t test
	switch {
	case first == '"':
		t = text(quote + c.string() + quote)
	case first == '-' || first >= '0' && first <= '9':
		n, err := c.number()
		if err != nil {
			return nil, err
		}
		t = equal(n)
	default:
		return nil, c.fault(at, `"anything-but" takes strings or numbers`)
	}
	if len(before) > 0 && isNumber(before[0]) != isNumber(t) {
		return nil, c.fault(at, `"anything-but" takes either strings or numbers, not both in one list`)
	}
	return t, nil
}

func isNumber(t test) bool {
	_, is := t.(equal)
	return is
}

func (c *compiler) excludedText(name string) (test, error) {
	s, at, err := c.str(name)
	if err != nil {
		return nil, err
	}
	if s == "" && (name == "prefix" || name == "suffix") {
		return nil, c.fault(at, "every string has the empty %s: nothing would match", name)
	}
	return c.compare(name, s, at)
}
