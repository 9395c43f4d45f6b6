package model_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/model"
)

// ruleErrors takes the errors of CompileRule apart.
func ruleErrors(t require.TestingT, err error) []*model.RuleError {
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	var faults []*model.RuleError
	for _, e := range all {
		fault, ok := e.(*model.RuleError)
		require.True(t, ok, "%T: %v", e, e)
		faults = append(faults, fault)
	}
	return faults
}

// The mark ^ in the source is where the error stands.
func TestCompileRuleRefuses(t *testing.T) {
	for _, row := range []struct{ name, source, want string }{
		{"empty", "^", "the rule is empty"},
		{"blank", "^ \n", "the rule is empty"},
		{"not UTF-8", "^new.paid\xff", "not valid UTF-8"},
		{"too long", strings.Repeat(" ", 4096) + "^true", "the rule has 4100 bytes; 4096 are allowed"},

		{"ends early", "new.total > ^", "the rule ends too early"},
		{"open parenthesis", "(new.paid^", "the rule ends too early"},
		{"open string", "new.name == ^'abc", "a string without its closing quote"},
		{"one equals sign", "new.name ^= 'x'", "unexpected =; write =="},
		{"one ampersand", "new.paid ^& new.paid", "unexpected &; write &&"},
		{"one bar", "new.paid ^| new.paid", "unexpected |; write ||"},
		{"and", "new.paid ^and new.paid", "unexpected and; write &&"},
		{"OR", "new.paid ^OR new.paid", "unexpected OR; write ||"},
		{"not", "^not new.paid", "unexpected not; write !"},
		{"SQL's difference", "new.name ^<> 'x'", "unexpected <>; write !="},
		{"a second line", "new.paid &&\n  new.name ^= 'x'", "unexpected =; write =="},
		{"behind characters of two bytes", "new.name == 'éé' ^and new.paid", "unexpected and; write &&"},
		{"two expressions", "new.paid ^new.paid", "unexpected new"},
		{"has of no field", "has(^new)", "has() takes a field, such as has(new.total)"},

		{"unknown field", "new.^totl > 5", "Order has no field totl; did you mean total?"},
		{"unknown field far off", "new.^xylophone > 5", "Order has no field xylophone"},
		{"unknown old field", "old.^nam == 'x'", "Order has no field nam; did you mean name?"},
		{"unknown key field", "key.^total == 'x'", "the key of Order has no field total; it has order_id"},
		{"unknown member", "new.address.^zp == 'x'", "Order.address has no field zp; did you mean zip?"},
		{"unknown member behind a space", "new.address. ^zp == 'x'", "Order.address has no field zp; did you mean zip?"},
		{"unknown member in a list", "new.lines.exists(l, l.^pric == 1)", "l has no field pric; did you mean price?"},
		{"unknown member twice inside", "new.address.geo.^lt == 1.0", "Order.address.geo has no field lt; did you mean lat?"},
		{"unknown member by index", "new.lines[0].^pric == 1", "this has no field pric; did you mean price?"},
		{"unknown field in has", "has(new.^totl)", "Order has no field totl; did you mean total?"},
		{"field without new", "^total > 5", "unknown name total; write new.total"},
		{"unknown name", "^foo > 5", "unknown name foo; a rule knows old, new, key"},
		{"unknown function", "^foo(new.total) > 5", "unknown function foo"},
		{"misspelt function", "^decimla('1') > 5", "unknown function decimla; did you mean decimal?"},
		{"unknown method", "new.name.^startWith('x')", "unknown function startWith; did you mean startsWith?"},
		{"a record cannot be made", "^Order{} == new", "unknown name Order"},
		{"a message of CEL", "google.protobuf.Duration{^foo: 1} == null", "no field foo"},
		{"a hidden function", "^@equal(1, 1)", "unexpected @"},

		{"no result", "^new.total", "the rule gives a decimal; it must give true or false"},
		{"a method's result", "^new.name.size()", "the rule gives an integer"},
		{"a function's result", "^size(new.name)", "the rule gives an integer"},
		{"a number", "^new.qty + 1", "the rule gives an integer"},
		{"dyn", "^dyn(new.paid)", "the rule gives a value of any type"},
		{"null", "^null", "the rule gives null"},
		{"a list", "^[new.paid]", "the rule gives a list of boolean"},
		{"an image", "^new", "the rule gives the fields of Order"},
		{"a key", "^key", "the rule gives the key of Order"},
		{"a map", "^new.prices", "the rule gives a map of decimal"},

		{"string and integer", "new.name ^== 5", "== compares a string with an integer, which are never equal"},
		{"decimal and string", "new.total ^!= '5'", "!= compares a decimal with a string, which are never equal; make a decimal of it"},
		{"timestamp and string", "new.created_at ^== '2026'", "make a timestamp of it: timestamp('2026-01-31T00:00:00Z')"},
		{"boolean and string", "new.paid ^== 'true'", "== compares a boolean with a string"},
		{"lists of other types", "new.words ^== [1]", "== compares a list of string with a list of integer"},
		{"image and key", "new ^== key", "== compares the fields of Order with the key of Order"},
		{"image and field", "new ^== new.address", "== compares the fields of Order with the fields of Order.address"},
		{"order of string and integer", "new.name ^> 5", "> does not take a string and an integer"},
		{"order of timestamp and string", "new.created_at ^> '2026'", "make a timestamp of it"},
		{"number times integer", "new.weight ^* 2 > 1.0", "* does not take a number and an integer; write an integer constant as 2.0"},
		{"decimal divided", "new.total ^/ 2 > 1", "/ does not take a decimal and an integer; use double(x) for both"},
		{"not of a string", "^!new.name", "! does not take a string"},
		{"negated string", "^-new.name == 'x'", "- does not take a string"},
		{"and of a string", "new.paid && ^new.name", "this gives a string where a boolean is needed"},
		{"condition of two types", "new.paid ^? 1 : 'x'", "? : needs a condition and two results of one type"},
		{"method of another type", "new.qty.^startsWith('x')", "startsWith() of an integer does not take (a string)"},
		{"function of another type", "^size(new.qty) == 1", "size() does not take (an integer)"},
		{"field of a number", "new.qty^.x == 1", "an integer has no fields"},
		{"each of a number", "^new.qty.exists(x, x)", "an integer has no elements; this needs a list, a set or a map"},
		{"in a string", "'x' ^in new.name", "in does not take a string and a string"},
		{"another type in a list", "5 ^in new.words", "in does not take an integer and a list of string"},
		{"index of another type", "new.words^['x'] == 'x'", "a list of string cannot be indexed with a string"},

		{"bad expression", "new.name.matches(^'(')", "not a regular expression"},
		{"bad timestamp", "new.created_at > timestamp(^'yesterday')", "not a timestamp; write one such as"},
		{"bad duration", "duration(^'a day') > duration('1h')", "not a duration; write one such as"},
		{"bad decimal", "new.total > decimal(^'1,5')", `"1,5": not a decimal number`},
		{"decimal with too many digits", "new.total > decimal(^'1." + strings.Repeat("1", 38) + "')", "more than 38 significant digits"},
		{"number with too many digits", "new.total > ^99.9999999999999999999", `write decimal("99.9999999999999999999")`},
		{"number with too many digits first", "^1.00000000000000000001 == new.total", `write decimal("1.00000000000000000001")`},
		{"negative number with too many digits", "new.total + ^-1.00000000000000000001 == 0", `write decimal("-1.00000000000000000001")`},

		{"enum", "new.status == ^'SHIPED'", `"SHIPED" is not a value of the enum; it has NEW, PAID, SHIPPED; did you mean SHIPPED?`},
		{"enum reversed", "^'SHIPED' == new.status", "did you mean SHIPPED?"},
		{"enum differs", "new.status != ^'SHIPED'", "did you mean SHIPPED?"},
		{"enum of old", "old.status == ^'shipped'", "it has NEW, PAID, SHIPPED"},
		{"enum in a list", "new.status in ['NEW', ^'X']", `"X" is not a value of the enum`},
		{"in a set of enums", "^'X' in new.states", `"X" is not a value of the enum`},
		{"in a list of enums", "^'X' in new.history", `"X" is not a value of the enum`},
		{"list of enums", "new.history == ['NEW', ^'X']", `"X" is not a value of the enum`},
		{"enum in a comprehension", "new.states.exists(s, s == ^'X')", `"X" is not a value of the enum`},
		{"enum in a nested comprehension", "new.states.exists(s, new.history.all(h, s != ^'X'))", `"X" is not a value of the enum`},
		{"enum in a field", "new.address.kind == ^'NEW'", "it has HOME, WORK"},
		{"enum in a list of fields", "new.lines.exists(l, l.state == ^'X')", `"X" is not a value of the enum`},
		{"enum by index", "new.history[0] == ^'X'", `"X" is not a value of the enum`},
		{"enum in a map", "new.marks['m'] == ^'X' ", `"X" is not a value of the enum`},
		{"enum in a map by name", "new.marks.m == ^'X'", `"X" is not a value of the enum`},
		{"enum or another", "new.status == (new.paid ? 'PAID' : ^'OPEN')", `"OPEN" is not a value of the enum`},
		{"enum deep inside", "!(new.paid || [1].all(x, (new.status == ^'X')))", `"X" is not a value of the enum`},
		{"enum in a map constant", "{'a': new.status == ^'X'}['a']", `"X" is not a value of the enum`},
	} {
		t.Run(row.name, func(t *testing.T) {
			offset := strings.Index(row.source, "^")
			_, err := model.CompileRule(strings.Replace(row.source, "^", "", 1), orderScope)
			require.Error(t, err)
			faults := ruleErrors(t, err)
			require.Len(t, faults, 1, err)
			require.Contains(t, faults[0].Message, row.want)
			require.Equal(t, offset, faults[0].Offset)
		})
	}
}

