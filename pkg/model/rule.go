package model

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
)

// maxRule is the size of a rule's source in bytes: far more than a person reads.
const maxRule = 4096

// RuleScope says what a rule can name: the variables new and key, and old where Old is set. new and old have the
// entity's Fields, key those that KeyFields names.
type RuleScope struct {
	Entity    string
	Fields    []Field
	KeyFields []string
	Old       bool
}

// Rule is a compiled condition. It is safe for use by several goroutines.
type Rule struct {
	program    cel.Program
	image, key *recordType
	fields     []string // see Fields
}

// RuleError says what is wrong with a rule, and where.
type RuleError struct {
	Offset  int // in bytes into the source
	Message string
}

func (e *RuleError) Error() string { return e.Message }

// CompileRule compiles a condition in CEL (https://cel.dev) with its standard library and its strings extension.
// Types are checked, and constants against enums. The error is a *RuleError, or several joined by errors.Join.
//
// A field is null where the item has no such attribute: == and != compare null as any value, every other operator
// on null is an evaluation error, and has(new.x) is false. An image that does not exist is null, as are its fields,
// and the members of a field that is null.
//
// A decimal keeps its 38 digits. Decimals, integers and numbers can be compared with each other and added,
// subtracted and multiplied, a number standing for its shortest decimal form (99.95 is 99.95). decimal("12.30")
// makes a decimal; double(d), int(d) and string(d) make something else of it.
func CompileRule(source string, e RuleScope) (*Rule, error) {
	switch {
	case strings.TrimSpace(source) == "":
		return nil, &RuleError{0, "the rule is empty; write a condition such as new.total > 100"}
	case len(source) > maxRule:
		return nil, &RuleError{maxRule, fmt.Sprintf("the rule has %d bytes; %d are allowed", len(source), maxRule)}
	case !utf8.ValidString(source):
		return nil, &RuleError{0, "the rule is not valid UTF-8"}
	}
	c, err := newRuleCompiler(source, e)
	if err != nil {
		return nil, err
	}
	ast, err := c.check()
	if err != nil {
		return nil, err
	}
	program, err := c.env.Program(ast, counted(c.checked), cel.OptimizeRegex(interpreter.MatchesRegexOptimization))
	if err != nil {
		return nil, &RuleError{0, "the rule cannot be planned: " + err.Error()}
	}
	return &Rule{program: program, image: c.image, key: c.key, fields: fieldsOf(ast)}, nil
}

// Eval says whether the condition holds; a nil record is one that does not exist. The error says why the rule has
// no result for this item: the caller counts it and takes the rule as false. Its text holds no item data.
func (r *Rule) Eval(old, new, key Record) (bool, error) {
	out, _, err := r.program.Eval(&variables{
		old: r.image.root(old), new: r.image.root(new), key: r.key.root(key), budget: budget{maxRuleSteps},
	})
	if err != nil {
		return false, evaluationError(err)
	}
	holds, ok := out.(types.Bool)
	if !ok {
		return false, fmt.Errorf("evaluate rule: %w", errRuleNull)
	}
	return bool(holds), nil
}

// variables gives a rule its variables. Fields are read when the rule touches them.
type variables struct {
	old, new, key ref.Val
	budget        budget
}

func (v *variables) ResolveName(name string) (any, bool) {
	switch name {
	case "old":
		return v.old, true
	case "new":
		return v.new, true
	case "key":
		return v.key, true
	case budgetName:
		return &v.budget, true
	}
	return nil, false
}

func (v *variables) Parent() interpreter.Activation { return nil }

// Reasons why a rule has no result. Those of the CEL library are put in these words, since its own hold values.
var (
	errRuleNull     = errors.New("an operator or function met null, or a value of another type; test for it with has()")
	errRuleIndex    = errors.New("a list has no such index, or a map no such key")
	errRuleOverflow = errors.New("a result is out of range, or a division by zero")
	errRuleValue    = errors.New("a value cannot be converted")
	errRuleInternal = errors.New("the CEL library failed; this is a defect, report the rule")
)

func evaluationError(err error) error {
	var read *readError
	if errors.As(err, &read) {
		return fmt.Errorf("evaluate rule: %w", read)
	}
	reason := errRuleValue
	for _, known := range []struct {
		text   string
		reason error
	}{
		{"internal error", errRuleInternal},
		{errRuleSteps.Error(), errRuleSteps},
		{"no such overload", errRuleNull},
		{"no such key", errRuleIndex},
		{"index out of bounds", errRuleIndex},
		{"overflow", errRuleOverflow},
		{"by zero", errRuleOverflow},
		{errDigits.Error(), errDigits},
		{errMagnitude.Error(), errMagnitude},
	} {
		if strings.Contains(err.Error(), known.text) {
			reason = known.reason
			break
		}
	}
	return fmt.Errorf("evaluate rule: %w", reason)
}
