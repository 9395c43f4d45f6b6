package table

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/pkg/model"
)

// primaryKey makes the primary key of the fields' values. A key that would be read back as another item's is refused.
func (t *Table) primaryKey(e *model.Entity, values attributes) (attributes, error) {
	key := attributes{}
	var faults []error
	for _, attribute := range t.model.Table.Key {
		template := e.Key[attribute.Name]
		if template == nil { // only of entities that an attribute tells: their keys may be the writer's own affair
			if key[attribute.Name] = values[attribute.Name]; key[attribute.Name] == nil {
				faults = append(faults, &FieldError{e.Name, attribute.Name, "", "is missing, and the model has no template for it"})
			}
			continue
		}
		value, err := render(e, template, attribute, values)
		if err != nil {
			faults = append(faults, err)
		}
		key[attribute.Name] = value
	}
	if faults != nil {
		return nil, errors.Join(faults...)
	}
	return key, t.readsBack(e, key, values)
}

// render makes one key attribute; the error says which field is missing or cannot stand in a key.
func render(
	e *model.Entity, template *model.Template, attribute model.KeyAttribute, values attributes,
) (types.AttributeValue, error) {
	for _, p := range template.Placeholders() {
		if content, _ := textOf(values[p.Name]); content == "" {
			return nil, &FieldError{e.Name, p.Name, "", fmt.Sprintf("is missing or empty, and %s is made of it: %s",
				attribute.Name, template)}
		}
	}
	if p, bare := template.Bare(); bare && p.Pad == 0 && attribute.Type != "S" {
		return values[p.Name], nil
	}
	content, fits := template.Render(func(name string) (string, bool) { return textOf(values[name]) })
	if !fits {
		return nil, &FieldError{e.Name, padded(template), "", fmt.Sprintf("is negative, but %s is made of it with zeros in "+
			"front: %s; only numbers from 0 up sort so", attribute.Name, template)}
	}
	return &types.AttributeValueMemberS{Value: content}, nil
}

func padded(template *model.Template) string {
	for _, p := range template.Placeholders() {
		if p.Pad > 0 {
			return p.Name
		}
	}
	return ""
}

// readsBack checks that the model finds the entity and the same values by the key.
func (t *Table) readsBack(e *model.Entity, key, values attributes) error {
	if e.ToldByAttribute() {
		return nil
	}
	found, bound := t.model.Match(nil, t.keyValues(key), "")
	same := found == e
	for k, name := range e.KeyFields {
		content, _ := textOf(values[name])
		same = same && string(bound[k]) == content
	}
	if same {
		return nil
	}
	var templates []string
	for _, attribute := range t.model.Table.Key {
		templates = append(templates, attribute.Name+" "+e.Key[attribute.Name].String())
	}
	return fmt.Errorf("the values of %s make a key that is read back as another item's; see that none contains what "+
		"stands between them in %s", strings.Join(e.KeyFields, " and "), strings.Join(templates, ", "))
}

// keyValues is the primary key as the model matches it.
func (t *Table) keyValues(item attributes) []model.KeyValue {
	values := make([]model.KeyValue, len(t.model.Table.Key))
	for i, attribute := range t.model.Table.Key {
		content, _ := textOf(item[attribute.Name])
		values[i] = model.KeyValue{Type: attribute.Type[0], Text: []byte(content)}
	}
	return values
}

// identity is equal for the keys of one item.
func (t *Table) identity(key attributes) string {
	var texts []string
	for _, attribute := range t.model.Table.Key {
		content, _ := textOf(key[attribute.Name])
		texts = append(texts, fmt.Sprintf("%q", content))
	}
	return strings.Join(texts, " ")
}

// isKey says whether the primary key is made of the field.
func (t *Table) isKey(e *model.Entity, f *model.Field) bool {
	return slices.Contains(e.KeyFields, f.Name) || t.isRawKey(e, f.Name)
}

// isRawKey says whether the name is that of an attribute of the primary key that the entity has no template for.
func (t *Table) isRawKey(e *model.Entity, name string) bool {
	return e.Key[name] == nil &&
		slices.ContainsFunc(t.model.Table.Key, func(k model.KeyAttribute) bool { return k.Name == name })
}

// textOf is a scalar as keys have it: a string, a number in normal form, binary in base64.
func textOf(value types.AttributeValue) (string, bool) {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return v.Value, true
	case *types.AttributeValueMemberN:
		normal, err := model.ParseDecimal(v.Value)
		return string(normal), err == nil
	case *types.AttributeValueMemberB:
		return base64.StdEncoding.EncodeToString(v.Value), true
	}
	return "", false
}
