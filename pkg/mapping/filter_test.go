package mapping_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/mapping"
	"github.com/outflow-dev/outflow/pkg/pattern"
)

// changed is a record as Lambda delivers it.
const changed = `{"eventID":"1","eventName":"MODIFY","eventSource":"aws:dynamodb","dynamodb":{"ApproximateCreationDateTime":1,
	"Keys":{"PK":{"S":"ORDER#o1"},"SK":{"S":"METADATA"}},
	"NewImage":{"PK":{"S":"ORDER#o1"},"SK":{"S":"METADATA"},"status":{"S":"SHIPPED"},"total":{"N":"12.5"},"gift":{"BOOL":true}},
	"OldImage":{"PK":{"S":"ORDER#o1"},"SK":{"S":"METADATA"},"status":{"S":"PAID"},"total":{"N":"12.5"}},
	"SequenceNumber":"111","SizeBytes":26,"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":"arn"}`

func TestFilterCriteria(t *testing.T) {
	for _, row := range []struct {
		name, source string
		filters      []string
		matches      bool
	}{
		{"no filter lets everything through", docFilters, nil, true},
		{"a table key", docTableKeys, []string{`{"dynamodb":{"Keys":{"PK":{"S":["ORDER#o1"]}}}}`}, true},
		{"another value of the key", docTableKeys, []string{`{"dynamodb":{"Keys":{"PK":{"S":["ORDER#o2"]}}}}`}, false},
		{"an attribute of the new image", docAttributes, []string{`{"dynamodb":{"NewImage":{"status":{"S":["SHIPPED"]}}}}`}, true},
		{"an attribute of the old image", docAttributes, []string{`{"dynamodb":{"OldImage":{"status":{"S":["SHIPPED"]}}}}`}, false},
		{"a Boolean is no string", docAttributes, []string{`{"dynamodb":{"NewImage":{"gift":{"BOOL":[true]}}}}`}, true},
		{"the operation", docFilter, []string{`{"eventName":["INSERT","MODIFY"]}`}, true},
		{"one value of several", docFilter, []string{`{"dynamodb":{"NewImage":{"status":{"S":["PAID","SHIPPED"]}}}}`}, true},
		{
			"all fields must match", docFilter,
			[]string{`{"eventName":["INSERT"],"dynamodb":{"NewImage":{"status":{"S":["SHIPPED"]}}}}`}, false,
		},
		{"one filter of several must match", docFilters, []string{`{"eventName":["INSERT"]}`, `{"eventName":["MODIFY"]}`}, true},
		{"no filter of several matches", docFilters, []string{`{"eventName":["INSERT"]}`, `{"eventName":["REMOVE"]}`}, false},
		{"a beginning", docFilter, []string{`{"dynamodb":{"Keys":{"PK":{"S":[{"prefix":"ORDER#"}]}}}}`}, true},
		{"anything but", docFilter, []string{`{"dynamodb":{"NewImage":{"status":{"S":[{"anything-but":["SHIPPED"]}]}}}}`}, false},
		{"a leaf exists", docExists, []string{`{"dynamodb":{"NewImage":{"status":{"S":[{"exists":true}]}}}}`}, true},
		{"exists sees leaves only", docExists, []string{`{"dynamodb":{"NewImage":{"status":[{"exists":true}]}}}`}, false},
		{
			"or over several fields", docFilter,
			[]string{`{"$or":[{"eventName":["REMOVE"]},{"dynamodb":{"NewImage":{"total":{"N":["12.5"]}}}}]}`}, true,
		},
		{"a number is compared as a string", docBoolean, []string{`{"dynamodb":{"NewImage":{"total":{"N":["12.50"]}}}}`}, false},
		{
			"new and old image at once", docBoolean,
			[]string{`{"dynamodb":{"NewImage":{"status":{"S":["SHIPPED"]}}},"dynamodb":{"OldImage":{"status":{"S":["NEW"]}}}}`}, false,
		},
		{
			"new and old image at once, both matching", docBoolean,
			[]string{`{"dynamodb":{"NewImage":{"status":{"S":["SHIPPED"]}}},"dynamodb":{"OldImage":{"status":{"S":["PAID"]}}}}`}, true,
		},
		{"the record's own number, numerically", docFilter, []string{`{"dynamodb":{"ApproximateCreationDateTime":[{"numeric":[">",0]}]}}`}, true},
		{"a field of the record that is a number", docFilter, []string{`{"dynamodb":{"SizeBytes":[26]}}`}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.NotEmpty(t, row.source)
			f, err := mapping.NewFilter(row.filters)
			require.NoError(t, err)
			matches, err := f.Matches([]byte(changed))
			require.NoError(t, err)
			require.Equal(t, row.matches, matches)
		})
	}
}

