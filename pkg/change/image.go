package change

import (
	"crypto/sha256"
	"encoding/hex"
	"iter"

	"github.com/outflow-dev/outflow/internal/jcs"
)

// Image is an item as a stream record holds it, or its primary key. The zero Image is absent: it has no attributes,
// and differs from an item without attributes. An Image is immutable.
type Image struct {
	a    *arena
	root int32
}

// Exists says whether the record has the image.
func (im Image) Exists() bool { return im.a != nil }

func (im Image) value() Value { return Value{im.a, im.root} }

// Get returns the attribute of that name, and whether there is one.
func (im Image) Get(name string) (Value, bool) { return im.value().Get(name) }

// Len is the number of attributes.
func (im Image) Len() int { return im.value().Len() }

// All yields the attributes in canonical order.
func (im Image) All() iter.Seq2[string, Value] { return im.value().All() }

// Hash is the lower-case hex SHA-256 of the canonical form, "" where the image is absent.
func (im Image) Hash() string {
	if !im.Exists() {
		return ""
	}
	sum := sha256.Sum256(im.AppendCanonical(make([]byte, 0, 2048)))
	var text [2 * sha256.Size]byte
	hex.Encode(text[:], sum[:])
	return string(text[:])
}

// Equal says whether two images have equal canonical forms, or are both absent.
func Equal(a, b Image) bool { return EqualValues(a.value(), b.value()) }

// Changed returns the names of the attributes that are not the same in both images, in canonical order. An absent
// image has none.
func Changed(old, new Image) []string {
	var names []string
	i, j := 0, 0
	for i < old.Len() || j < new.Len() {
		var was, is Value
		var order int
		switch {
		case i == old.Len():
			order = 1
		case j == new.Len():
			order = -1
		default:
			was, is = old.value().Elem(i), new.value().Elem(j)
			order = jcs.Compare(was.a.name(was.i), is.a.name(is.i))
		}
		switch {
		case order < 0:
			names = append(names, old.name(i))
		case order > 0:
			names = append(names, new.name(j))
		case !EqualValues(was, is):
			names = append(names, old.name(i))
		}
		if order <= 0 {
			i++
		}
		if order >= 0 {
			j++
		}
	}
	return names
}

func (im Image) name(i int) string { return string(im.a.name(im.value().Elem(i).i)) }
