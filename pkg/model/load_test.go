package model_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/model"
)

func TestLoadRefuses(t *testing.T) {
	good := string(shop(t).Marshal())
	tests := []struct {
		name, src, want string
	}{
		{"nothing", "", "not a compiled model"},
		{"no JSON", "outflow: 1", "not a compiled model"},
		{"a list", "[]", "not a compiled model"},
		{"another format", strings.Replace(good, `"outflow": 1`, `"outflow": 2`, 1), "format 2, this outflow reads 1"},
		{"no format", "{}", "format 0, this outflow reads 1"},
		{"a member that is not known", strings.Replace(good, `"name": "shop"`, `"name": "shop", "color": "red"`, 1), `unknown field "color"`},
		{"a nested member that is not known", strings.Replace(good, `"kind": "enum"`, `"kind": "enum", "x": 1`, 1), `unknown field "x"`},
		{"another name", strings.Replace(good, `"name": "shop"`, `"name": "shoq"`, 1), "changed after outflow build"},
		{"another rule", strings.Replace(good, "new.total > old.total", "new.total < old.total", 1), "changed after outflow build"},
		{"no hash", strings.Replace(good, shop(t).Hash, "", 1), "changed after outflow build"},
		{"a wrong template", strings.Replace(good, "USER#{user_id}", "USER#{user_id", 1), "load model"},
		{"a second value", good + "{}", "not a compiled model"},
		{"a cut file", good[:len(good)-3], "not a compiled model"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, err := model.Load([]byte(test.src))
			require.ErrorContains(t, err, test.want)
			require.Nil(t, m)
		})
	}
}

func TestLoadTellsAChangedModel(t *testing.T) {
	src := bytes.Replace(shop(t).Marshal(), []byte("PROFILE"), []byte("PROFILES"), 1)
	_, err := model.Load(src)
	require.ErrorIs(t, err, model.ErrChanged)
}

func TestLoadIgnoresWhiteSpace(t *testing.T) {
	src := append([]byte("\n\t"), bytes.ReplaceAll(shop(t).Marshal(), []byte("\n"), []byte("\r\n   "))...)
	m, err := model.Load(src)
	require.NoError(t, err)
	require.Equal(t, shop(t), m)
}

// Formatting, comments and the order of a map's keys are no part of the model.
func TestMarshalIsNormalised(t *testing.T) {
	one := `outflow: 1
name: shop
event_source: com.example.shop
table: {key: [PK], indexes: {GSI1: [A], GSI2: [B]}}
entities:
  Order:
    key: {PK: "ORDER#{order_id}", A: "X#{x}", B: "X#{x}"}
    required: [total, user_id]
    attributes: {total: decimal, user_id: string, address: {fields: {zip: string, city: string}}}
    search: {index: orders, filter: [total, user_id], mapping: {total: {type: scaled_float, scaling_factor: 100}}}
    events: {Big: {becomes: {total: 100, user_id: u}, data: "*"}, Any: {change: [insert, modify], data: [total, user_id]}}
  User: {key: {PK: "USER#{user_id}"}}
`
	other := `# a comment
entities:

  User:
    key: {'PK': 'USER#{user_id}'}

  Order:
    events:
      Any:
      - change:
        - modify
        - insert
        data: [user_id, total] # behind
      Big: {data: ["*"], becomes: {"user_id": "u", total: 100.00}}
    search:
    - filter: [user_id, total]
      mapping: {total: {scaling_factor: 100, type: "scaled_float"}}
      index: orders
    attributes:
      user_id: {type: string}
      address: {fields: {city: string, zip: {type: string}}}
      total: {pii: false, type: decimal, stored_as: total}
    required: [user_id, total, order_id]
    key: {B: "X#{x}", A: "X#{x}", PK: "ORDER#{order_id}"}
table: {indexes: {GSI2: [B], GSI1: [A]}, key: [PK]}
event_source: "com.example.shop"
name: shop
outflow: 1
`
	require.Equal(t, string(parse(t, one).Marshal()), string(parse(t, other).Marshal()))
	require.Equal(t, string(parse(t, one).Marshal()), string(parse(t, strings.ReplaceAll(one, "\n", "\r\n")).Marshal()))
	require.NotEqual(t, parse(t, one).Hash, parse(t, strings.Replace(one, "100,", "101,", 1)).Hash)
}

func TestVersionIsTheHashShort(t *testing.T) {
	m := shop(t)
	require.Len(t, m.Hash, 64)
	require.Equal(t, m.Hash[:16], m.Version())
	require.True(t, json.Valid(m.Marshal()))
	require.True(t, bytes.HasSuffix(m.Marshal(), []byte("}\n")))
}

func TestTerraformReadsTheModel(t *testing.T) {
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		t.Skip("terraform is not on PATH")
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "model.json"), shop(t).Marshal(), 0o644))
	for expression, want := range map[string]string{
		`entities.Order.events[0].name`:             `"OrderDeleted"`,
		`entities.User.key.PK`:                      `"USER#{user_id}"`,
		`indexes.orders.parts[0].field`:             `"lines"`,
		`table.indexes.GSI1[1].name`:                `"GSI1SK"`,
		`hash == "` + shop(t).Hash + `"`:            `true`,
		`entities.Order.events[3].becomes[0].value`: `"SHIPPED"`,
	} {
		console := exec.Command(terraform, "console")
		console.Dir = dir
		console.Stdin = strings.NewReader(`jsondecode(file("model.json")).` + expression + "\n")
		got, err := console.Output()
		require.NoError(t, err)
		require.Equal(t, want, strings.TrimSpace(string(got)), expression)
	}
}

func parse(t *testing.T, src string) *model.Model {
	t.Helper()
	m, faults := model.Parse("model.yaml", []byte(src))
	require.NoError(t, faults.Err())
	return m
}
