package contract_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/contract"
)

const base = `
outflow: 1
name: small
event_source: com.example.small
table: {key: [PK], stamps: {actor: by}}
entities:
  Order:
    key: {PK: "ORDER#{order_id}"}
    required: [total]
    attributes:
      total: decimal
      status: {enum: [NEW, PAID]}
      note: string
      address: {fields: {city: string, zip: string}}
      tags: {list: string}
      email: {type: string, pii: true}
    events:
      OrderPaid: {change: [insert, modify], when: "new.total > 0", data: [total, status, note, address, tags]}
`

// Each row edits the model above.
func TestCompare(t *testing.T) {
	for _, row := range []struct {
		name      string
		edit      string // text=>replacement, several parted by " && "
		want      []string
		reversed  []string // what the edit taken back is
		sameModel bool
	}{
		{name: "nothing", edit: "=>", sameModel: true},
		{name: "search and what no event names", edit: "PK: \"ORDER#{order_id}\"}=>PK: \"ORDER#{order_id}\"}\n    search: {index: orders} && {type: string, pii: true}=>string", sameModel: true},
		{
			name: "a field of data", edit: "tags]}=>tags, order_id]}",
			want:     []string{"compatible OrderPaid.v1 data.order_id: new ()"},
			reversed: []string{"breaking OrderPaid.v1 data.order_id: removed ()"},
		}, {
			name: "personal data leaves", edit: "tags]}=>tags, email]}",
			want:     []string{"meaning OrderPaid.v1 data.email: new, and personal data (every reader of the bus holds personal data from now on)"},
			reversed: []string{"breaking OrderPaid.v1 data.email: removed ()"},
		}, {
			name: "a field is marked", edit: "note: string=>note: {type: string, pii: true}",
			want:     []string{"meaning OrderPaid.v1 data.note: marked as personal data (readers that keep it must treat it so)"},
			reversed: []string{"compatible OrderPaid.v1 data.note: no longer marked as personal data ()"},
		}, {
			name: "another type", edit: "total: decimal=>total: number",
			want:     []string{"breaking OrderPaid.v1 data.total: number, was decimal ()"},
			reversed: []string{"breaking OrderPaid.v1 data.total: decimal, was number ()"},
		}, {
			name: "another type of elements", edit: "{list: string}=>{list: integer}",
			want:     []string{"breaking OrderPaid.v1 data.tags[]: integer, was string ()"},
			reversed: []string{"breaking OrderPaid.v1 data.tags[]: string, was integer ()"},
		}, {
			name: "members of fields", edit: "zip: string=>code: string",
			want:     []string{"breaking OrderPaid.v1 data.address.zip: removed ()", "compatible OrderPaid.v1 data.address.code: new ()"},
			reversed: []string{"breaking OrderPaid.v1 data.address.code: removed ()", "compatible OrderPaid.v1 data.address.zip: new ()"},
		}, {
			name: "enum values", edit: "[NEW, PAID]=>[NEW, PAID, SENT]",
			want:     []string{"compatible OrderPaid.v1 data.status: may be SENT too (readers must take values that they do not know)"},
			reversed: []string{"compatible OrderPaid.v1 data.status: no longer lists SENT (items that have it still go through)"},
		}, {
			name: "an enum from a string", edit: "note: string=>note: {enum: [a, b]}",
			want:     []string{`compatible OrderPaid.v1 data.note: enum of "a", "b", was string (a text either way: an enum's values are no limit)`},
			reversed: []string{`compatible OrderPaid.v1 data.note: string, was enum of "a", "b" (a text either way: an enum's values are no limit)`},
		}, {
			name: "may be absent", edit: "required: [total]=>required: []",
			want:     []string{"breaking OrderPaid.v1 data.total: may be absent now (it was there in every event)"},
			reversed: []string{"compatible OrderPaid.v1 data.total: there in every event now ()"},
		}, {
			name: "an operation less", edit: "[insert, modify]=>[insert]",
			want: []string{"meaning OrderPaid.v1 before.address: gone (readers no longer learn what it was)",
				"meaning OrderPaid.v1 before.note: gone (readers no longer learn what it was)",
				"meaning OrderPaid.v1 before.status: gone (readers no longer learn what it was)",
				"meaning OrderPaid.v1 before.tags: gone (readers no longer learn what it was)",
				"meaning OrderPaid.v1 before.total: gone (readers no longer learn what it was)",
				"meaning OrderPaid.v1 rule: no longer published on modify (readers miss what they used to get)"},
			reversed: []string{"breaking OrderPaid.v1 metadata.operation: may be modify now (it never was)"},
		}, {
			name: "another rule", edit: `"new.total > 0"=>"new.total > 10"`,
			want:     []string{`meaning OrderPaid.v1 rule: when "new.total > 10", was when "new.total > 0" (published on other changes than before)`},
			reversed: []string{`meaning OrderPaid.v1 rule: when "new.total > 0", was when "new.total > 10" (published on other changes than before)`},
		}, {
			name: "a value that the rule fixes", edit: `when: "new.total > 0"=>becomes: {status: PAID}`,
			want: []string{
				`meaning OrderPaid.v1 rule: becomes {status: "PAID"}, was when "new.total > 0" (published on other changes than before)`,
				`compatible OrderPaid.v1 data.status: always "PAID" now ()`, "compatible OrderPaid.v1 data.status: there in every event now ()"},
			reversed: []string{
				`breaking OrderPaid.v1 data.status: no longer always "PAID" (it never had another value)`,
				"breaking OrderPaid.v1 data.status: may be absent now (it was there in every event)",
				`meaning OrderPaid.v1 rule: when "new.total > 0", was becomes {status: "PAID"} (published on other changes than before)`},
		}, {
			name: "another name", edit: "OrderPaid:=>OrderBought:",
			want: []string{"compatible OrderBought.v1 event: new ()",
				"breaking OrderPaid.v1 event: renamed to OrderBought (rules that match the old name get nothing; publish both for a while)"},
			reversed: []string{"breaking OrderBought.v1 event: renamed to OrderPaid (rules that match the old name get nothing; publish both for a while)",
				"compatible OrderPaid.v1 event: new ()"},
		}, {
			name: "one event more", edit: "    events:=>    events:\n      OrderGone: {change: remove, data: []}",
			want:     []string{"compatible OrderGone.v1 event: new ()"},
			reversed: []string{"breaking OrderGone.v1 event: removed (its readers get nothing any more)"},
		}, {
			name: "a second schema", edit: "OrderPaid: {change=>OrderPaid:\n      - {schema: 2, data: [total]}\n      - {change",
			want: []string{"compatible OrderPaid.v2 event: schema 2 is new (a rule that does not name detail.metadata.schema gets both, which have different ids)"},
			reversed: []string{
				"breaking OrderPaid.v2 event: schema 2 is no longer published (take it out only when nobody's rule matches it any more)"},
		}, {
			name: "another source", edit: "com.example.small=>com.example.big",
			want:     []string{"breaking all source: com.example.big, was com.example.small (rules that match the old source get nothing)"},
			reversed: []string{"breaking all source: com.example.small, was com.example.big (rules that match the old source get nothing)"},
		}, {
			name: "a revision", edit: "{actor: by}=>{actor: by, revision: rev}",
			want:     []string{"compatible all metadata.revision: new, and previousRevision with it ()"},
			reversed: []string{"breaking all metadata.revision: gone, and previousRevision with it (they were there in every event)"},
		}, {
			name: "another key", edit: `"ORDER#{order_id}"=>"ORDER#{order_id}#{region}"`,
			want:     []string{"breaking OrderPaid.v1 metadata.key.region: new (readers that know items by the old key mix them up)"},
			reversed: []string{"breaking OrderPaid.v1 metadata.key.region: gone (readers know items by it)"},
		}, {
			name: "another entity", edit: "  Order:=>  Purchase:",
			want:     []string{"breaking OrderPaid.v1 metadata.entity: Purchase, was Order ()"},
			reversed: []string{"breaking OrderPaid.v1 metadata.entity: Order, was Purchase ()"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			edited := base
			for edit := range strings.SplitSeq(row.edit, " && ") {
				text, replacement, _ := strings.Cut(edit, "=>")
				require.Contains(t, edited, text)
				edited = strings.Replace(edited, text, replacement, 1)
			}
			require.Equal(t, row.want, differences(t, base, edited))
			require.Equal(t, row.reversed, differences(t, edited, base), "reversed")
			require.Equal(t, row.sameModel, len(row.want) == 0)
		})
	}
}

func differences(t *testing.T, before, after string) []string {
	t.Helper()
	old, err := contract.Of(parseModel(t, before))
	require.NoError(t, err)
	current, err := contract.Of(parseModel(t, after))
	require.NoError(t, err)
	var all []string
	for _, d := range contract.Compare(old, current) {
		at := "all"
		if d.Event != "" {
			at = fmt.Sprintf("%s.v%d", d.Event, d.Schema)
		}
		all = append(all, fmt.Sprintf("%s %s %s: %s (%s)", d.Level, at, d.Where, d.What, d.So))
	}
	return all
}
