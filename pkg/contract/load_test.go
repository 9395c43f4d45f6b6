package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/contract"
)

func TestContractsAreReadBack(t *testing.T) {
	for _, path := range models {
		c := readContract(t, path)
		files, err := c.Files()
		require.NoError(t, err)
		require.Equal(t, contract.Name, files[0].Path)
		read, err := contract.Load(files[0].Content)
		require.NoError(t, err)
		require.Empty(t, contract.Compare(c, read))
		again, err := read.Files()
		require.NoError(t, err)
		require.Equal(t, files, again, "a contract read back makes other files")
	}
}

func TestLoadRefuses(t *testing.T) {
	event := func(field string) string {
		return `{"contract": 1, "events": [{"name": "E", "schema": 1, "entity": "T", "change": ["insert"], "data": [` + field + `]}]}`
	}
	_, err := contract.Load([]byte(event(`{"name": "a", "type": {"kind": "string"}}`)))
	require.NoError(t, err)
	for name, src := range map[string]string{
		"no JSON": "contract", "unknown member": `{"contract": 1, "later": true}`, "later format": `{"contract": 2}`, "model": `{"outflow": 1}`,
		"more behind it":     event(`{"name": "a", "type": {"kind": "string"}}`) + "{}",
		"event without name": `{"contract": 1, "events": [{"schema": 1, "entity": "T", "change": ["insert"]}]}`,
		"no kind":            event(`{"name": "a", "type": {}}`), "unknown kind": event(`{"name": "a", "type": {"kind": "money"}}`),
		"list of nothing":   event(`{"name": "a", "type": {"kind": "list"}}`),
		"text of something": event(`{"name": "a", "type": {"kind": "string", "of": {"kind": "string"}}}`),
		"empty enum":        event(`{"name": "a", "type": {"kind": "enum"}}`),
		"member of no type": event(`{"name": "a", "type": {"kind": "fields", "fields": [{"name": "b"}]}}`),
	} {
		_, err := contract.Load([]byte(src))
		require.ErrorIs(t, err, contract.ErrFormat, name)
	}
}

// What Load takes, Compare reads and Words says.
func FuzzLoad(f *testing.F) {
	for _, field := range []string{ // short ones, which the engine makes shorter in no time
		`{"name": "a", "type": {"kind": "list", "of": {"kind": "decimal"}}, "always": true}`,
		`{"name": "b", "type": {"kind": "fields", "fields": [{"name": "c", "type": {"kind": "enum", "values": ["x"]}}]}, "value": 1}`,
	} {
		f.Add([]byte(`{"contract": 1, "events": [{"name": "E", "schema": 1, "entity": "T", "change": ["modify"], "data": [` + field +
			`], "before": [` + field + `], "changes": ["a"], "when": "true"}]}`))
	}
	f.Add([]byte(`{"contract": 1, "events": [{"name": "E", "schema": 1, "entity": "T", "change": ["insert"], "becomes": [{}]}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := contract.Load(src)
		if err != nil {
			require.ErrorIs(t, err, contract.ErrFormat)
			return
		}
		for i := range c.Events {
			require.NotEmpty(t, c.Events[i].Words())
		}
		contract.Compare(c, &contract.Contract{})
		contract.Compare(&contract.Contract{}, c)
		for _, d := range contract.Compare(c, c) {
			require.NotEmpty(t, d.What) // an event that is there twice is compared with its other
		}
	})
}
