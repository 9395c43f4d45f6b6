package model_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

// schemaFile is what editors read; make generate writes it.
const schemaFile = "../../docs/model.schema.json"

func TestSchemaIsGenerated(t *testing.T) {
	want := generateSchema(t)
	if *update {
		require.NoError(t, os.WriteFile(schemaFile, want, 0o644))
	}
	got, err := os.ReadFile(schemaFile)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "stale; run make generate")
}

func TestSchemaAcceptsCorrectModels(t *testing.T) {
	schema := compileSchema(t)
	shop, err := os.ReadFile(shopModel)
	require.NoError(t, err)
	require.NoError(t, schema.Validate(asJSON(t, shop)))
	for _, path := range goldenFiles(t, "testdata/compiled") {
		src, _ := readGolden(t, path)
		require.NoError(t, schema.Validate(asJSON(t, src)), path)
	}
}

func TestSchemaRefusesWrongModels(t *testing.T) {
	schema := compileSchema(t)
	for _, name := range []string{
		"unknown_field_top", "unknown_field_entity", "unknown_fields_everywhere", "missing_fields", "missing_data",
		"wrong_kind_list_wanted", "wrong_kind_map_wanted", "wrong_kind_text_for_list", "wrong_kind_number_for_text",
		"wrong_kind_text_for_number", "wrong_kind_pii", "wrong_kind_type", "wrong_kind_list_items", "model_name",
		"model_name_long", "event_source_characters", "entity_names", "field_names", "table_format",
		"table_index_name", "type_unknown", "type_none_and_two", "search_no_target", "search_two_targets",
		"search_index_name", "into_form", "event_name", "event_change", "many_faults", "many_kinds",
	} {
		t.Run(name, func(t *testing.T) {
			src, _ := readGolden(t, "testdata/faults/"+name+".yaml")
			require.Error(t, schema.Validate(asJSON(t, src)))
		})
	}
}

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile(schemaFile)
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("model.schema.json", doc))
	schema, err := c.Compile("model.schema.json")
	require.NoError(t, err)
	return schema
}

// asJSON reads YAML as an editor does.
func asJSON(t *testing.T, src []byte) any {
	t.Helper()
	text, err := yaml.YAMLToJSON(src)
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	return doc
}
