package model

import (
	"fmt"
	"slices"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"
)

// ruleCompiler compiles one rule.
type ruleCompiler struct {
	source     string
	scope      RuleScope
	env        *cel.Env
	parsed     *ast.AST
	checked    *ast.AST // nil before its types are known
	image, key *recordType
	errs       []error
}

// newRuleCompiler declares the variables that the scope allows.
func newRuleCompiler(source string, e RuleScope) (*ruleCompiler, error) {
	base, err := ruleLanguage()
	if err != nil {
		return nil, fmt.Errorf("declare the language of rules: %w", err)
	}
	// No rule can write these names, so that a record cannot be made in one.
	p := &recordTypes{Provider: base.CELTypeProvider(), types: map[string]*recordType{}}
	image := p.add("@"+e.Entity, e.Fields)
	keys := slices.DeleteFunc(slices.Clone(e.Fields), func(f Field) bool { return !slices.Contains(e.KeyFields, f.Name) })
	key := p.add("@key of "+e.Entity, keys)
	options := []cel.EnvOption{
		cel.CustomTypeProvider(p), cel.Variable("new", image.cel), cel.Variable("key", key.cel),
	}
	if e.Old {
		options = append(options, cel.Variable("old", image.cel))
	}
	env, err := base.Extend(options...)
	if err != nil {
		return nil, fmt.Errorf("declare the variables of %s: %w", e.Entity, err)
	}
	return &ruleCompiler{source: source, scope: e, env: env, image: image, key: key}, nil
}

// ruleLanguage is what all rules share; making it takes longer than compiling a rule.
var ruleLanguage = sync.OnceValues(func() (*cel.Env, error) {
	decimals, err := decimalFunctions()
	if err != nil {
		return nil, err
	}
	return cel.NewCustomEnv(append(decimals,
		equality(),
		ext.Strings(),
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		cel.EnableIdentifierEscapeSyntax(),
		cel.ASTValidators(cel.ValidateTimestampLiterals(), cel.ValidateDurationLiterals(), cel.ValidateRegexLiterals()),
	)...)
})

// recordTypes tells CEL the types of a scope's records.
type recordTypes struct {
	types.Provider
	types map[string]*recordType
}

var _ types.Provider = (*recordTypes)(nil)

// recordType is the type of an image, a key, or a field that has members.
type recordType struct {
	cel    *types.Type
	fields []*recordField
}

func (r *recordType) field(name string) (*recordField, bool) {
	i := slices.IndexFunc(r.fields, func(f *recordField) bool { return f.Name == name })
	if i < 0 {
		return nil, false
	}
	return r.fields[i], true
}

type recordField struct {
	*Field
	shape *shape
}

// shape is a model type with the types of the records inside it.
type shape struct {
	kind   Kind
	of     *shape      // of a list, set or map
	record *recordType // of fields
}

func (p *recordTypes) add(name string, fields []Field) *recordType {
	r := &recordType{cel: types.NewObjectType(name)}
	for i := range fields {
		f := &fields[i]
		r.fields = append(r.fields, &recordField{f, p.shape(name+"."+f.Name, &f.Type)})
	}
	p.types[name] = r
	return r
}

func (p *recordTypes) shape(name string, t *Type) *shape {
	s := &shape{kind: t.Kind}
	if t.Of != nil {
		s.of = p.shape(name, t.Of)
	}
	if t.Kind == KindFields {
		s.record = p.add(name, t.Fields)
	}
	return s
}

// cel is the type that a value of the shape has in a rule.
func (s *shape) cel() *types.Type {
	switch s.kind {
	case KindInteger:
		return types.IntType
	case KindNumber:
		return types.DoubleType
	case KindDecimal:
		return decimalType
	case KindBoolean:
		return types.BoolType
	case KindTimestamp:
		return types.TimestampType
	case KindBinary:
		return types.BytesType
	case KindList, KindSet:
		return types.NewListType(s.of.cel())
	case KindMap:
		return types.NewMapType(types.StringType, s.of.cel())
	case KindFields:
		return s.record.cel
	}
	return types.StringType
}

// FindStructType implements types.Provider.
func (p *recordTypes) FindStructType(name string) (*types.Type, bool) {
	if r, ok := p.types[name]; ok {
		return types.NewTypeTypeWithParam(r.cel), true
	}
	return p.Provider.FindStructType(name)
}

// FindStructFieldNames implements types.Provider.
func (p *recordTypes) FindStructFieldNames(name string) ([]string, bool) {
	if r, ok := p.types[name]; ok {
		names := make([]string, len(r.fields))
		for i, f := range r.fields {
			names[i] = f.Name
		}
		return names, true
	}
	return p.Provider.FindStructFieldNames(name)
}

// FindStructFieldType implements types.Provider. A field of what is null is null.
func (p *recordTypes) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	r, ok := p.types[name]
	if !ok {
		return p.Provider.FindStructFieldType(name, field)
	}
	f, ok := r.field(field)
	if !ok {
		return nil, false
	}
	return &types.FieldType{
		Type:    f.shape.cel(),
		IsSet:   func(target any) bool { return hasField(target, f) },
		GetFrom: func(target any) (any, error) { return readField(target, f) },
	}, true
}
