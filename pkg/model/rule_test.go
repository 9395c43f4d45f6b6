package model_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/model"
)

func kind(k model.Kind) model.Type { return model.Type{Kind: k} }

func listOf(k model.Kind, of model.Type) model.Type { return model.Type{Kind: k, Of: &of} }

func fieldsOf(fields ...model.Field) model.Type {
	return model.Type{Kind: model.KindFields, Fields: fields}
}

var enum = model.Type{Kind: model.KindEnum, Values: []string{"NEW", "PAID", "SHIPPED"}}

// orderScope has a field of each kind.
var orderScope = model.RuleScope{
	Entity:    "Order",
	KeyFields: []string{"order_id"},
	Old:       true,
	Fields: []model.Field{
		{Name: "order_id", Type: kind(model.KindString), Key: 1},
		{Name: "name", Type: kind(model.KindString)},
		{Name: "status", Type: enum},
		{Name: "qty", Type: kind(model.KindInteger)},
		{Name: "weight", Type: kind(model.KindNumber)},
		{Name: "total", Type: kind(model.KindDecimal)},
		{Name: "paid", Type: kind(model.KindBoolean)},
		{Name: "created_at", Type: kind(model.KindTimestamp)},
		{Name: "blob", Type: kind(model.KindBinary)},
		{Name: "words", Type: listOf(model.KindList, kind(model.KindString))},
		{Name: "states", Type: listOf(model.KindSet, enum)},
		{Name: "history", Type: listOf(model.KindList, enum)},
		{Name: "prices", Type: listOf(model.KindMap, kind(model.KindDecimal))},
		{Name: "marks", Type: listOf(model.KindMap, enum)},
		{Name: "address", Type: fieldsOf(
			model.Field{Name: "zip", Type: kind(model.KindString)},
			model.Field{Name: "kind", Type: model.Type{Kind: model.KindEnum, Values: []string{"HOME", "WORK"}}},
			model.Field{Name: "geo", Type: fieldsOf(model.Field{Name: "lat", Type: kind(model.KindNumber)})},
		)},
		{Name: "lines", Type: listOf(model.KindList, fieldsOf(
			model.Field{Name: "price", Type: kind(model.KindDecimal)},
			model.Field{Name: "state", Type: enum},
		))},
		{Name: "broken", Type: kind(model.KindInteger)},
		{Name: "wrong", Type: kind(model.KindInteger)},
	},
}

// image is a Record: its fields by name.
type image map[string]any

var errBroken = errors.New("broken: not an integer")

func (i image) Exists() bool { return i != nil }

func (i image) Field(f *model.Field) (any, error) {
	if f.Name == "broken" {
		return nil, errBroken
	}
	return i[f.Name], nil
}

var (
	order = image{
		"order_id": "o1", "name": "Ann", "status": "PAID", "qty": int64(3), "weight": 2.5, "total": model.Decimal("100.1"),
		"paid": true, "created_at": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "blob": []byte("ab"),
		"words": []any{"a", "b"}, "states": []any{"NEW", "PAID"}, "history": []any{"NEW"},
		"prices": map[string]any{"x": model.Decimal("1.5")}, "marks": map[string]any{"m": "NEW"},
		"address": map[string]any{"zip": "12345", "geo": map[string]any{"lat": 1.5}},
		"lines":   []any{map[string]any{"price": model.Decimal("9.99"), "state": "NEW"}, map[string]any{"price": model.Decimal("20")}},
		"wrong":   "text",
	}
	before  = image{"order_id": "o1", "status": "NEW", "total": model.Decimal("100"), "qty": int64(3)}
	nothing = image{}
	key     = image{"order_id": "o1"}
)

func compile(t require.TestingT, source string) *model.Rule {
	r, err := model.CompileRule(source, orderScope)
	require.NoError(t, err, source)
	return r
}

