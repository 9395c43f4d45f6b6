package change

// Kind is DynamoDB's type of a value. The zero Kind is that of the zero Value, which holds nothing.
type Kind uint8

// The kinds of values, and what Text returns of each.
const (
	KindS    Kind = iota + 1 // string: itself, unescaped
	KindN                    // number: its normal form
	KindB                    // binary: standard base64 with padding
	KindBOOL                 // boolean: true or false
	KindNULL                 // null: nothing
	KindL                    // list: nothing, see Elem
	KindM                    // map: nothing, see Get and All
	KindSS                   // set of strings: nothing, see Elem, in canonical order
	KindNS                   // set of numbers
	KindBS                   // set of binaries
)

var kindNames = [...]string{"", "S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"}

// String is DynamoDB's name of the type, "" for the zero Kind.
func (k Kind) String() string { return kindNames[k] }

func (k Kind) container() bool { return k >= KindL }

// element is the kind of a set's elements, the zero Kind where k is not a set.
func (k Kind) element() Kind {
	if k < KindSS {
		return 0
	}
	return k - KindSS + KindS
}

// kindOf returns the kind that an attribute value's only member names.
func kindOf(name []byte) (kind Kind, ok bool) {
	switch string(name) {
	case "S":
		return KindS, true
	case "N":
		return KindN, true
	case "B":
		return KindB, true
	case "BOOL":
		return KindBOOL, true
	case "NULL":
		return KindNULL, true
	case "L":
		return KindL, true
	case "M":
		return KindM, true
	case "SS":
		return KindSS, true
	case "NS":
		return KindNS, true
	case "BS":
		return KindBS, true
	}
	return 0, false
}
