package search_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// prices is an index of plain documents with a decimal, and one of assembled ones whose parts have one.
const prices = `
outflow: 1
name: shop
event_source: com.example.shop
table: {key: [PK, SK]}
entities:
  Product:
    key: {PK: "PRODUCT#{product_id}", SK: METADATA}
    attributes: {price: decimal, history: {list: decimal}, note: string, ratio: number, count: integer}
    search: {index: products, filter: [price]}
  Order:
    key: {PK: "ORDER#{order_id}", SK: METADATA}
    attributes: {total: decimal, status: string}
    search: {index: orders, filter: [total]}
  OrderLine:
    key: {PK: "ORDER#{order_id}", SK: "ITEM#{item_id}"}
    attributes: {price: decimal}
    search: {into: Order.lines, filter: [price]}
`

// live makes records younger than any index, so that they are taken as they come.
func live(records ...record) []record {
	for i := range records {
		records[i].age = -time.Hour
	}
	return records
}

// digits are numbers as DynamoDB may spell them, and the plain notation that documents hold.
var digits = []struct{ spelled, plain string }{
	{"12345678901234567890123456789012345678", "12345678901234567890123456789012345678"},
	{"12345678901234567890123456789012345679", "12345678901234567890123456789012345679"},
	{"-12345678901234567890123456789012345678", "-12345678901234567890123456789012345678"},
	{"0.12345678901234567890123456789012345678", "0.12345678901234567890123456789012345678"},
	{"1234567890123456789.0123456789012345678", "1234567890123456789.0123456789012345678"},
	{"-0", "0"}, {"-0.00", "0"}, {"0E-10", "0"},
	{"1E+125", "1" + strings.Repeat("0", 125)},
	{"-1E+125", "-1" + strings.Repeat("0", 125)},
	{"9.9999999999999999999999999999999999999E+125", strings.Repeat("9", 38) + strings.Repeat("0", 88)},
	{"1E-130", "0." + strings.Repeat("0", 129) + "1"},
	{"-1.2345678901234567890123456789012345678E-93", "-0." + strings.Repeat("0", 92) + "12345678901234567890123456789012345678"},
	{"0.30000000000000000000000000000000000001", "0.30000000000000000000000000000000000001"},
	{"0012.500", "12.5"},
}

// Every digit comes back, from plain documents and assembled ones, also when the script has rebuilt them.
func TestDecimalsComeBackDigitForDigit(t *testing.T) {
	d, m := realDomain(t), parseModel(t, prices)
	o := d.outlet(m)
	list := make([]any, len(digits))
	var first, second []record
	for i, n := range digits {
		list[i] = number(n.spelled)
		first = append(first,
			record{seq: 3*i + 1, pk: fmt.Sprint("PRODUCT#", i), sk: "METADATA", new: map[string]any{"price": number(n.spelled)}},
			record{seq: 3*i + 2, pk: "ORDER#1", sk: fmt.Sprintf("ITEM#%02d", i), new: map[string]any{"price": number(n.spelled)}})
		second = append(second, record{seq: 3*i + 1000, pk: fmt.Sprint("PRODUCT#", i), sk: "METADATA",
			old: map[string]any{}, new: map[string]any{"price": number(n.spelled), "note": text("again"), "history": map[string]any{"L": list}}})
	}
	deliver(t, o, decode(t, m, live(first...)...))
	second = append(second, record{seq: 2000, pk: "ORDER#1", sk: "METADATA", new: map[string]any{"total": number(digits[0].spelled)}})
	deliver(t, o, decode(t, m, live(second...)...))
	var order struct {
		Total string
		Lines []struct{ Price string }
	}
	require.NoError(t, json.Unmarshal([]byte(d.source(d.prefix+"orders-000001", "Order/1")), &order))
	require.Equal(t, digits[0].plain, order.Total)
	require.Len(t, order.Lines, len(digits))
	for i, n := range digits {
		var product struct {
			Price   string
			History []string
		}
		require.NoError(t, json.Unmarshal([]byte(d.source(d.prefix+"products-000001", fmt.Sprint("Product/", i))), &product))
		require.Equal(t, n.plain, product.Price, n.spelled)
		require.Equal(t, n.plain, order.Lines[i].Price, n.spelled)
		require.Equal(t, n.plain, product.History[i], n.spelled)
	}
}

