package contract_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/contract"
	"github.com/outflow-dev/outflow/pkg/model"
)

const shop = "../../examples/shop/model.yaml"

// models are those that every generator is held against.
var models = []string{shop, "testdata/rich.yaml", "testdata/told.yaml", "testdata/eventless.yaml"}

func readModel(t *testing.T, path string) *model.Model {
	t.Helper()
	src, err := os.ReadFile(path)
	require.NoError(t, err)
	return parseModel(t, string(src))
}

func parseModel(t require.TestingT, src string) *model.Model {
	m, faults := model.Parse("model.yaml", []byte(src))
	require.NoError(t, faults.Err(), src)
	return m
}

func readContract(t *testing.T, path string) *contract.Contract {
	t.Helper()
	c, err := contract.Of(readModel(t, path))
	require.NoError(t, err)
	return c
}

// compile compiles a schema by the draft that it names, with its formats asserted.
func compile(t require.TestingT, schema []byte) *jsonschema.Schema {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource("mem:///schema.json", document))
	compiled, err := compiler.Compile("mem:///schema.json")
	require.NoError(t, err, string(schema))
	return compiled
}

func instance(t require.TestingT, event []byte) any {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(event))
	require.NoError(t, err, string(event))
	return value
}

// schemaSet are the compiled schemas of a contract.
type schemaSet struct {
	open, closed map[string]*jsonschema.Schema // by the event's title
	registry     map[string]*jsonschema.Schema // by the event's name
}

func compileAll(t require.TestingT, c *contract.Contract) schemaSet {
	s := schemaSet{map[string]*jsonschema.Schema{}, map[string]*jsonschema.Schema{}, map[string]*jsonschema.Schema{}}
	for i := range c.Events {
		e := &c.Events[i]
		s.open[e.Title()] = compile(t, c.Schema(e, contract.Open))
		s.closed[e.Title()] = compile(t, c.Schema(e, contract.Closed))
		if s.registry[e.Name] == nil {
			s.registry[e.Name] = compile(t, c.Registry(e.Name))
		}
	}
	return s
}

// check holds an event, as EventBridge delivers it, against all schemas that are its own.
func (s schemaSet) check(t require.TestingT, event []byte) {
	var head struct {
		Name   string `json:"detail-type"`
		Detail struct{ Metadata struct{ Schema int } }
	}
	require.NoError(t, json.Unmarshal(event, &head))
	title := (&contract.Event{Name: head.Name, Schema: head.Detail.Metadata.Schema}).Title()
	require.Contains(t, s.open, title)
	value := instance(t, event)
	require.NoError(t, s.closed[title].Validate(value), string(event))
	require.NoError(t, s.open[title].Validate(value), string(event))
	require.NoError(t, s.registry[head.Name].Validate(value), string(event))
}

func TestSamplesFitTheirSchemas(t *testing.T) {
	for _, path := range models {
		t.Run(path, func(t *testing.T) {
			c := readContract(t, path)
			schemas, seen := compileAll(t, c), map[string]bool{}
			for _, sample := range c.Samples() {
				require.False(t, seen[sample.Name], "%s is there twice", sample.Name)
				seen[sample.Name] = true
				schemas.check(t, sample.Event)
			}
			for i := range c.Events {
				e := &c.Events[i]
				require.True(t, seen[e.Title()+".claimed"])
				for _, operation := range e.Change {
					require.True(t, seen[e.Title()+"."+operation], "%s has no sample of %s", e.Title(), operation)
				}
			}
		})
	}
}

func TestRegistryCopiesAreDraft4(t *testing.T) {
	for _, path := range models {
		c := readContract(t, path)
		for i := range c.Events {
			name := c.Events[i].Name
			require.Equal(t, 4, compile(t, c.Registry(name)).DraftVersion, name)
			require.Regexp(t, `^[A-Za-z0-9._@-]{1,385}$`, c.RegistryName(name))
		}
	}
	require.Equal(t, "com.example-rich@ThingSold", readContract(t, models[1]).RegistryName("ThingSold"))
}

// Each row changes the first sample of OrderShipped on modify, and says which schemas must refuse it.
func TestSchemasRefuseWhatPublishNeverSends(t *testing.T) {
	type object = map[string]any
	rows := []struct {
		name           string
		change         func(event, detail, metadata object)
		openTakesIt    bool
		closedRefusing bool
	}{
		{"nothing changed", func(_, _, _ object) {}, true, false},
		{"unknown member of data", func(_, d, _ object) { d["data"].(object)["later"] = "x" }, true, true},
		{"unknown member of metadata", func(_, _, m object) { m["later"] = "x" }, true, true},
		{"unknown member of the envelope", func(e, _, _ object) { e["later"] = "x" }, true, false},
		{"unknown name in changed", func(_, d, _ object) { d["changed"] = []any{"later"} }, true, true},
		{"null in data", func(_, d, _ object) { d["data"].(object)["user_id"] = nil }, false, true},
		{"null in before", func(_, d, _ object) { d["before"].(object)["status"] = nil }, true, false},
		{"unlisted enum value", func(_, d, _ object) { d["before"].(object)["status"] = "LOST" }, true, false},
		{"number for a text", func(_, d, _ object) { d["data"].(object)["user_id"] = 1.0 }, false, true},
		{"another source", func(e, _, _ object) { e["source"] = "com.example.other" }, false, true},
		{"another detail-type", func(e, _, _ object) { e["detail-type"] = "OrderLost" }, false, true},
		{"another schema", func(_, _, m object) { m["schema"] = 2.0 }, false, true},
		{"operation that does not fire", func(_, _, m object) { m["operation"] = "remove" }, false, true},
		{"no key", func(_, _, m object) { delete(m, "key") }, false, true},
		{"id of another version", func(_, _, m object) { m["id"] = "f8beb50e-f4fc-4a5a-839f-f4d7aeb19dff" }, false, true},
		{"version without its zeros", func(_, _, m object) { m["itemVersion"] = "2026/1" }, false, true},
		{"time without a zone", func(_, _, m object) { m["time"] = "2026-11-02T09:20:01" }, false, true},
		{"no data and no claim", func(_, d, _ object) { delete(d, "data") }, false, true},
		{"data and a claim", func(_, _, m object) {
			m["claim"] = object{"bucket": "b", "key": "k", "size": 1.0, "sha256": string(bytes.Repeat([]byte("0"), 64))}
		}, false, true},
	}
	c := readContract(t, shop)
	schemas := compileAll(t, c)
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			event := sampleNamed(t, c, "OrderShipped.v1.modify")
			detail := event["detail"].(object)
			row.change(event, detail, detail["metadata"].(object))
			require.Equal(t, row.openTakesIt, schemas.open["OrderShipped.v1"].Validate(event) == nil, "open")
			require.Equal(t, row.openTakesIt, schemas.registry["OrderShipped"].Validate(event) == nil, "registry")
			require.Equal(t, row.closedRefusing, schemas.closed["OrderShipped.v1"].Validate(event) != nil, "closed")
		})
	}
}

func sampleNamed(t *testing.T, c *contract.Contract, name string) map[string]any {
	t.Helper()
	for _, sample := range c.Samples() {
		if sample.Name == name {
			var event map[string]any
			require.NoError(t, json.Unmarshal(sample.Event, &event))
			return event
		}
	}
	require.Fail(t, "no sample "+name)
	return nil
}