func TestFiltersThatAreRefused(t *testing.T) {
	many := make([]string, 11)
	for i := range many {
		many[i] = `{"eventName":["INSERT"]}`
	}
	for _, row := range []struct {
		name, source string
		filters      []string
		says         string
	}{
		{"more than ten", docFilters, many, "11 filters: a mapping has at most 10, and 5 where"},
		{"no JSON", docFilterJSON, []string{`{"eventName":`}, "filter 1: event pattern: line 1, column 14: not JSON"},
		{"a value outside a list", docFilter, []string{`{"eventName":["INSERT"]}`, "{\n  \"eventName\": \"INSERT\"}"}, "filter 2: event pattern: line 2, column 16"},
		{"an unknown operator", docFilter, []string{`{"eventName":[{"like":"I"}]}`}, "line 1, column 16"},
		{"too long", ours, []string{`{"a":["` + strings.Repeat("x", 4096) + `"]}`}, "4106 characters: a pattern has at most 4096"},
		{
			"numeric", docBoolean, []string{"{\"dynamodb\":{\"NewImage\":{\"total\":\n{\"N\":[{\"numeric\":[\">\",5]}]}}}}"},
			"filter 1: filter pattern: line 2, column 8: numeric never matches a DynamoDB record",
		},
		{
			"numeric inside or", docBoolean, []string{`{"$or":[{"eventName":["REMOVE"]},{"dynamodb":{"NewImage":{"total":{"N":[{"numeric":["=",5]}]}}}}]}`},
			`numeric never matches`,
		},
		{"a number for a number", ours, []string{`{"dynamodb":{"NewImage":{"total":{"N":[12.5]}}}}`}, `line 1, column 40: numbers are strings in a DynamoDB record: write "12.5"`},
		{"a number for a number, by a dotted name", ours, []string{`{"dynamodb.NewImage.total.N":[7]}`}, `write "7"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.NotEmpty(t, row.source)
			_, err := mapping.NewFilter(row.filters)
			require.ErrorContains(t, err, row.says)
			config := testConfig()
			config.Filters = row.filters
			_, err = mapping.New(config, nil)
			require.ErrorContains(t, err, "filter criteria: ")
		})
	}
}

func TestAFieldMayBearAnOperatorsName(t *testing.T) {
	f, err := mapping.NewFilter([]string{`{"dynamodb":{"NewImage":{"numeric":{"S":["x"]}}}}`})
	require.NoError(t, err)
	matches, err := f.Matches([]byte(`{"dynamodb":{"NewImage":{"numeric":{"S":"x"}}}}`))
	require.NoError(t, err)
	require.True(t, matches)
}

func TestAFilterCannotMatchWhatIsNoRecord(t *testing.T) {
	f, err := mapping.NewFilter([]string{`{"eventName":["INSERT"]}`})
	require.NoError(t, err)
	_, err = f.Matches([]byte(`[`))
	require.ErrorContains(t, err, "not JSON")
}

// A filter is either compiled, and then matches any record without a fault, or refused at a place in its text.
func FuzzFilter(f *testing.F) {
	for _, text := range []string{
		`{"dynamodb":{"NewImage":{"total":{"N":["12.5"]}}}}`, `{"a":[{"numeric":[">",1]}]}`, `{"a.N":[{"anything-but":[1]}]}`,
		`{"$or":[{"a":[1]},{"NS":[[1]]}]}`, `{"N":{"N":[true,null,1e3]}}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := mapping.NewFilter([]string{text})
		var place *pattern.Error
		if errors.As(err, &place) {
			require.LessOrEqual(t, place.Offset, len(text))
			require.GreaterOrEqual(t, place.Offset, 0)
			require.Positive(t, place.Column)
			return
		}
		if err != nil {
			require.ErrorContains(t, err, "a pattern has at most")
			return
		}
		_, err = filter.Matches([]byte(changed))
		require.NoError(t, err)
	})
}
