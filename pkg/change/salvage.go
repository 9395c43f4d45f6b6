package change

// salvage takes apart what it can of a record that did not decode: texts only, in memory of their own. Of members that
// are there twice it takes the first that can be read.
func salvage(raw []byte) (r record) {
	eachMember(raw, func(name string, value []byte) {
		switch name {
		case "eventSource":
			keepText(&r.source, value)
		case "eventName":
			keepText(&r.name, value)
		case "eventID":
			keepText(&r.id, value)
		case "eventSourceARN":
			keepText(&r.arn, value)
		case "dynamodb":
			r.salvageStream(value)
		case "userIdentity":
			r.salvageIdentity(value)
		}
	})
	return r
}

func (r *record) salvageStream(raw []byte) {
	eachMember(raw, func(name string, value []byte) {
		switch name {
		case "SequenceNumber":
			keepText(&r.sequence, value)
		case "StreamViewType":
			keepText(&r.view, value)
		case "ApproximateCreationDateTime":
			if r.at == nil {
				r.at = value
			}
		}
	})
}

func (r *record) salvageIdentity(raw []byte) {
	eachMember(raw, func(name string, value []byte) {
		switch name {
		case "type", "Type":
			keepText(&r.identity, value)
		case "principalId", "PrincipalId":
			keepText(&r.principal, value)
		}
	})
}

// eachMember calls f with the members of an object, as far as names and ends of values can be made out.
func eachMember(raw []byte, f func(name string, value []byte)) {
	s := scanner{src: raw}
	if s.expect('{') != nil {
		return
	}
	for s.peek() == '"' {
		start := s.pos
		if !s.passString() {
			return
		}
		name, readable := unquote(raw[start:s.pos])
		if s.expect(':') != nil {
			return
		}
		s.peek()
		start = s.pos
		if !s.pass() {
			return
		}
		if readable {
			f(string(name), raw[start:s.pos])
		}
		if s.peek() == ',' {
			s.pos++
		}
	}
}

func keepText(to *[]byte, value []byte) {
	if text, ok := unquote(value); ok && *to == nil {
		*to = text
	}
}

// unquote returns the content of a JSON string with nothing around it.
func unquote(value []byte) ([]byte, bool) {
	s := scanner{src: value}
	text, _, err := s.str()
	if err != nil || s.pos != len(value) {
		return nil, false
	}
	content, err := unescape([]byte{}, text.of(value))
	return content, err == nil
}
