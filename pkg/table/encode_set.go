package table

import (
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/pkg/model"
)

// encodeSet makes a set of a slice: an element that is there twice counts once. DynamoDB has no empty sets.
func encodeSet(v reflect.Value, t *model.Type) (types.AttributeValue, error) {
	elements, err := encodeElements(v, t)
	if err != nil {
		return nil, err
	}
	if len(elements) == 0 {
		return nil, &misfit{kind: t.Kind, reason: "is empty, and DynamoDB has no empty sets; leave the field out or remove it"}
	}
	var set setOf
	for _, element := range elements {
		set.add(element)
	}
	return set.value()
}

// setOf gathers elements by their DynamoDB type.
type setOf struct {
	seen             map[string]bool
	strings, numbers []string
	binaries         [][]byte
}

func (s *setOf) add(element types.AttributeValue) {
	content, _ := textOf(element)
	if s.seen[content] {
		return
	}
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[content] = true
	switch e := element.(type) {
	case *types.AttributeValueMemberS:
		s.strings = append(s.strings, e.Value)
	case *types.AttributeValueMemberN:
		s.numbers = append(s.numbers, e.Value)
	case *types.AttributeValueMemberB:
		s.binaries = append(s.binaries, e.Value)
	}
}

func (s *setOf) value() (types.AttributeValue, error) {
	switch {
	case s.strings != nil && s.numbers != nil: // timestamps have two forms
		return nil, &misfit{kind: model.KindSet, reason: "holds times both as text and in epoch seconds; give all in one form"}
	case s.numbers != nil:
		return &types.AttributeValueMemberNS{Value: s.numbers}, nil
	case s.binaries != nil:
		return &types.AttributeValueMemberBS{Value: s.binaries}, nil
	}
	return &types.AttributeValueMemberSS{Value: s.strings}, nil
}