// Numbers are JSON numbers: integers come back digit for digit, others as the same double, of which 15 digits are true.
func TestNumbersComeBack(t *testing.T) {
	d, m := realDomain(t), parseModel(t, prices)
	ratios := []string{"1E+125", "1E-130", "-1E-130", "-0", "0.1", "123456789012345", "-0.000123456789012345", "9.99999999999999E+125"}
	counts := []string{"9223372036854775807", "-9223372036854775808", "9007199254740993", "-0", "0", "1E+18", "-1", "100"}
	var records []record
	for i := range ratios {
		records = append(records, record{seq: i + 1, pk: fmt.Sprint("PRODUCT#", i), sk: "METADATA",
			new: map[string]any{"ratio": number(ratios[i]), "count": number(counts[i])}})
	}
	deliver(t, d.outlet(m), decode(t, m, live(records...)...))
	for i := range ratios {
		var product struct {
			Ratio float64
			Count json.Number
		}
		require.NoError(t, json.Unmarshal([]byte(d.source(d.prefix+"products-000001", fmt.Sprint("Product/", i))), &product))
		want, _ := rational(ratios[i]).Float64()
		require.Equal(t, want, product.Ratio, ratios[i])
		require.Equal(t, rational(counts[i]).RatString(), product.Count.String())
	}
}

// sorted are the prices that a search of the products' alias gives, in its order.
func (d *domain) sorted(search string) []string {
	d.t.Helper()
	var found struct {
		Hits struct {
			Hits []struct {
				Source struct{ Price string } `json:"_source"`
			}
		}
	}
	require.NoError(d.t, json.Unmarshal([]byte(d.request(http.MethodPost, "/"+d.prefix+"products/_search", search)), &found))
	var all []string
	for _, hit := range found.Hits.Hits {
		all = append(all, hit.Source.Price)
	}
	return all
}

// Sorting and ranges on the sub-field ordered are true of all digits; those on the double are not, which is why it is there.
func TestDecimalsOrderByAllDigits(t *testing.T) {
	d, m := realDomain(t), parseModel(t, prices)
	var records []record
	var all []string
	for _, n := range digits {
		if !slices.Contains(all, n.plain) {
			all = append(all, n.plain)
			records = append(records, record{seq: len(all), pk: fmt.Sprint("PRODUCT#", len(all)), sk: "METADATA",
				new: map[string]any{"price": number(n.spelled)}})
		}
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(records), func(i, j int) { records[i].pk, records[j].pk = records[j].pk, records[i].pk })
	deliver(t, d.outlet(m), decode(t, m, live(records...)...))
	d.refresh()
	slices.SortFunc(all, func(a, b string) int { return rational(a).Cmp(rational(b)) })
	require.Equal(t, all, d.sorted(`{"size":100,"sort":["price.ordered"]}`))
	for i, limit := range all {
		above := d.sorted(fmt.Sprintf(`{"size":100,"sort":["price.ordered"],"query":{"range":{"price.ordered":{"gt":%q}}}}`, limit))
		require.Equal(t, append([]string(nil), all[i+1:]...), above, limit)
		require.Equal(t, []string{limit}, d.sorted(fmt.Sprintf(`{"query":{"term":{"price.exact":%q}}}`, limit)))
	}
	require.Equal(t, []string{"12.5"}, d.sorted(`{"query":{"term":{"price.ordered":"012.50"}}}`), "the query's number is put in order too")
	const greatest = "12345678901234567890123456789012345678"
	require.NotEqual(t, []string{greatest}, d.sorted(`{"query":{"term":{"price":"`+greatest+`"}}}`),
		"to the double two decimals of 38 digits are one")
}

