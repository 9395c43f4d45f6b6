package change_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// nested is n lists, or maps, in each other.
func nested(n int, open, inner, closing string) string {
	return strings.Repeat(open, n) + inner + strings.Repeat(closing, n)
}

func TestValueIsRefused(t *testing.T) {
	for name, test := range map[string]struct{ json, fault string }{
		"number":                     {`{"N":"12x"}`, "NewImage.x: is not a number"},
		"number beyond range":        {`{"N":"1E126"}`, "NewImage.x: is a number outside DynamoDB's range"},
		"hostile number":             {`{"N":"1e999999999"}`, "NewImage.x: is a number outside DynamoDB's range"},
		"number that is no string":   {`{"N":12}`, "NewImage.x: has a type whose value must be a JSON string"},
		"number in a map":            {`{"M":{"zip":{"N":"12x"}}}`, "NewImage.x.zip: is not a number"},
		"number in a list":           {`{"L":[{"N":"1"},{"N":""}]}`, "NewImage.x[1]: is not a number"},
		"number deep inside":         {`{"L":[{"M":{"a":{"L":[{"N":"-"}]}}}]}`, "NewImage.x[0].a[0]: is not a number"},
		"number in a set":            {`{"NS":["1","x"]}`, "NewImage.x[1]: is not a number"},
		"odd name in path":           {`{"M":{"a.b\n":{"N":"x"}}}`, `NewImage.x."a.b\n": is not a number`},
		"long name in path":          {`{"M":{"` + strings.Repeat("n", 999) + `":{"N":"x"}}}`, "NewImage.x." + strings.Repeat("n", 64) + "…: is not a number"},
		"string that is no string":   {`{"S":null}`, "NewImage.x: has a type whose value must be a JSON string"},
		"string with lone surrogate": {`{"S":"\ud800"}`, "NewImage.x: JSON string holds half of a surrogate pair"},
		"base64 with a wrong digit":  {`{"B":"AA-="}`, "NewImage.x: is not standard base64"},
		"base64 without padding":     {`{"B":"AA"}`, "NewImage.x: is not standard base64"},
		"base64 with line breaks":    {`{"B":"AAEq\nAAEq"}`, "NewImage.x: is not standard base64"},
		"base64 with padding inside": {`{"B":"AA==AAEq"}`, "NewImage.x: is not standard base64"},
		"base64 of padding":          {`{"B":"===="}`, "NewImage.x: is not standard base64"},
		"base64 in a set":            {`{"BS":["AA=="," "]}`, "NewImage.x[1]: is not standard base64"},
		"boolean as a string":        {`{"BOOL":"true"}`, "NewImage.x: has the type BOOL"},
		"null that is false":         {`{"NULL":false}`, "NewImage.x: has the type NULL"},
		"null that is null":          {`{"NULL":null}`, "NewImage.x: has the type NULL"},
		"empty set of strings":       {`{"SS":[]}`, "NewImage.x: is an empty set"},
		"empty set of numbers":       {`{"NS":[ ]}`, "NewImage.x: is an empty set"},
		"empty set of binaries":      {`{"BS":[]}`, "NewImage.x: is an empty set"},
		"set of typed values":        {`{"SS":[{"S":"a"}]}`, "NewImage.x[0]: has a type whose value must be a JSON string"},
		"set that is no array":       {`{"SS":"a"}`, "NewImage.x: has a type whose value must be a JSON array"},
		"list that is no array":      {`{"L":{}}`, "NewImage.x: has a type whose value must be a JSON array"},
		"list of bare values":        {`{"L":["a"]}`, "NewImage.x[0]: is not an object with one DynamoDB type"},
		"map that is no object":      {`{"M":[]}`, "NewImage.x: has the type M"},
		"map with a name twice":      {`{"M":{"a":{"S":"1"},"b":{"S":"1"},"\u0061":{"S":"1"}}}`, "NewImage.x.a: occurs twice"},
		"no type":                    {`{}`, "NewImage.x: is not an object with one DynamoDB type"},
		"two types":                  {`{"S":"a","N":"1"}`, "NewImage.x: has more than one type"},
		"type twice":                 {`{"S":"a","S":"a"}`, "NewImage.x: has more than one type"},
		"unknown type":               {`{"X":"a"}`, "NewImage.x: is not an object with one DynamoDB type"},
		"type in lower case":         {`{"s":"a"}`, "NewImage.x: is not an object with one DynamoDB type"},
		"no typed value":             {`"a"`, "NewImage.x: is not an object with one DynamoDB type"},
		"lists too deep":             {nested(33, `{"L":[`, `{"S":"a"}`, `]}`), "NewImage.x" + strings.Repeat("[0]", 32) + ": has lists and maps in each other deeper than"},
		"maps too deep":              {nested(33, `{"M":{"m":`, `{"S":"a"}`, `}}`), strings.Repeat(".m", 32) + ": has lists and maps in each other deeper than"},
		"hostile depth":              {strings.Repeat(`{"L":[`, 100_000), "deeper than"},
		"trailing comma":             {`{"L":[{"S":"a"},]}`, "NewImage.x: JSON has an unexpected character"},
	} {
		t.Run(name, func(t *testing.T) {
			src := insert(`,"x":` + test.json).json()
			if name == "hostile depth" {
				src = insert(`,"x":`+test.json).json() + strings.Repeat("]}", 100_000)
			}
			c := decodeOne(t, loadModel(t, "shop"), src)
			require.ErrorContains(t, c.Fault, test.fault)
			require.False(t, c.Keys.Exists() || c.New.Exists() || c.Old.Exists())
		})
	}
}

func TestAttributeTwiceIsRefused(t *testing.T) {
	c := decodeOne(t, loadModel(t, "shop"), insert(`,"x":{"S":"a"},"x":{"S":"a"}`).json())
	require.ErrorContains(t, c.Fault, "NewImage.x: occurs twice")
}

func TestDeepestNestingDecodes(t *testing.T) {
	m := loadModel(t, "shop")
	for name, json := range map[string]string{
		"lists":        nested(32, `{"L":[`, `{"SS":["a"]}`, `]}`),
		"maps":         nested(32, `{"M":{"m":`, `{"S":"a"}`, `}}`),
		"empty inside": nested(31, `{"L":[`, `{"M":{}}`, `]}`),
	} {
		t.Run(name, func(t *testing.T) {
			v, _ := decodeItem(t, m, `,"x":`+json).Get("x")
			require.Equal(t, json, string(v.AppendCanonical(nil)))
		})
	}
}

func TestFaultHoldsNoValues(t *testing.T) {
	const secret = "s3cr3t"
	for _, json := range []string{
		`{"N":"s3cr3t"}`, `{"B":"s3cr3t"}`, `{"S":"s3cr3t\ud800"}`, `{"BOOL":"s3cr3t"}`, `{"NS":["s3cr3t"]}`, `{"s3cr3t":"a"}`, `{"L":["s3cr3t"]}`, `"s3cr3t"`, `s3cr3t`,
	} {
		c := decodeOne(t, loadModel(t, "shop"), insert(fmt.Sprintf(`,"x":%s`, json)).json())
		require.Error(t, c.Fault, json)
		require.NotContains(t, c.Fault.Error(), secret)
	}
}
