package model

import "reflect"

// SourceType is the type of the whole model file, from which the JSON Schema is generated.
var SourceType = reflect.TypeFor[modelSource]()

// ScalarForm is what the JSON Schema says of a text.
type ScalarForm struct {
	Pattern string
	Values  []string
	Long    int
}

// FormOf returns the form that a tag names.
func FormOf(name string) (ScalarForm, bool) {
	f, ok := formByName[name]
	return ScalarForm{Pattern: f.pattern, Values: f.values, Long: f.long}, ok
}

// The generator knows maps, lists and scalars of Go only.

func (dict[T]) JSONSchemaAlias() any { return map[string]T{} }

func (list[T]) JSONSchemaAlias() any { return []T{} }

func (word) JSONSchemaAlias() any { return "" }

func (integer) JSONSchemaAlias() any { return 0 }

func (boolean) JSONSchemaAlias() any { return false }

func (anything) JSONSchemaAlias() any { return new(any) }