func rational(s string) *big.Rat {
	r, _ := new(big.Rat).SetString(s)
	return r
}

// drawDecimal draws one in plain notation, of up to 38 digits and any exponent that DynamoDB has.
func drawDecimal(t *rapid.T, label string) string {
	mantissa := rapid.StringMatching(`[1-9][0-9]{0,37}`).Draw(t, label+" digits")
	exponent := rapid.IntRange(-130, 126-len(mantissa)).Draw(t, label+" exponent")
	r := rational(mantissa + "e" + fmt.Sprint(exponent))
	if rapid.Bool().Draw(t, label+" negative") {
		r.Neg(r)
	}
	plain := r.FloatString(max(0, -exponent))
	if strings.Contains(plain, ".") {
		plain = strings.TrimSuffix(strings.TrimRight(plain, "0"), ".")
	}
	return plain
}

// OpenSearch's own analysis of two decimals stands as they do.
func TestDecimalNormalizerKeepsOrder(t *testing.T) {
	d, m := realDomain(t), parseModel(t, prices)
	deliver(t, d.outlet(m), decode(t, m, record{seq: 1, pk: "PRODUCT#1", sk: "METADATA", new: map[string]any{"price": number("1")}}))
	normal := func(decimal string) string {
		var answer struct{ Tokens []struct{ Token string } }
		body := fmt.Sprintf(`{"normalizer":"outflow_decimal","text":%q}`, decimal)
		content := d.request(http.MethodPost, "/"+d.prefix+"products-000001/_analyze", body)
		require.NoError(t, json.Unmarshal([]byte(content), &answer))
		return answer.Tokens[0].Token
	}
	rapid.Check(t, func(t *rapid.T) {
		a := drawDecimal(t, "a")
		b := rapid.OneOf(
			rapid.Custom(func(t *rapid.T) string { return drawDecimal(t, "b") }),
			rapid.SampledFrom([]string{a, a + "1", "-" + a, "0", strings.TrimPrefix(a, "-")}),
		).Draw(t, "b")
		b = strings.TrimPrefix(b, "--")
		if strings.Count(b, ".") == 0 && len(strings.TrimPrefix(b, "-")) > 126 {
			t.Skip("no number of DynamoDB")
		}
		require.Equal(t, rational(a).Cmp(rational(b)), strings.Compare(normal(a), normal(b)), "%s and %s", a, b)
	})
}

// Every analyzer that a model may name exists.
func TestIndexTakesEveryAnalyzer(t *testing.T) {
	d := realDomain(t)
	var attributes, names, chosen []string
	for i, analyzer := range analyzers(t) {
		name := fmt.Sprint("f", i)
		attributes, names, chosen = append(attributes, name+": string"), append(names, name), append(chosen, name+": "+analyzer)
	}
	require.Greater(t, len(names), 30)
	m := parseModel(t, fmt.Sprintf(`
outflow: 1
name: shop
table: {key: [PK, SK]}
entities:
  Product:
    key: {PK: "PRODUCT#{product_id}", SK: METADATA}
    attributes: {%s}
    search: {index: products, text: [%s], analyzers: {%s}}
`, strings.Join(attributes, ", "), strings.Join(names, ", "), strings.Join(chosen, ", ")))
	fields, long := map[string]any{}, map[string]any{}
	for _, name := range names {
		fields[name] = text("The lamps were running, die Häuser, les étoiles")
		long[name] = text(strings.Repeat("ö", 20_000)) // a word longer than a term can be
	}
	deliver(t, d.outlet(m), decode(t, m, live(record{seq: 1, pk: "PRODUCT#1", sk: "METADATA", new: fields})...))
	deliver(t, d.outlet(m), decode(t, m, live(record{seq: 2, pk: "PRODUCT#2", sk: "METADATA", new: long})...))
	d.refresh()
	english := names[slices.IndexFunc(chosen, func(c string) bool { return strings.HasSuffix(c, ": english") })]
	found := d.request(http.MethodPost, "/"+d.prefix+"products/_search", fmt.Sprintf(`{"query":{"match":{%q:"lamp run"}}}`, english))
	require.Contains(t, found, "Product/1", "english finds other forms of a word")
}

