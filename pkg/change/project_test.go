package change_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	reference "github.com/gowebpki/jcs"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// thing decodes an item of testdata/models/kinds.yaml with one attribute.
func thing(t require.TestingT, attribute, value string) change.State {
	return decodeInsert(t, loadModel(t, "kinds"), `"PK":{"S":"t1"}`, `,"`+attribute+`":`+value).New
}

const unfit = "unfit" // stands for a value that does not fit, where JSON is expected

// projections are values of every type: what they are in documents (unfit if they do not fit) and what is reported,
// and what rules see of them (nil if it does not fit).
var projections = map[string]struct {
	field, value, json string
	typed              any
	report             change.Report
}{
	"string":                        {"string", `{"S":"a\"\u0001é"}`, `"a\"\u0001é"`, "a\"\x01é", change.Report{}},
	"empty string":                  {"string", `{"S":""}`, `""`, "", change.Report{}},
	"string of another kind":        {"string", `{"N":"1"}`, unfit, nil, change.Report{}},
	"integer":                       {"integer", `{"N":"-12"}`, `-12`, int64(-12), change.Report{}},
	"integer in other spelling":     {"integer", `{"N":"1.20E+2"}`, `120`, int64(120), change.Report{}},
	"largest integer":               {"integer", `{"N":"9223372036854775807"}`, `9223372036854775807`, int64(9223372036854775807), change.Report{}},
	"smallest integer":              {"integer", `{"N":"-9223372036854775808"}`, `-9223372036854775808`, int64(-9223372036854775808), change.Report{}},
	"integer too large":             {"integer", `{"N":"9223372036854775808"}`, unfit, nil, change.Report{}},
	"integer far too large":         {"integer", `{"N":"1E125"}`, unfit, nil, change.Report{}},
	"integer with a fraction":       {"integer", `{"N":"1.5"}`, unfit, nil, change.Report{}},
	"integer as a string":           {"integer", `{"S":"1"}`, unfit, nil, change.Report{}},
	"number":                        {"number", `{"N":"-0.50"}`, `-0.5`, -0.5, change.Report{}},
	"number of 15 digits":           {"number", `{"N":"123456789.012345"}`, `123456789.012345`, 123456789.012345, change.Report{}},
	"number of 16 digits":           {"number", `{"N":"123456789.0123456"}`, unfit, nil, change.Report{}},
	"large number of few digits":    {"number", `{"N":"1.5E20"}`, `150000000000000000000`, 1.5e20, change.Report{}},
	"number as a string":            {"number", `{"S":"1"}`, unfit, nil, change.Report{}},
	"decimal":                       {"decimal", `{"N":"9.90"}`, `"9.9"`, model.Decimal("9.9"), change.Report{}},
	"decimal of 38 digits":          {"decimal", `{"N":"` + strings.Repeat("1", 38) + `"}`, `"` + strings.Repeat("1", 38) + `"`, model.Decimal(strings.Repeat("1", 38)), change.Report{}},
	"decimal of 39 digits":          {"decimal", `{"N":"` + strings.Repeat("1", 39) + `"}`, unfit, nil, change.Report{}},
	"decimal as a string":           {"decimal", `{"S":"1"}`, unfit, nil, change.Report{}},
	"boolean":                       {"boolean", `{"BOOL":false}`, `false`, false, change.Report{}},
	"boolean, true":                 {"boolean", `{"BOOL":true}`, `true`, true, change.Report{}},
	"boolean as a string":           {"boolean", `{"S":"true"}`, unfit, nil, change.Report{}},
	"binary":                        {"binary", `{"B":"AB=="}`, `"AA=="`, []byte{0}, change.Report{}},
	"empty binary":                  {"binary", `{"B":""}`, `""`, []byte{}, change.Report{}},
	"binary as a string":            {"binary", `{"S":"AA=="}`, unfit, nil, change.Report{}},
	"timestamp":                     {"timestamp", `{"S":"2026-11-21T12:00:00.120+02:00"}`, `"2026-11-21T12:00:00.120+02:00"`, moment("2026-11-21T10:00:00.12Z"), change.Report{}},
	"timestamp in seconds":          {"timestamp", `{"N":"1795262400"}`, `"2026-11-21T12:00:00Z"`, moment("2026-11-21T12:00:00Z"), change.Report{}},
	"timestamp with a fraction":     {"timestamp", `{"N":"1795262400.120"}`, `"2026-11-21T12:00:00.12Z"`, moment("2026-11-21T12:00:00.12Z"), change.Report{}},
	"timestamp of nine digits":      {"timestamp", `{"N":"1795262400.123456789"}`, `"2026-11-21T12:00:00.123456789Z"`, moment("2026-11-21T12:00:00.123456789Z"), change.Report{}},
	"timestamp of more digits":      {"timestamp", `{"N":"1795262400.1234567899"}`, `"2026-11-21T12:00:00.123456789Z"`, moment("2026-11-21T12:00:00.123456789Z"), change.Report{}},
	"timestamp in milliseconds":     {"timestamp", `{"N":"1795262400120"}`, `"2026-11-21T12:00:00.12Z"`, moment("2026-11-21T12:00:00.12Z"), change.Report{}},
	"first one in milliseconds":     {"timestamp", `{"N":"100000000000"}`, `"1973-03-03T09:46:40Z"`, moment("1973-03-03T09:46:40Z"), change.Report{}},
	"last one in seconds":           {"timestamp", `{"N":"99999999999"}`, `"5138-11-16T09:46:39Z"`, moment("5138-11-16T09:46:39Z"), change.Report{}},
	"not an integer, so in seconds": {"timestamp", `{"N":"100000000000.5"}`, `"5138-11-16T09:46:40.5Z"`, moment("5138-11-16T09:46:40.5Z"), change.Report{}},
	"timestamp before 1970":         {"timestamp", `{"N":"-1.25"}`, `"1969-12-31T23:59:58.75Z"`, moment("1969-12-31T23:59:58.75Z"), change.Report{}},
	"first timestamp":               {"timestamp", `{"N":"-62135596800"}`, `"0001-01-01T00:00:00Z"`, moment("0001-01-01T00:00:00Z"), change.Report{}},
	"timestamp before the year 1":   {"timestamp", `{"N":"-62135596800.5"}`, unfit, nil, change.Report{}},
	"last timestamp":                {"timestamp", `{"N":"253402300799999"}`, `"9999-12-31T23:59:59.999Z"`, moment("9999-12-31T23:59:59.999Z"), change.Report{}},
	"timestamp after 9999":          {"timestamp", `{"N":"253402300800000"}`, unfit, nil, change.Report{}},
	"hostile timestamp":             {"timestamp", `{"N":"1E125"}`, unfit, nil, change.Report{}},
	"timestamp without offset":      {"timestamp", `{"S":"2026-11-21T12:00:00"}`, unfit, nil, change.Report{}},
	"timestamp that is a date":      {"timestamp", `{"S":"2026-11-21"}`, unfit, nil, change.Report{}},
	"timestamp that is no date":     {"timestamp", `{"S":"2026-02-30T12:00:00Z"}`, unfit, nil, change.Report{}},
	"timestamp with a comma":        {"timestamp", `{"S":"2026-11-21T12:00:00,5Z"}`, unfit, nil, change.Report{}},
	"timestamp with a short hour":   {"timestamp", `{"S":"2026-11-21T1:00:00Z"}`, unfit, nil, change.Report{}},
	"timestamp without digits":      {"timestamp", `{"S":"2026-11-21T12:00:00.Z"}`, unfit, nil, change.Report{}},
	"timestamp with a large offset": {"timestamp", `{"S":"2026-11-21T12:00:00+24:00"}`, unfit, nil, change.Report{}},
	"timestamp with large minutes":  {"timestamp", `{"S":"2026-11-21T12:00:00+01:60"}`, unfit, nil, change.Report{}},
	"timestamp with more behind":    {"timestamp", `{"S":"2026-11-21T12:00:00Zx"}`, unfit, nil, change.Report{}},
	"timestamp on a leap second":    {"timestamp", `{"S":"2016-12-31T23:59:60Z"}`, unfit, nil, change.Report{}},
	"timestamp of ten digits":       {"timestamp", `{"S":"2026-11-21T12:00:00.1234567891Z"}`, `"2026-11-21T12:00:00.1234567891Z"`, moment("2026-11-21T12:00:00.123456789Z"), change.Report{}},
	"timestamp behind UTC":          {"timestamp", `{"S":"2026-11-21T12:00:00-02:30"}`, `"2026-11-21T12:00:00-02:30"`, moment("2026-11-21T14:30:00Z"), change.Report{}},
	"timestamp in lower case":       {"timestamp", `{"S":"2026-11-21t12:00:00z"}`, unfit, nil, change.Report{}},
	"timestamp of the year 0":       {"timestamp", `{"S":"0000-12-31T12:00:00Z"}`, unfit, nil, change.Report{}},
	"timestamp of UTC's year 10000": {"timestamp", `{"S":"9999-12-31T23:59:59-01:00"}`, unfit, nil, change.Report{}},
	"timestamp as a boolean":        {"timestamp", `{"BOOL":true}`, unfit, nil, change.Report{}},
	"enum":                          {"enum", `{"S":"A"}`, `"A"`, "A", change.Report{}},
	"enum value not listed":         {"enum", `{"S":"C"}`, `"C"`, "C", change.Report{Unlisted: []string{"enum"}}},
	"enum of another kind":          {"enum", `{"N":"1"}`, unfit, nil, change.Report{}},
	"list":                          {"list", `{"L":[{"N":"2"},{"N":"1.0"}]}`, `[2,1]`, []any{int64(2), int64(1)}, change.Report{}},
	"empty list":                    {"list", `{"L":[]}`, `[]`, []any{}, change.Report{}},
	"list with one that is unfit":   {"list", `{"L":[{"N":"2"},{"S":"1"}]}`, unfit, nil, change.Report{}},
	"list with a null":              {"list", `{"L":[{"N":"2"},{"NULL":true}]}`, unfit, nil, change.Report{}},
	"list that is a set":            {"list", `{"NS":["1"]}`, unfit, nil, change.Report{}},
	"list of enums":                 {"enums", `{"L":[{"S":"C"},{"S":"A"},{"S":"D"}]}`, `["C","A","D"]`, []any{"C", "A", "D"}, change.Report{Unlisted: []string{"enums"}}},
	"list of enums that is unfit":   {"enums", `{"L":[{"S":"C"},{"N":"1"}]}`, unfit, nil, change.Report{}},
	"map":                           {"map", `{"M":{"b":{"N":"2"},"a":{"N":"1"},"c":{"NULL":true}}}`, `{"a":1,"b":2}`, map[string]any{"a": int64(1), "b": int64(2)}, change.Report{}},
	"empty map":                     {"map", `{"M":{}}`, `{}`, map[string]any{}, change.Report{}},
	"map with one that is unfit":    {"map", `{"M":{"a":{"S":"1"},"b":{"N":"2"},"c":{"S":"3"}}}`, `{"b":2}`, nil, change.Report{Dropped: []string{"map.a", "map.c"}}},
	"map that is a list":            {"map", `{"L":[]}`, unfit, nil, change.Report{}},
	"set of strings":                {"strings", `{"SS":["b","a"]}`, `["a","b"]`, []any{"a", "b"}, change.Report{}},
	"set of integers":               {"integers", `{"NS":["10","9.0"]}`, `[10,9]`, []any{int64(10), int64(9)}, change.Report{}},
	"set with one that is unfit":    {"integers", `{"NS":["10","9.5"]}`, unfit, nil, change.Report{}},
	"set of another kind":           {"integers", `{"SS":["10"]}`, unfit, nil, change.Report{}},
	"set that is a list":            {"strings", `{"L":[{"S":"a"}]}`, unfit, nil, change.Report{}},
	"set of timestamps":             {"times", `{"SS":["2026-11-21T12:00:00Z"]}`, `["2026-11-21T12:00:00Z"]`, []any{moment("2026-11-21T12:00:00Z")}, change.Report{}},
	"set of timestamps in seconds":  {"times", `{"NS":["0"]}`, `["1970-01-01T00:00:00Z"]`, []any{moment("1970-01-01T00:00:00Z")}, change.Report{}},
	"set of binaries":               {"binaries", `{"BS":["AQ==","AA=="]}`, `["AA==","AQ=="]`, []any{[]byte{0}, []byte{1}}, change.Report{}},
	"fields": {"address", `{"M":{"zip":{"N":"10115"},"street":{"S":"x"},"undeclared":{"S":"y"},"geo":{"M":{"lon":{"N":"13.4"}}},"state":{"NULL":true}}}`,
		`{"geo":{"lon":13.4},"street":"x","zip":10115}`, map[string]any{"geo": map[string]any{"lon": 13.4}, "street": "x", "zip": int64(10115)}, change.Report{}},
	"fields without members": {"address", `{"M":{}}`, `{}`, map[string]any{}, change.Report{}},
	"fields with unfit members": {"address", `{"M":{"zip":{"S":"x"},"street":{"N":"1"},"geo":{"M":{"lat":{"S":"x"},"lon":{"N":"1"}}},"state":{"S":"XX"}}}`,
		`{"geo":{"lon":1},"state":"XX"}`, nil, change.Report{Dropped: []string{"address.geo.lat", "address.street", "address.zip"}, Unlisted: []string{"address.state"}}},
	"fields with unfit fields": {"address", `{"M":{"geo":{"L":[]},"zip":{"N":"1"}}}`, `{"zip":1}`, nil, change.Report{Dropped: []string{"address.geo"}}},
	"fields of another kind":   {"address", `{"S":"x"}`, unfit, nil, change.Report{}},
	"list of fields": {"lines", `{"L":[{"M":{"sku":{"S":"a"},"qty":{"S":"x"}}},{"M":{"qty":{"S":"y"}}},{"M":{"qty":{"N":"1"}}}]}`,
		`[{"sku":"a"},{},{"qty":1}]`, nil, change.Report{Dropped: []string{"lines.qty"}}},
	"list of fields that is unfit": {"lines", `{"L":[{"M":{"qty":{"S":"x"}}},{"S":"y"}]}`, unfit, nil, change.Report{}},
}

