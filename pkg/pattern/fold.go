package pattern

import (
	"strings"
	"unicode"
)

// fold is a text that matches without regard to case: for each of its characters the lower and the upper case, either
// of which may stand in the value. (A character that is neither, as the title case ǅ, does not match itself.)
type fold [][2]string

func newFold(s string) fold {
	f := make(fold, 0, len(s))
	for _, r := range s {
		f = append(f, [2]string{changed(r, specialLower, unicode.ToLower), changed(r, specialUpper, unicode.ToUpper)})
	}
	return f
}

func changed(r rune, special map[rune]string, change func(rune) rune) string {
	if s, ok := special[r]; ok {
		return s
	}
	return string(change(r))
}

// cutPrefix takes the folded text off the front of another.
func (f fold) cutPrefix(s string) (rest string, ok bool) {
	for _, cases := range f {
		if rest, ok = strings.CutPrefix(s, cases[0]); !ok {
			rest, ok = strings.CutPrefix(s, cases[1])
		}
		if !ok {
			return "", false
		}
		s = rest
	}
	return s, true
}

// cutSuffix takes the folded text off the end of another.
func (f fold) cutSuffix(s string) (rest string, ok bool) {
	for i := len(f) - 1; i >= 0; i-- {
		if rest, ok = strings.CutSuffix(s, f[i][0]); !ok {
			rest, ok = strings.CutSuffix(s, f[i][1])
		}
		if !ok {
			return "", false
		}
		s = rest
	}
	return s, true
}

type (
	foldedText   struct{ fold }
	foldedPrefix struct{ fold }
	foldedSuffix struct{ fold }
)

func foldAll(s string) test    { return foldedText{newFold(quote + s + quote)} }
func foldPrefix(s string) test { return foldedPrefix{newFold(quote + s)} }
func foldSuffix(s string) test { return foldedSuffix{newFold(s + quote)} }

func (f foldedText) holds(v *value) bool {
	rest, ok := f.cutPrefix(v.text)
	return ok && rest == ""
}

func (f foldedPrefix) holds(v *value) bool {
	_, ok := f.cutPrefix(v.text)
	return ok
}

func (f foldedSuffix) holds(v *value) bool {
	_, ok := f.cutSuffix(v.text)
	return ok
}
