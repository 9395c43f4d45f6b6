package change_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"

	reference "github.com/gowebpki/jcs"
	"pgregory.net/rapid"
)

// value is an attribute value as the tests' own model of DynamoDB has it: a kind, and what that kind holds.
type value struct {
	kind    string
	text    string           // S: the text; B: the bytes; BOOL: true or false
	digits  string           // N: the significant digits, "" for zero, with a minus sign if negative,
	power   int              // N: and the power of ten to multiply them by
	list    []value          // L, and the sets without duplicates
	members map[string]value // M
}

var (
	anyName  = rapid.OneOf(rapid.SampledFrom([]string{"a", "b", "name", "\ue000", "\U00010000", "a\"b", "sl/ash", "dot.ted", ""}), rapid.StringN(0, 12, -1))
	anyText  = rapid.OneOf(rapid.StringN(0, 30, -1), rapid.SampledFrom([]string{"", "\u2028", "\x7f", "\n\t\"\\/", "é", "\U0001f600", "plain text of some length"}))
	anyBytes = rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "bytes")) })
)

// values generates values in which lists and maps lie depth deep at most.
func values(depth int) *rapid.Generator[value] {
	kinds := []string{"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"}
	if depth == 0 {
		kinds = kinds[:8]
	}
	return rapid.Custom(func(t *rapid.T) value {
		v := value{kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
		switch v.kind {
		case "S":
			v.text = anyText.Draw(t, "text")
		case "N":
			v = anyNumber.Draw(t, "number")
		case "B":
			v.text = anyBytes.Draw(t, "bytes")
		case "BOOL":
			v.text = fmt.Sprint(rapid.Bool().Draw(t, "bool"))
		case "SS", "NS", "BS":
			elements := map[string]*rapid.Generator[value]{"SS": scalars("S", anyText), "NS": anyNumber, "BS": scalars("B", anyBytes)}[v.kind]
			v.list = rapid.SliceOfNDistinct(elements, 1, 5, func(e value) string { return e.text + e.digits + fmt.Sprint(e.power) }).Draw(t, "set")
		case "L":
			v.list = rapid.SliceOfN(values(depth-1), 0, 4).Draw(t, "list")
		case "M":
			v.members = items(depth-1).Draw(t, "map")
		}
		return v
	})
}

func scalars(kind string, text *rapid.Generator[string]) *rapid.Generator[value] {
	return rapid.Map(text, func(s string) value { return value{kind: kind, text: s} })
}

func items(depth int) *rapid.Generator[map[string]value] {
	return rapid.MapOfN(anyName, values(depth), 0, 6)
}

var anyNumber = rapid.Custom(func(t *rapid.T) value {
	v := value{kind: "N", digits: rapid.StringMatching(`(-?[1-9]([0-9]{0,36}[1-9])?)?`).Draw(t, "digits")}
	if v.digits != "" {
		v.power = rapid.OneOf(rapid.IntRange(-5, 3), rapid.IntRange(-129, 88)).Draw(t, "power")
	}
	return v
})

// normal is a number's normal form, written in another way than the package does it.
func (v value) normal() string {
	digits, negative := strings.CutPrefix(v.digits, "-")
	if digits == "" {
		return "0"
	}
	out := digits + strings.Repeat("0", max(0, v.power))
	if v.power < 0 {
		out = strings.Repeat("0", max(0, 1-v.power-len(digits))) + digits
		out = out[:len(out)+v.power] + "." + out[len(out)+v.power:]
	}
	if negative {
		return "-" + out
	}
	return out
}

// plain is what encoding/json makes the value's canonical form of, but for the order of names.
func (v value) plain() any {
	switch v.kind {
	case "S", "N", "B":
		return map[string]any{v.kind: v.element()}
	case "BOOL":
		return map[string]any{"BOOL": v.text == "true"}
	case "NULL":
		return map[string]any{"NULL": true}
	case "M":
		return map[string]any{"M": plainItem(v.members)}
	case "L":
		list := []any{}
		for _, e := range v.list {
			list = append(list, e.plain())
		}
		return map[string]any{"L": list}
	}
	set := []string{}
	for _, e := range v.list {
		set = append(set, e.element())
	}
	slices.SortFunc(set, func(a, b string) int { return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b))) })
	return map[string]any{v.kind: set}
}

func (v value) element() string {
	switch v.kind {
	case "N":
		return v.normal()
	case "B":
		return base64.StdEncoding.EncodeToString([]byte(v.text))
	}
	return v.text
}