func TestCompileRuleTakesConstants(t *testing.T) {
	for _, row := range []struct{ name, source string }{
		{"order of enums is not checked", "new.status < 'SHIPED'"},
		{"start of an enum", "new.status.startsWith('SHI')"},
		{"a variable of the same name", "['X'].exists(new, new == 'X')"},
		{"a variable that hides an enum", "new.states.exists(s, ['X'].exists(s, s == 'X'))"},
		{"another string field", "new.name == 'SHIPED'"},
		{"a number that a double keeps", "new.total > 0.1 && new.total > 12345678.25"},
		{"digits beside a number", "new.weight > 99.9999999999999999999"},
	} {
		t.Run(row.name, func(t *testing.T) { compile(t, row.source) })
	}
}

func TestCompileRuleReportsAll(t *testing.T) {
	_, err := model.CompileRule("new.totl > 1 && foo == 2 && new.name > 3", orderScope)
	faults := ruleErrors(t, err)
	require.Len(t, faults, 3)
	_, err = model.CompileRule("new.status == 'X' || new.status == 'Y' || new.name == 1", orderScope)
	faults = ruleErrors(t, err)
	require.Len(t, faults, 3)
}

func TestCompileRuleWithoutOld(t *testing.T) {
	scope := orderScope
	scope.Old = false
	_, err := model.CompileRule("old.total > 1", scope)
	faults := ruleErrors(t, err)
	require.Equal(t, 0, faults[0].Offset)
	require.Contains(t, faults[0].Message, "old is not known here")
	r, err := model.CompileRule("new.total > 1 && key.order_id != ''", scope)
	require.NoError(t, err)
	got, err := r.Eval(nil, order, key)
	require.NoError(t, err)
	require.True(t, got)
}