func TestRule(t *testing.T) {
	for _, row := range []struct {
		name, source string
		want         bool
	}{
		{"string", "new.name == 'Ann'", true},
		{"string differs", "new.name != 'Ann'", false},
		{"enum", "new.status == 'PAID'", true},
		{"integer", "new.qty == 3", true},
		{"integer order", "new.qty >= 3 && new.qty < 4", true},
		{"integer arithmetic", "new.qty * 2 + 1 == 7", true},
		{"number", "new.weight == 2.5", true},
		{"number with an integer", "new.weight > 2", true},
		{"number equal to an integer", "new.weight + 0.5 == 3", true},
		{"integer with a number", "new.qty < 3.5", true},
		{"boolean", "new.paid", true},
		{"not a boolean", "!new.paid", false},
		{"timestamp", "new.created_at > timestamp('2026-01-01T00:00:00Z')", true},
		{"timestamp parts", "new.created_at.getFullYear() == 2026", true},
		{"timestamp difference", "new.created_at - timestamp('2026-01-01T00:00:00Z') > duration('24h')", true},
		{"binary", "new.blob == b'ab' && size(new.blob) == 2", true},
		{"list", "'b' in new.words && size(new.words) == 2", true},
		{"list index", "new.words[1] == 'b'", true},
		{"list exists", "new.words.exists(w, w.startsWith('b'))", true},
		{"list equality", "new.words == ['a', 'b']", true},
		{"set", "'PAID' in new.states", true},
		{"in a list", "new.status in ['NEW', 'PAID']", true},
		{"map", "new.prices['x'] == 1.5", true},
		{"map as fields", "new.prices.x == decimal('1.50')", true},
		{"map has", "has(new.prices.x) && !has(new.prices.y)", true},
		{"nested", "new.address.zip == '12345'", true},
		{"twice nested", "new.address.geo.lat > 1.0", true},
		{"nested in a list", "new.lines.exists(l, l.price > 19.99)", true},
		{"all in a list", "new.lines.all(l, l.price > 1)", true},
		{"list to another", "new.lines.map(l, l.price).exists(p, p == 20)", true},
		{"filter", "size(new.lines.filter(l, l.state == 'NEW')) == 1", true},
		{"old and new", "new.total > old.total && old.status == 'NEW'", true},
		{"unchanged", "new.qty == old.qty", true},
		{"key", "key.order_id == 'o1'", true},
		{"key field in the image", "new.order_id == key.order_id", true},
		{"ternary", "(new.paid ? 'yes' : 'no') == 'yes'", true},
		{"strings extension", "new.name.lowerAscii() == 'ann' && new.words.join('-') == 'a-b'", true},
		{"matches", "new.name.matches('^A')", true},
		{"escaped name", "new.`name` == 'Ann'", true},
		{"or with an error beside it", "new.paid || new.broken == 1", true},
		{"error beside an or", "new.broken == 1 || new.paid", true},
		{"whole image", "new != old && !(old == new)", true},
		{"nested records", "new.address == new.address && new.address != old.address", true},
		{"dyn", "dyn(new).qty == 3 && has(dyn(new).qty) && !has(dyn(old).name)", true},
		{"not ASCII", "new.name != 'é' && new.name == 'Ann'", true},
		{"several lines", "new.paid\n&& // paid\nnew.qty == 3", true},
		{"type of a record", "type(new) == type(old)", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := compile(t, row.source).Eval(before, order, key)
			require.NoError(t, err)
			require.Equal(t, row.want, got)
		})
	}
}

