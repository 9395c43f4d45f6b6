package change

import "github.com/outflow-dev/outflow/internal/jcs"

// AppendCanonical appends the image in canonical JSON: {"PK":{"S":"..."},...}, nothing where it is absent.
//
// The form is that of RFC 8785, with DynamoDB's typed values: names sorted by their UTF-16 code units, no white space,
// strings with the fewest escapes; sets sorted likewise and without duplicates, numbers as strings in normal form,
// binaries in standard base64 with padding. Images that DynamoDB calls equal, and no others, have equal forms.
func (im Image) AppendCanonical(dst []byte) []byte {
	if !im.Exists() {
		return dst
	}
	return im.a.appendMembers(dst, im.root)
}

// AppendCanonical appends the value as it stands in its image's canonical form, such as {"N":"12"}.
func (v Value) AppendCanonical(dst []byte) []byte {
	if v.a == nil {
		return dst
	}
	return v.a.appendValue(dst, v.i)
}

func (a *arena) appendValue(dst []byte, i int32) []byte {
	n := &a.nodes[i]
	dst = append(dst, '{', '"')
	dst = append(dst, n.kind.String()...)
	dst = append(dst, '"', ':')
	switch n.kind {
	case KindS:
		dst = jcs.AppendString(dst, a.bytes(n.text))
	case KindN, KindB:
		dst = appendPlain(dst, a.bytes(n.text))
	case KindBOOL:
		dst = append(dst, a.bytes(n.text)...)
	case KindNULL:
		dst = append(dst, "true"...)
	case KindM:
		dst = a.appendMembers(dst, i)
	case KindL, KindSS, KindNS, KindBS:
		dst = a.appendElements(dst, i)
	}
	return append(dst, '}')
}

// appendPlain appends a string that needs no escapes.
func appendPlain(dst, text []byte) []byte {
	dst = append(dst, '"')
	dst = append(dst, text...)
	return append(dst, '"')
}

func (a *arena) appendMembers(dst []byte, i int32) []byte {
	dst = append(dst, '{')
	for n, kid := range a.children(i) {
		if n > 0 {
			dst = append(dst, ',')
		}
		dst = jcs.AppendString(dst, a.name(kid))
		dst = append(dst, ':')
		dst = a.appendValue(dst, kid)
	}
	return append(dst, '}')
}

func (a *arena) appendElements(dst []byte, i int32) []byte {
	list := a.nodes[i].kind == KindL
	dst = append(dst, '[')
	for n, kid := range a.children(i) {
		if n > 0 {
			dst = append(dst, ',')
		}
		if list {
			dst = a.appendValue(dst, kid)
		} else {
			dst = jcs.AppendString(dst, a.text(kid))
		}
	}
	return append(dst, ']')
}