func TestCompileRuleOfAnEntityWithoutFields(t *testing.T) {
	r, err := model.CompileRule("old == null && new != null", model.RuleScope{Entity: "Empty", Old: true})
	require.NoError(t, err)
	got, err := r.Eval(nil, nothing, nil)
	require.NoError(t, err)
	require.True(t, got)
}

func FuzzRule(f *testing.F) {
	for _, seed := range []string{
		"new.total > 99.95", "has(new.address.zip)", "new.lines.exists(l, l.price > 19.99)", "new.status in ['NEW', 'X']",
		"decimal('1e3') - 1 == new.total * -2", "dyn(new).qty == 3", "'abc", "new.words.map(w, w + 'x').join(',') == 'é'",
		"new == old", "{'a': 1}['a'] == 1", "new.`name` == \"\\u00e9\"", "duration('1h') > new.created_at - old.created_at",
		"'%s'.format([new.name]) == ''", "new.name.replace('a', 'b').split('b') == []", "\n\n new.x = 1", "key.order_id != r'\\'",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		r, err := model.CompileRule(source, orderScope)
		if err != nil {
			for _, fault := range ruleErrors(t, err) {
				require.GreaterOrEqual(t, fault.Offset, 0)
				require.LessOrEqual(t, fault.Offset, len(source))
				require.NotEmpty(t, fault.Message)
			}
			return
		}
		for _, new := range []image{order, nothing, nil} {
			holds, err := r.Eval(before, new, key)
			require.False(t, holds && err != nil)
			if err != nil {
				require.NotContains(t, err.Error(), "defect")
			}
		}
	})
}