func plainItem(item map[string]value) map[string]any {
	out := map[string]any{}
	for name, v := range item {
		out[name] = v.plain()
	}
	return out
}

// canonical is the canonical form of an item, by the reference implementation of RFC 8785.
func canonical(item map[string]value) string {
	return string(must(reference.Transform(must(json.Marshal(plainItem(item))))))
}

// speller writes items in one of the many ways that there are to write them.
type speller struct{ t *rapid.T }

func (s speller) item(item map[string]value) string {
	var members []string
	for _, name := range slices.Sorted(maps.Keys(item)) {
		members = append(members, s.space()+s.string(name)+s.space()+":"+s.value(item[name]))
	}
	return "{" + strings.Join(s.shuffle(members), ",") + s.space() + "}" + s.space()
}

func (s speller) value(v value) string {
	return s.space() + "{" + s.space() + s.string(v.kind) + s.space() + ":" + s.space() + s.content(v) + s.space() + "}" + s.space()
}

func (s speller) content(v value) string {
	var elements []string
	switch v.kind {
	case "S", "N", "B":
		return s.element(v)
	case "BOOL":
		return v.text
	case "NULL":
		return "true"
	case "M":
		return s.item(v.members)
	case "L":
		for _, e := range v.list {
			elements = append(elements, s.value(e))
		}
	default:
		for _, e := range v.list {
			elements = append(elements, s.space()+s.element(e)+s.space())
		}
		elements = s.shuffle(elements)
	}
	return "[" + s.space() + strings.Join(elements, ",") + "]"
}

func (s speller) element(v value) string {
	switch v.kind {
	case "N":
		return s.string(s.number(v))
	case "B":
		return s.string(s.base64(v.text))
	}
	return s.string(v.text)
}

// number moves the point of a number about.
func (s speller) number(v value) string {
	digits, negative := strings.CutPrefix(v.digits, "-")
	sign, power := rapid.SampledFrom([]string{"", "", "+"}).Draw(s.t, "sign"), v.power
	if negative {
		sign = "-"
	}
	if digits == "" {
		return sign + rapid.SampledFrom([]string{"0", "0.0", "000", "0e7", ".0"}).Draw(s.t, "zero")
	}
	if rapid.Bool().Draw(s.t, "normal") {
		return v.normal()
	}
	digits = strings.Repeat("0", rapid.IntRange(0, 2).Draw(s.t, "zeros before")) + digits
	more := rapid.IntRange(0, 2).Draw(s.t, "zeros after")
	digits, power = digits+strings.Repeat("0", more), power-more
	if after := rapid.IntRange(0, len(digits)).Draw(s.t, "after the point"); after > 0 {
		power += after
		digits = digits[:len(digits)-after] + "." + digits[len(digits)-after:]
	}
	e := rapid.SampledFrom([]string{"E%d", "e%d", "e%+d", "E%+04d"}).Draw(s.t, "exponent")
	return sign + digits + fmt.Sprintf(e, power)
}

// base64 sets bits of the last character that no byte comes from.
func (s speller) base64(raw string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	text := base64.StdEncoding.EncodeToString([]byte(raw))
	padding := strings.Count(text, "=")
	if padding == 0 {
		return text
	}
	last := len(text) - padding - 1
	stray := rapid.IntRange(0, 1<<(2*padding)-1).Draw(s.t, "stray bits")
	return text[:last] + string(alphabet[strings.IndexByte(alphabet, text[last])+stray]) + text[last+1:]
}

func (s speller) string(text string) string {
	var b strings.Builder
	for _, r := range text {
		short, hasShort := map[rune]string{'"': `\"`, '\\': `\\`, '/': `\/`, '\n': `\n`, '\t': `\t`, '\r': `\r`, '\b': `\b`, '\f': `\f`}[r]
		how := rapid.IntRange(0, 3).Draw(s.t, "escape")
		switch {
		case hasShort && how < 2:
			b.WriteString(short)
		case how > 0 && r >= 0x20 && r != '"' && r != '\\':
			b.WriteRune(r)
		default:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, rapid.SampledFrom([]string{`\u%04x`, `\u%04X`}).Draw(s.t, "case"), unit)
			}
		}
	}
	return `"` + b.String() + `"`
}

func (s speller) space() string {
	return rapid.SampledFrom([]string{"", "", "", " ", "\n\t", "\r\n"}).Draw(s.t, "space")
}

func (s speller) shuffle(parts []string) []string {
	if len(parts) < 2 {
		return parts
	}
	return rapid.Permutation(parts).Draw(s.t, "order")
}