func moment(text string) time.Time {
	return must(time.Parse(time.RFC3339Nano, text)).UTC()
}

func TestAppendField(t *testing.T) {
	for name, test := range projections {
		t.Run(name, func(t *testing.T) {
			state := thing(t, test.field, test.value)
			report := change.Report{Dropped: []string{"z"}, Unlisted: []string{"z"}}
			out, present, fits := state.AppendField([]byte("before"), state.Entity.Field(test.field), &report)
			require.True(t, present)
			require.Equal(t, test.json != unfit, fits)
			if !fits {
				require.Equal(t, "before", string(out))
				require.Equal(t, change.Report{Dropped: []string{"z", test.field}, Unlisted: []string{"z"}}, report)
				return
			}
			require.Equal(t, "before"+test.json, string(out))
			require.Equal(t, append([]string{"z"}, test.report.Dropped...), report.Dropped)
			require.Equal(t, append([]string{"z"}, test.report.Unlisted...), report.Unlisted)
			canonical, err := reference.Transform([]byte("[" + test.json + "]"))
			require.NoError(t, err)
			if !strings.Contains(name, "larg") && !strings.Contains(name, "smallest") { // which ES6 writes otherwise, or rounds
				require.Equal(t, string(canonical), "["+test.json+"]")
			}
			require.True(t, json.Valid([]byte(test.json)))
		})
	}
}