func TestRuleDecimals(t *testing.T) {
	const digits38 = "12345678901234567890123456789012345678"
	for _, row := range []struct {
		name, source string
		want         bool
	}{
		{"greater than a number", "new.total > 99.95", true},
		{"not greater than itself", "new.total > 100.1", false},
		{"at least itself", "new.total >= 100.1", true},
		{"less, the number first", "99.95 < new.total", true},
		{"an integer", "new.total > 100 && 101 > new.total && 101 >= new.total && 100 <= new.total", true},
		{"equal to a number", "new.total == 100.1", true},
		{"a number equal to it", "100.1 == new.total", true},
		{"differs from an integer", "new.total != 100 && 100 != new.total", true},
		{"equal to an integer", "old.total == 100 && 100 == old.total", true},
		{"equal to an integer field", "new.qty == decimal(3) && decimal(3) == new.qty", true},
		{"equal to a number field", "decimal('2.50') == new.weight && !(new.weight != decimal('2.5'))", true},
		{"zeros do not count", "decimal('100.100') == new.total", true},
		{"sum", "old.total + 0.1 == new.total && 0.1 + old.total == new.total", true},
		{"sum that doubles get wrong", "decimal('0.1') + 0.2 == 0.3", true},
		{"difference", "new.total - old.total == 0.1 && 100.1 - old.total == 0.1 && 200 - old.total == 100", true},
		{"product", "new.total * 3 == 300.3 && 3 * new.total == 300.3 && new.total * new.total == 10020.01", true},
		{"product with a number", "old.total * 0.07 == 7 && 0.07 * old.total == 7", true},
		{"negative", "-new.total == decimal('-100.1') && -new.total < 0", true},
		{"38 digits", "decimal('" + digits38 + "') < decimal('" + digits38[:37] + "9')", true},
		{"38 digits equal", "decimal('" + digits38 + "') == decimal('" + digits38[:37] + "8')", true},
		{"38 digits differ in the last", "decimal('" + digits38 + "') == decimal('" + digits38[:37] + "7')", false},
		{"38 digits in a sum", "decimal('" + digits38 + "') - 1 == decimal('" + digits38[:37] + "7')", true},
		{"to a double", "double(new.total) / 2.0 > 50.0", true},
		{"to an integer", "int(new.total) == 100 && int(decimal('-1.9')) == -1", true},
		{"to a string", "string(decimal('1e3')) == '1000'", true},
		{"from all", "decimal('1') == decimal(1) && decimal(1.0) == decimal(decimal(1))", true},
		{"a number far out", "new.total < 1e300 && -1e300 < new.total && new.total != 1e300", true},
		{"a number near zero", "new.total > 1e-300 && decimal(0) == -0.0", true},
		{"not a number", "new.total == double('NaN') || new.total == double('Infinity')", false},
		{"in a list", "new.total in [decimal('1'), decimal('100.1')]", true},
		{"null", "old.weight == new.total || new.total == null || null == new.total", false},
		{"type", "type(new.total) == type(decimal(1))", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := compile(t, row.source).Eval(before, order, key)
			require.NoError(t, err)
			require.Equal(t, row.want, got)
		})
	}
}

// A declared but absent attribute of every kind is null, and only == and != take that.
func TestRuleNull(t *testing.T) {
	for _, f := range orderScope.Fields {
		if f.Name == "broken" || f.Name == "wrong" {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			for source, want := range map[string]bool{
				"new.X == null": true, "null == new.X": true, "new.X != null": false, "null != new.X": false,
				"new.X == old.X": false, "old.X != new.X": true, "has(new.X)": false, "has(old.X)": true,
				"old.X == null": false, "old.X != null": true, "new.X == null || new.X == old.X": true, "new.X == new.X": true,
			} {
				got, err := compile(t, strings.ReplaceAll(source, "X", f.Name)).Eval(order, nothing, key)
				require.NoError(t, err, source)
				require.Equal(t, want, got, source)
			}
		})
	}
}

func TestRuleNullElsewhere(t *testing.T) {
	for _, row := range []struct {
		name, source string
		old, new     model.Record
		want         bool
	}{
		{"old does not exist", "old == null && null == old", nil, order, true},
		{"old of no kind", "old == null", image(nil), order, true},
		{"old exists", "old == null", nothing, order, false},
		{"fields of nothing", "old.total == null && old.address == null && !has(old.total)", nil, order, true},
		{"fields of nothing and something", "old.status != new.status", nil, order, true},
		{"members of null", "new.address.zip == null && new.address.geo.lat == null && !has(new.address.geo.lat)", nil, nothing, true},
		{"members of nothing", "old.address.geo.lat == null && !has(old.address.geo.lat)", nil, order, true},
		{"an absent member", "new.address.kind == null && !has(new.address.kind)", nil, order, true},
		{"an absent member in a list", "new.lines[1].state == null", nil, order, true},
		{"null in a list", "new.name in [null, 'x']", nil, nothing, true},
		{"nothing at all", "old == new && new == null", nil, nil, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := compile(t, row.source).Eval(row.old, row.new, key)
			require.NoError(t, err)
			require.Equal(t, row.want, got)
		})
	}
}

