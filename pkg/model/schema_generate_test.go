package model_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/model"
)

// generateSchema makes the JSON Schema of the model file from the types that Parse decodes it into.
func generateSchema(t *testing.T) []byte {
	t.Helper()
	comments := sourceComments(t)
	structs := map[string]reflect.Type{}
	r := jsonschema.Reflector{
		Anonymous: true, FieldNameTag: "yaml", RequiredFromJSONSchemaTags: true, ExpandedStruct: true,
		Namer: func(t reflect.Type) string { return strings.TrimSuffix(t.Name(), "Source") },
		LookupComment: func(t reflect.Type, field string) string {
			if t.Kind() == reflect.Struct {
				structs[strings.TrimSuffix(t.Name(), "Source")] = t
			}
			return comments[strings.TrimSuffix(t.Name()+"."+field, ".")]
		},
	}
	s := r.ReflectFromType(model.SourceType)
	s.Title = "Outflow model"
	refine(s, model.SourceType)
	for name, def := range s.Definitions {
		refine(def, structs[name])
	}
	s.Definitions["type"] = shortOrLong(s.Definitions["type"])
	s.Definitions["search"].OneOf = []*jsonschema.Schema{{Required: []string{"index"}}, {Required: []string{"into"}}}
	text, err := json.MarshalIndent(s, "", "  ")
	require.NoError(t, err)
	return append(text, '\n')
}

// refine adds what the generator does not know: the forms of texts, lists that one element may stand for, and what
// is required.
func refine(s *jsonschema.Schema, source reflect.Type) {
	for i := range source.NumField() {
		tag := source.Field(i).Tag
		name := tag.Get("yaml")
		if name == "" {
			continue
		}
		p, _ := s.Properties.Get(name)
		if f, ok := model.FormOf(tag.Get("is")); ok {
			giveForm(innermost(p), f)
		}
		if f, ok := model.FormOf(tag.Get("keys")); ok {
			p.PropertyNames = &jsonschema.Schema{}
			giveForm(p.PropertyNames, f)
		}
		if tag.Get("single") != "" {
			allowSingle(p)
		}
		if tag.Get("required") != "" {
			s.Required = append(s.Required, name)
		}
	}
}

func giveForm(s *jsonschema.Schema, f model.ScalarForm) {
	s.Pattern = f.Pattern
	for _, value := range f.Values {
		s.Enum = append(s.Enum, value)
	}
	if f.Long > 0 {
		long := uint64(f.Long)
		s.MaxLength = &long
	}
}

func innermost(s *jsonschema.Schema) *jsonschema.Schema {
	for s.Items != nil || s.AdditionalProperties != nil {
		if s.Items != nil {
			s = s.Items
		} else {
			s = s.AdditionalProperties
		}
	}
	return s
}

// allowSingle lets one element stand for a list of one, for a list or for the lists that a map holds.
func allowSingle(s *jsonschema.Schema) {
	if s.Type == "object" {
		allowSingle(s.AdditionalProperties)
		return
	}
	list := &jsonschema.Schema{Type: s.Type, Items: s.Items}
	s.Type, s.Items, s.AnyOf = "", nil, []*jsonschema.Schema{list.Items, list}
}

// shortOrLong is a type in both of its forms: the name of a scalar type, and the map.
func shortOrLong(long *jsonschema.Schema) *jsonschema.Schema {
	name, _ := long.Properties.Get("type")
	for _, kind := range []string{"type", "enum", "list", "map", "fields", "set"} {
		long.OneOf = append(long.OneOf, &jsonschema.Schema{Required: []string{kind}})
	}
	short := &jsonschema.Schema{Type: "string", Enum: name.Enum, Description: name.Description}
	description := long.Description
	long.Description = ""
	return &jsonschema.Schema{Description: description, AnyOf: []*jsonschema.Schema{short, long}}
}

// sourceComments are the comments of the source types and of their fields, by "type" and "type.Field".
func sourceComments(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "source.go", nil, parser.ParseComments)
	require.NoError(t, err)
	comments := map[string]string{}
	for _, decl := range file.Decls {
		general, ok := decl.(*ast.GenDecl)
		if !ok || general.Tok != token.TYPE {
			continue
		}
		spec := general.Specs[0].(*ast.TypeSpec)
		comments[spec.Name.Name] = sentence(spec.Name.Name, general.Doc)
		for _, field := range spec.Type.(*ast.StructType).Fields.List {
			if len(field.Names) > 0 {
				comments[spec.Name.Name+"."+field.Names[0].Name] = sentence("", field.Doc)
			}
		}
	}
	return comments
}

// sentence is a comment in one line, without the name and the verb that Go's comments begin with.
func sentence(name string, doc *ast.CommentGroup) string {
	text := strings.Join(strings.Fields(doc.Text()), " ")
	text = strings.TrimPrefix(strings.TrimPrefix(text, name+" "), "is ")
	return strings.ToUpper(text[:1]) + text[1:]
}