func TestAppendAsGivesPathsWithinTheValue(t *testing.T) {
	state := thing(t, "address", `{"M":{"zip":{"S":"x"},"geo":{"M":{"lat":{"S":"x"}}},"state":{"S":"XX"}}}`)
	v, _ := state.Get("address")
	var report change.Report
	out, fits := v.AppendAs([]byte("before"), &state.Entity.Field("address").Type, &report)
	require.True(t, fits)
	require.Equal(t, `before{"geo":{},"state":"XX"}`, string(out))
	require.Equal(t, change.Report{Dropped: []string{"geo.lat", "zip"}, Unlisted: []string{"state"}}, report)

	report = change.Report{}
	out, fits = v.AppendAs([]byte("before"), &model.Type{Kind: model.KindString}, &report)
	require.False(t, fits)
	require.Equal(t, "before", string(out))
	require.Equal(t, change.Report{}, report)
}

func TestAbsentAndNullFields(t *testing.T) {
	for name, value := range map[string]string{"another": `{"S":"x"}`, "string": `{"NULL":true}`} {
		state := thing(t, name, value)
		f := state.Entity.Field("string")
		var report change.Report
		out, present, fits := state.AppendField([]byte("before"), f, &report)
		require.Equal(t, "before", string(out))
		require.False(t, present)
		require.True(t, fits)
		require.Equal(t, change.Report{}, report)
		typed, err := state.Field(f)
		require.NoError(t, err)
		require.Nil(t, typed)
	}
	state := thing(t, "string", `{"NULL":true}`)
	v, _ := state.Get("string")
	_, fits := v.AppendAs(nil, &model.Type{Kind: model.KindString}, &change.Report{})
	require.False(t, fits, "a null alone fits nothing")
}

func TestKeyFieldsAndRenamedFields(t *testing.T) {
	state := thing(t, "rn", `{"S":"x"}`)
	for name, want := range map[string]string{"thing_id": `"t1"`, "renamed": `"x"`} {
		out, present, fits := state.AppendField(nil, state.Entity.Field(name), &change.Report{})
		require.Equal(t, want, string(out))
		require.True(t, present && fits)
	}
}

func TestFieldAsRulesSeeIt(t *testing.T) {
	for name, test := range projections {
		t.Run(name, func(t *testing.T) {
			state := thing(t, test.field, test.value)
			got, err := state.Field(state.Entity.Field(test.field))
			if test.typed == nil {
				require.ErrorContains(t, err, test.field)
				require.ErrorContains(t, err, "does not fit the type")
				require.Nil(t, got)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.typed, got)
		})
	}
}
