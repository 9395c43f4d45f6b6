package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/contract"
)

func TestWords(t *testing.T) {
	for _, row := range []struct{ rule, want string }{
		{"{data: []}", "Published when an Order is inserted, modified or removed."},
		{"{change: insert, data: []}", "Published when an Order is inserted."},
		{"{change: [remove, insert], data: []}", "Published when an Order is inserted or removed."},
		{"{becomes: {status: SHIPPED}, data: []}", `Published when status becomes "SHIPPED" in an Order, or one is inserted so.`},
		{"{becomes: {paid: true, status: SHIPPED}, change: modify, data: []}",
			`Published when paid becomes true and status becomes "SHIPPED" in an Order that was there before.`},
		{"{becomes: {total: 1.50}, change: insert, data: []}", `Published when an Order is inserted whose total is "1.5".`},
		{"{changes: [total], data: []}", "Published when total of an Order changes."},
		{"{changes: [paid, total, status], data: []}", "Published when at least one of paid, status and total of an Order changes."},
		{"{changes: [total], becomes: {status: SHIPPED}, data: []}", `Published when total of an Order changes so that status becomes "SHIPPED".`},
		{`{changes: [total], when: "new.total > old.total", data: []}`,
			"Published when total of an Order changes, and new.total > old.total."},
	} {
		c, err := contract.Of(parseModel(t, `
outflow: 1
name: small
event_source: com.example.small
table: {key: [PK]}
entities:
  Order:
    key: {PK: "ORDER#{order_id}"}
    attributes: {total: decimal, paid: boolean, status: {enum: [NEW, SHIPPED]}}
    events: {Told: `+row.rule+`}
`))
		require.NoError(t, err)
		require.Equal(t, row.want, c.Events[0].Words())
	}
}

// Names that Markdown or a comment would read as their own stay as they are on the page and in the sources.
func TestPageKeepsTextsAsTheyAre(t *testing.T) {
	page := string(readContract(t, "testdata/rich.yaml").Page())
	require.Contains(t, page, "```cel\nnew.price > old.price || new.title != \"*/\"\n```")
	require.Contains(t, page, `| enum of "new", "a\|b", "it's \"\*/\" &lt;x>", "\`+"`"+`" | if the item has it |`)
	require.Contains(t, page, "| `email` **(personal data)** | string | if the item has it |")
	require.Contains(t, page, "but never `secret`, which is personal data")
	require.Contains(t, page, "[ThingSold](#thingsold-schema-2)")

	none, err := contract.Of(parseModel(t, "outflow: 1\nname: none\ntable: {key: [PK]}\nentities: {A: {key: {PK: \"A#{id}\"}}}\n"))
	require.NoError(t, err)
	require.Contains(t, string(none.Page()), "The model announces none.")
}
