package search_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/search"
)

func answer(item string) string {
	return `{"items":[{"update":{"_index":"i-000001","_id":"a",` + item + `}}]}`
}

func refusal(status int, kind, reason string) string {
	return answer(fmt.Sprintf(`"status":%d,"error":{"type":%q,"reason":%q}`, status, kind, reason))
}

// The table of answers. The texts are those of OpenSearch 3.5.0, with "secret" where it quotes a document.
func TestReadAnswer(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		want         search.Verdict
	}{
		{"created", answer(`"status":201,"result":"created"`), search.Verdict{Fate: search.Written}},
		{"updated", answer(`"status":200,"result":"updated"`), search.Verdict{Fate: search.Written}},
		{"noop", answer(`"status":200,"result":"noop"`), search.Verdict{Fate: search.Stale}},
		{"unknown result", answer(`"status":200,"result":"deleted"`), search.Verdict{search.Rejected, "200 with the unknown result deleted"}},
		{"no result", answer(`"status":200`), search.Verdict{search.Rejected, "200 with the unknown result unknown"}},
		{"value does not parse", refusal(400, "mapper_parsing_exception", "failed to parse field [price.x] of type [long] in document with id "+
			"'secret'. Preview of field's value: 'secret'"),
			search.Verdict{search.Poison, "mapper_parsing_exception: field price.x does not fit type long"}},
		{"no object", refusal(400, "mapper_parsing_exception", "object mapping for [size] tried to parse field [size] as object, but found a concrete value"),
			search.Verdict{search.Poison, "mapper_parsing_exception: field size does not fit an object"}},
		{"another text", refusal(400, "mapper_parsing_exception", "field [secret] of type [secret] is wrong: secret"),
			search.Verdict{search.Poison, "mapper_parsing_exception"}},
		{"not declared", refusal(400, "strict_dynamic_mapping_exception", "mapping set to strict, dynamic introduction of [zz] within [_doc] is not allowed"),
			search.Verdict{search.Poison, "strict_dynamic_mapping_exception: the mapping does not declare field zz within _doc"}},
		{"immense term", refusal(400, "illegal_argument_exception", `Document contains at least one immense term in field="k" (whose UTF8 encoding is longer `+
			`than the max length 32766), all of which were skipped. The prefix of the first immense term is: '[115, 101]...'`),
			search.Verdict{search.Poison, "field k has a term of more than 32766 bytes (its raw mapping needs ignore_above)"}},
		{"nested limit", refusal(400, "mapper_parsing_exception", "The number of nested documents has exceeded the allowed limit of [10000]. This limit"),
			search.Verdict{search.Poison, "more nested elements than the index allows (index.mapping.nested_objects.limit)"}},
		{"parsing, but no 400", refusal(500, "mapper_parsing_exception", "secret"), search.Verdict{search.Rejected, "500 mapper_parsing_exception"}},
		{"another 400", refusal(400, "illegal_argument_exception", "secret"), search.Verdict{search.Rejected, "400 illegal_argument_exception"}},
		{"index closed", refusal(400, "index_closed_exception", "closed"), search.Verdict{search.Rejected, "400 index_closed_exception"}},
		{"write block", refusal(403, "cluster_block_exception", "index [i] blocked by: [FORBIDDEN/8/index write (api)];"),
			search.Verdict{search.Rejected, "403 cluster_block_exception"}},
		{"conflict", refusal(409, "version_conflict_engine_exception", "[secret]: version conflict"), search.Verdict{search.Conflict, "409 version_conflict_engine_exception"}},
		{"busy", refusal(429, "rejected_execution_exception", "rejected execution of secret"), search.Verdict{search.Rejected, "429 rejected_execution_exception"}},
		{"strange type", refusal(500, "secret data here", "secret"), search.Verdict{search.Rejected, "500 unknown"}},
		{"alias missing", refusal(404, "index_not_found_exception", "no such index [i-write] and [require_alias] request flag is [true]"),
			search.Verdict{search.IndexMissing, "the index or its write alias is missing"}},
		{"script missing", answer(`"status":400,"error":{"type":"illegal_argument_exception","reason":"failed to execute script",` +
			`"caused_by":{"type":"resource_not_found_exception","reason":"unable to find script [outflow-1] in cluster state"}}`),
			search.Verdict{search.ScriptMissing, "the stored script is missing"}},
		{"open", answer(`"status":400,"error":{"type":"illegal_argument_exception","reason":"failed to execute script","caused_by":{"type":` +
			`"script_exception","reason":"runtime error","caused_by":{"type":"illegal_argument_exception","reason":"outflow: open"}}}`),
			search.Verdict{search.Open, "whether it is older than what the index shows is not known: its item has to be read"}},
		{"too many parts", answer(`"status":400,"error":{"type":"illegal_argument_exception","reason":"failed to execute script","caused_by":{"type":` +
			`"script_exception","reason":"runtime error","caused_by":{"type":"illegal_argument_exception","reason":"outflow: too many parts"}}}`),
			search.Verdict{search.Poison, "the document has 1000 live parts, which is the limit: it takes this one when another has gone"}},
		{"script fails", answer(`"status":400,"error":{"type":"illegal_argument_exception","reason":"failed to execute script","caused_by":{"type":` +
			`"script_exception","reason":"runtime error","caused_by":{"type":"null_pointer_exception","reason":"secret"}}}`),
			search.Verdict{search.Rejected, "400 illegal_argument_exception, by script_exception, by null_pointer_exception"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := search.ReadAnswer([]byte(c.answer), []string{"a"})
			require.NoError(t, err)
			require.Equal(t, []search.Verdict{c.want}, got)
		})
	}
}

// An answer that is not one to the request proves nothing.
func TestAnswerToAnotherRequest(t *testing.T) {
	good := answer(`"status":200,"result":"updated"`)
	for _, c := range []struct{ name, answer, want string }{
		{"fewer items", `{"items":[]}`, "0 items for 1 actions"},
		{"no items", `{"took":1}`, "0 items for 1 actions"},
		{"more items", strings.Replace(good, `[{`, `[{"update":{"_id":"b"}},{`, 1), "2 items for 1 actions"},
		{"another document", strings.Replace(good, `"a"`, `"b"`, 1), "item 0 is of another action"},
		{"another action", strings.Replace(good, `"update"`, `"index"`, 1), "item 0 is of another action"},
		{"a page of a gateway", `<html>busy</html>`, "no JSON"},
		{"cut", good[:len(good)-5], "no JSON"},
		{"nothing", ``, "no JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := search.ReadAnswer([]byte(c.answer), []string{"a"})
			require.ErrorContains(t, err, c.want)
		})
	}
}

// Whatever OpenSearch quotes of a document after its own words, it is not in the reason.
func FuzzReasonsQuoteNoDocument(f *testing.F) {
	f.Add("mapper_parsing_exception", "failed to parse field [n] of type [long] in document with id 'x'. Preview of field's value: '")
	f.Add("illegal_argument_exception", "Document contains at least one immense term in field=\"k\" (")
	f.Add("strict_dynamic_mapping_exception", "")
	const value = "4929 1111 2222 3333"
	f.Fuzz(func(t *testing.T, kind, words string) {
		if strings.ContainsAny(kind+words, "149[\"") && !strings.Contains(words, "] of type [long] ") || strings.ToValidUTF8(kind+words, "") != kind+words {
			t.Skip()
		}
		verdicts, err := search.ReadAnswer([]byte(refusal(400, kind, words+value)), []string{"a"})
		if err != nil {
			return // the text is no JSON
		}
		require.NotContains(t, verdicts[0].Reason, "4929")
	})
}
