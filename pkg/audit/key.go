package audit

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/outflow-dev/outflow/internal/jcs"
	"github.com/outflow-dev/outflow/pkg/model"
)

// ParseKey reads a primary key as people write it, and returns it in the canonical form that lines have: the values of
// the partition and the sort key with a space between, or a JSON object of the key attributes, with plain values
// ({"PK": "ORDER#o1", "SK": "METADATA"}) or DynamoDB's typed ones. Binary values are base64.
func ParseKey(table model.Table, text string) ([]byte, error) {
	values, err := keyValues(table, text)
	if err != nil {
		return nil, fmt.Errorf("read key %q: %w", text, err)
	}
	attributes := slices.SortedFunc(slices.Values(table.Key), func(a, b model.KeyAttribute) int { return jcs.Compare(a.Name, b.Name) })
	dst := []byte{'{'}
	for i, k := range attributes {
		value, err := normalKey(k, values[k.Name])
		if err != nil {
			return nil, fmt.Errorf("read key %q: %s: %w", text, k.Name, err)
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jcs.AppendString(append(jcs.AppendString(dst, k.Name), `:{"`+k.Type+`":`...), value)
		dst = append(dst, '}')
	}
	return append(dst, '}'), nil
}

func keyValues(table model.Table, text string) (map[string]string, error) {
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		return jsonKey(table, text)
	}
	parts := []string{text}
	if len(table.Key) > 1 {
		parts = strings.Split(text, " ")
	}
	values := map[string]string{}
	if len(parts) != len(table.Key) {
		return nil, fmt.Errorf("write its %d values with one space between, or, where they hold spaces, as JSON: %s",
			len(table.Key), example(table))
	}
	for i, k := range table.Key {
		values[k.Name] = parts[i]
	}
	return values, nil
}

// jsonKey takes an object of exactly the key's attributes.
func jsonKey(table model.Table, text string) (map[string]string, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return nil, fmt.Errorf("no JSON object: %w", err)
	}
	values := map[string]string{}
	for _, k := range table.Key {
		raw, found := members[k.Name]
		if !found {
			return nil, fmt.Errorf("it has no %s; write %s", k.Name, example(table))
		}
		value, err := jsonValue(k, raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k.Name, err)
		}
		values[k.Name] = value
	}
	if len(members) > len(table.Key) {
		return nil, fmt.Errorf("it has more than the key's attributes; write %s", example(table))
	}
	return values, nil
}

func jsonValue(k model.KeyAttribute, raw json.RawMessage) (string, error) {
	var typed map[string]string
	if json.Unmarshal(raw, &typed) == nil && typed != nil {
		value, found := typed[k.Type]
		if !found || len(typed) != 1 {
			return "", fmt.Errorf("it is not of type %s", k.Type)
		}
		return value, nil
	}
	var value string
	if json.Unmarshal(raw, &value) == nil && string(raw) != "null" {
		return value, nil
	}
	var number json.Number
	if k.Type != "N" || json.Unmarshal(raw, &number) != nil || number == "" {
		return "", fmt.Errorf("it is not a value of type %s", k.Type)
	}
	return number.String(), nil
}

func normalKey(k model.KeyAttribute, value string) (string, error) {
	switch {
	case value == "":
		return "", errors.New("it is empty, which no key is")
	case k.Type == "N":
		number, err := model.ParseDecimal(value)
		return string(number), err
	case k.Type == "B":
		data, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return "", errors.New("it is not base64, which a binary key is written in")
		}
		return base64.StdEncoding.EncodeToString(data), nil
	}
	return value, nil
}

func example(table model.Table) string {
	members := make([]string, len(table.Key))
	for i, k := range table.Key {
		members[i] = fmt.Sprintf("%q: \"...\"", k.Name)
	}
	return "{" + strings.Join(members, ", ") + "}"
}