// analyzers are those that the model's schema lists.
func analyzers(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile("../../docs/model.schema.json")
	require.NoError(t, err)
	var schema struct {
		Defs map[string]struct {
			Properties map[string]struct{ AdditionalProperties json.RawMessage }
		} `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(content, &schema))
	var values struct{ Enum []string }
	require.NoError(t, json.Unmarshal(schema.Defs["search"].Properties["analyzers"].AdditionalProperties, &values))
	return values.Enum
}

// Places are found by distance; what is no place is shown, and not found.
func TestPlacesAreFoundByDistance(t *testing.T) {
	d, m := realDomain(t), parseModel(t, kinds)
	at := func(seq int, lat, lon string) record {
		place := map[string]any{"M": map[string]any{"lat": number(lat), "lon": number(lon)}}
		return record{seq: seq, pk: fmt.Sprint("THING#", seq), new: map[string]any{"place": place, "doors": map[string]any{"L": []any{place}}}}
	}
	deliver(t, d.outlet(m), decode(t, m, live(at(1, "52.52", "13.405"), at(2, "48.137", "11.575"), at(3, "91", "13.4"))...))
	d.refresh()
	for _, field := range []string{"place", "doors"} {
		body := fmt.Sprintf(`{"query":{"geo_distance":{"distance":"50km",%q:{"lat":52.4,"lon":13.1}}}}`, field)
		found := d.request(http.MethodPost, "/"+d.prefix+"things/_search?filter_path=hits.hits._id", body)
		require.JSONEq(t, `{"hits":{"hits":[{"_id":"Thing/1"}]}}`, found, field)
	}
	var third struct{ Place json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(d.source(d.prefix+"things-000001", "Thing/3")), &third))
	require.JSONEq(t, `{"lat":91,"lon":13.4}`, string(third.Place))
}

// A flat_object takes no ignore_above: what is too long for a term of it is left out, and the document is there. What is
// just not too long is found.
func TestLongValueOfAFilteredMapIsLeftOut(t *testing.T) {
	const most = 32_700 - len("labels.color=")
	d, m := realDomain(t), parseModel(t, kinds)
	thing := func(seq int, name, value string) record {
		labels := map[string]any{"M": map[string]any{name: text(value), "size": text("L")}}
		return record{seq: seq, pk: fmt.Sprint("THING#", seq), new: map[string]any{"labels": labels, "d_labels": labels}}
	}
	long := strings.Repeat("x", most)
	deliver(t, d.outlet(m), decode(t, m, live(
		thing(1, "color", long), thing(2, "color", long+"x"), thing(3, "color", strings.Repeat("é", most)),
		thing(4, strings.Repeat("k", 40_000), "red"))...))
	d.refresh()
	for seq, dropped := range []string{1: "", 2: "labels.color", 3: "labels.color", 4: "labels." + strings.Repeat("k", 40_000)} {
		if seq == 0 {
			continue
		}
		var got struct {
			Labels map[string]string
			Shown  map[string]string          `json:"d_labels"`
			Meta   struct{ Dropped []string } `json:"outflow"`
		}
		require.NoError(t, json.Unmarshal([]byte(d.source(d.prefix+"things-000001", fmt.Sprint("Thing/", seq))), &got))
		require.Equal(t, "L", got.Labels["size"])
		require.Len(t, got.Shown, 2, "a map that is only shown has no terms")
		require.Equal(t, dropped, strings.Join(got.Meta.Dropped, " "))
	}
	found := d.request(http.MethodPost, "/"+d.prefix+"things/_search?filter_path=hits.hits._id",
		fmt.Sprintf(`{"query":{"term":{"labels.color":%q}}}`, long))
	require.JSONEq(t, `{"hits":{"hits":[{"_id":"Thing/1"}]}}`, found)
}
