package mapping

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/outflow-dev/outflow/pkg/pattern"
)

// checkNumbers refuses what can never match, since a number in an item is a string under "N": the operator numeric, and
// numbers as values of N and NS. The service takes such a pattern and never invokes the function ("DynamoDB event
// filtering doesn't support the use of numeric operators"). The record's own two numbers may be compared.
func checkNumbers(text []byte) error {
	w := &numberWalk{text: text, tokens: json.NewDecoder(bytes.NewReader(text))}
	w.tokens.UseNumber()
	return w.value("", false)
}

// numberWalk walks a pattern that compiled, so it is JSON.
type numberWalk struct {
	text   []byte
	tokens *json.Decoder
}

// value takes one value of the field. In a list, an object holds operators, not fields.
func (w *numberWalk) value(field string, inList bool) error {
	token, err := w.tokens.Token()
	if err != nil {
		return err
	}
	switch t := token.(type) {
	case json.Number:
		if name := last(field); name == "N" || name == "NS" {
			return w.fault(len(t), "numbers are strings in a DynamoDB record: write \""+string(t)+"\"")
		}
	case json.Delim:
		return w.members(t, field, inList)
	}
	return nil
}

func (w *numberWalk) members(open json.Delim, field string, inList bool) (err error) {
	for err == nil && w.tokens.More() {
		switch {
		case open == '[':
			err = w.value(field, field != "$or")
		case inList:
			err = w.operator(field)
		default:
			var name json.Token
			if name, err = w.tokens.Token(); err == nil {
				err = w.value(name.(string), false)
			}
		}
	}
	if err == nil {
		_, err = w.tokens.Token()
	}
	return err
}

func (w *numberWalk) operator(field string) error {
	name, err := w.tokens.Token()
	if err != nil {
		return err
	}
	isNumber := last(field) == "ApproximateCreationDateTime" || last(field) == "SizeBytes"
	if name == "numeric" && !isNumber {
		return w.fault(len(`"numeric"`), "numeric never matches a DynamoDB record, whose numbers are strings: "+
			"compare with the exact string, or filter in the function")
	}
	return w.value(field, true)
}

// last is the last of names that are joined by dots.
func last(field string) string { return field[strings.LastIndexByte(field, '.')+1:] }

// fault stands before the token of that length, which was just read.
func (w *numberWalk) fault(length int, message string) error {
	at := int(w.tokens.InputOffset()) - length
	before := w.text[:at]
	return &pattern.Error{
		What: "filter pattern", Offset: at, Line: 1 + bytes.Count(before, []byte("\n")),
		Column: at - bytes.LastIndexByte(before, '\n'), Message: message,
	}
}
