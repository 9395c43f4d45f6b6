package model_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/model"
)

func TestParseRefusesWithoutParsing(t *testing.T) {
	tests := []struct {
		name string
		src  []byte
		want string
	}{
		{"10 MB", bytes.Repeat([]byte("a: b\n"), 2<<20), "model.yaml: the file has 10485760 bytes; a model file has at most 1048576"},
		{"one byte too many", bytes.Repeat([]byte("#"), 1<<20+1), "model.yaml: the file has 1048577 bytes; a model file has at most 1048576"},
		{"empty", nil, "model.yaml: the file is empty; `outflow init` writes one to start from"},
		{"blank", []byte(" \n\t\n"), "model.yaml: the file is empty; `outflow init` writes one to start from"},
		{"byte order mark", []byte("\uFEFFoutflow: 1\n"), "model.yaml: the file begins with a byte order mark; save it as UTF-8 without one"},
		{"Latin-1", []byte("outflow: 1\nname: caf\xe9\n"), "model.yaml:2:10: not UTF-8; save the file as UTF-8\nname: caf\uFFFD\n         ^"},
		{"UTF-16", []byte("\xff\xfeo\x00"), "model.yaml:1:1: not UTF-8; save the file as UTF-8\n\uFFFDo\uFFFD\n^"},
		{"1,000 lists in flow", []byte(strings.Repeat("[", 1000) + strings.Repeat("]", 1000)), "model.yaml:1:33: nested deeper than 32 levels"},
		{"1,000 maps in flow", []byte(strings.Repeat("{a: ", 1000) + strings.Repeat("}", 1000)), "model.yaml:1:129: nested deeper than 32 levels"},
		{"1,000 open brackets", []byte(strings.Repeat("[", 1000)), "model.yaml:1:33: nested deeper than 32 levels"},
		{"1,000 maps in block", staircase("a:\n", 1, 1000), "model.yaml:33:34: nested deeper than 32 levels"},
		{"1,000 lists in block", staircase("-\n", 1, 1000), "model.yaml:33:33: nested deeper than 32 levels"},
		{"1,000 lists in one line", []byte(strings.Repeat("- ", 1000) + "a\n"), "model.yaml:1:65: nested deeper than 32 levels"},
		{"a list of maps of lists", staircase("- a:\n", 2, 500), "model.yaml:32:66: nested deeper than 32 levels"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, faults := model.Parse("model.yaml", test.src)
			require.Nil(t, m)
			require.Len(t, faults, 1)
			require.Contains(t, faults.String(), test.want)
		})
	}
}

// staircase has every line some columns further to the right.
func staircase(line string, columns, lines int) []byte {
	var b bytes.Buffer
	for i := range lines {
		b.WriteString(strings.Repeat(" ", i*columns) + line)
	}
	return b.Bytes()
}

func TestParseTakesTheDeepestModel(t *testing.T) {
	deep := "string"
	for range 10 {
		deep = "{fields: {a: " + deep + "}}"
	}
	src := "outflow: 1\nname: deep\ntable: {key: [PK]}\nentities: {A: {key: {PK: \"{id}\"}, attributes: {a: " + deep + "}}}\n"
	require.NotNil(t, parse(t, src).Entities["A"].Field("a"))
}

func TestFaults(t *testing.T) {
	_, faults := model.Parse("dir/model.yaml", []byte("outflow: 1\nnmae: x\n"))
	require.Len(t, faults, 4)
	require.Equal(t, model.Fault{
		File: "dir/model.yaml", Line: 2, Column: 1, Width: 4, Source: "nmae: x",
		Message: `unknown field "nmae" in the model; did you mean name?`,
	}, faults[3])
	var again model.Faults
	require.ErrorAs(t, faults.Err(), &again)
	require.Equal(t, faults, again)
	require.Equal(t, faults.String(), faults.Err().Error())
}

func TestWarningsAreNoError(t *testing.T) {
	m, faults := model.Parse("model.yaml", []byte(`outflow: 1
name: shop
table: {key: [PK]}
entities:
  Line: {key: {PK: "ORDER#{order_id}#{line_id}"}}
`))
	require.NotNil(t, m)
	require.NoError(t, faults.Err())
	require.Len(t, faults, 1)
	require.True(t, faults[0].Warning)
	require.Equal(t, `model.yaml:5:20: warning: an order_id that contains "#" would be split elsewhere when the key is read; see that none does
  Line: {key: {PK: "ORDER#{order_id}#{line_id}"}}
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^`, faults.String())
}