func TestRuleWithoutResult(t *testing.T) {
	const null = "met null"
	for _, row := range []struct {
		name, source, want string
		new                image
	}{
		{"null is no boolean", "new.paid", null, nothing},
		{"order of null", "new.total > 5", null, nothing},
		{"order with null", "5 > new.total", null, nothing},
		{"order of nulls", "new.qty < old.name.size()", null, nothing},
		{"integer order of null", "new.qty > 5", null, nothing},
		{"integer order with null", "5 > new.qty", null, nothing},
		{"number order of null", "new.weight > 5.0", null, nothing},
		{"string order of null", "new.name < 'x'", null, nothing},
		{"timestamp order of null", "new.created_at < timestamp('2026-01-01T00:00:00Z')", null, nothing},
		{"binary order of null", "new.blob < b'x'", null, nothing},
		{"sum with null", "new.name + 'x' == 'x'", null, nothing},
		{"sum of lists with null", "['x'] + new.words == ['x']", null, nothing},
		{"decimal sum with null", "new.total + 1 == 1", null, nothing},
		{"decimal difference with null", "1.5 - new.total == 1", null, nothing},
		{"product with null", "2 * new.qty == 2", null, nothing},
		{"quotient with null", "new.qty / 2 == 2", null, nothing},
		{"remainder with null", "2 % new.qty == 2", null, nothing},
		{"negated null", "-new.qty == 2", null, nothing},
		{"negated decimal null", "-new.total == 2", null, nothing},
		{"not null", "!new.paid", null, nothing},
		{"and null", "new.paid && true", null, nothing},
		{"null or", "new.paid || false", null, nothing},
		{"null in a condition", "new.paid ? true : false", null, nothing},
		{"in null", "'x' in new.words", null, nothing},
		{"in a null map", "'x' in new.prices", null, nothing},
		{"index of null", "new.words[0] == 'x'", "", nothing},
		{"size of null", "size(new.name) == 0", null, nothing},
		{"method of null", "new.name.startsWith('x')", null, nothing},
		{"null as an argument", "'x'.startsWith(new.name)", null, nothing},
		{"each of null", "new.words.exists(w, w == 'x')", "", nothing},
		{"all of null", "new.words.all(w, w == 'x')", "", nothing},
		{"conversion of null", "double(new.total) > 1.0", null, nothing},
		{"string of null", "string(new.qty) == 'null'", null, nothing},
		{"decimal of null", "decimal(new.name) > 1", null, nothing},
		{"decimal of a word", "decimal(new.name) > 1", "cannot be converted", order},
		{"integer of a word", "int(new.name) > 1", "cannot be converted", order},
		{"integer of a huge decimal", "int(new.total * 1e30) > 1", "out of range", order},
		{"index past the end", "new.words[9] == 'x'", "no such index", order},
		{"no such key", "new.prices['secret'] == 1", "no such index", order},
		{"division by zero", "new.qty / 0 == 1", "by zero", order},
		{"overflow", "new.qty + 9223372036854775807 > 0", "out of range", order},
		{"decimal with too many digits", "new.total * decimal('1.2345678901234567890123456789012345678') > 1", "38 significant digits", order},
		{"decimal out of range", "decimal('1e125') * 10 > 1", "out of range", order},
		{"decimal and infinity", "new.total < double('Infinity')", null, order},
		{"a value that does not fit", "new.broken == 1", "read field broken: not an integer", order},
		{"a value that does not fit is there", "has(new.broken) && new.broken == 1", "read field broken: not an integer", order},
		{"a value of another type", "new.wrong == 1", "read field wrong: the value is not of the declared type integer", order},
		{"one within another", "new.words.exists(w, new.words.exists(v, w == v && new.broken == 1))", "read field broken", order},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := compile(t, row.source).Eval(order, row.new, key)
			require.False(t, got)
			require.ErrorContains(t, err, row.want)
			require.ErrorContains(t, err, "evaluate rule: ")
			require.NotContains(t, err.Error(), "Ann", "errors hold no item data")
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

func TestRuleReadsOnlyWhatItTouches(t *testing.T) {
	var read []string
	new := recorder{image: order, read: &read}
	got, err := compile(t, "new.qty == 3 || new.broken == 1 || new.words.size() == 1").Eval(nil, new, nil)
	require.NoError(t, err)
	require.True(t, got)
	require.Equal(t, []string{"qty"}, read)
}

type recorder struct {
	image
	read *[]string
}

func (r recorder) Field(f *model.Field) (any, error) {
	*r.read = append(*r.read, f.Name)
	return r.image.Field(f)
}

func TestRuleCost(t *testing.T) {
	many := make([]any, 10_000)
	for i := range many {
		many[i] = strings.Repeat("x", 20)
	}
	long := image{"words": many, "name": "x"}
	ones := "[" + strings.Repeat("1,", 200) + "1]"
	for _, row := range []struct {
		name, source string
		passes       bool
	}{
		{"over all elements", "new.words.exists(w, w == 'y' || w.startsWith('z') || size(w) > 30 || w + 'x' == new.name)", true},
		{"one within another", "new.words.exists(w, new.words.exists(v, v != w))", false},
		{"a search within another", "new.words.exists(w, !(w in new.words))", false},
		{"all equal within another", "new.words.exists(w, new.words != new.words)", false},
		{"a short one within another", "new.words.exists(w, ['x', 'y'].exists(v, v == w))", true},
		{"constants within constants", "R.exists(a, R.exists(b, R.exists(c, a + b + c < 0)))", false},
		{"to another list", "size(new.words.map(w, w + 'y').filter(w, w != 'y')) == 0", true},
		{"made within another", "new.words.map(w, w + 'y').filter(w, new.words.map(v, v).size() == 0) == ['x']", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := compile(t, strings.ReplaceAll(row.source, "R", ones)).Eval(nil, long, nil)
			require.False(t, got)
			if row.passes {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, "more than 1000000 steps")
			}
		})
	}
}

func TestRuleOfSeveralGoroutines(t *testing.T) {
	r := compile(t, "new.total > old.total && new.words.exists(w, w == new.name || w == 'b') && (new.qty > 2 || old.name < 'x')")
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 200 {
				got, err := r.Eval(before, order, key)
				if err != nil || !got {
					t.Errorf("got %v, %v", got, err)
				}
				if _, err := r.Eval(nothing, nothing, key); err == nil {
					t.Error("null has a result")
				}
			}
		})
	}
	wait.Wait()
}

func BenchmarkRule(b *testing.B) {
	r := compile(b, "new.total > old.total && new.status == 'PAID'")
	b.ReportAllocs()
	for b.Loop() {
		_, _ = r.Eval(before, order, key)
	}
}

func BenchmarkRuleOverList(b *testing.B) {
	many := make([]any, 10_000)
	for i := range many {
		many[i] = "word"
	}
	for _, source := range []string{"new.words.exists(w, w == 'y')", "new.words.exists(w, w.matches('^y[a-z]*$'))"} {
		b.Run(source, func(b *testing.B) {
			r := compile(b, source)
			for b.Loop() {
				_, _ = r.Eval(nil, image{"words": many}, nil)
			}
		})
	}
}

func BenchmarkCompileRule(b *testing.B) {
	for b.Loop() {
		compile(b, "new.total > old.total && new.status == 'PAID'")
	}
}
