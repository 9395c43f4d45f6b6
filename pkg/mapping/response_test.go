package mapping_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

func TestFirstFailedSaysWhatIsWrong(t *testing.T) {
	batch := []string{"111", "222", "333"}
	for _, test := range []struct{ name, answer, fault string }{
		{"no JSON", `{"batchItemFailures":[`, "the answer is not a JSON object"},
		{"not UTF-8", "{\"\xff\":1}", "it is not UTF-8"},
		{"a list", `[]`, "the answer is not a JSON object"},
		{"failures that are no list", `{"batchItemFailures":{}}`, "batchItemFailures is not a list"},
		{"an item that is no object", `{"batchItemFailures":["222"]}`, "batchItemFailures[0] is not an object"},
		{"no identifier", `{"batchItemFailures":[{"itemIdentifier":"222"},{}]}`, "batchItemFailures[1] has no itemIdentifier"},
		{"another case", `{"batchItemFailures":[{"itemidentifier":"222"}]}`, "has no itemIdentifier"},
		{"null", `{"batchItemFailures":[{"itemIdentifier":null}]}`, "null or empty"},
		{"empty", `{"batchItemFailures":[{"itemIdentifier":""}]}`, "null or empty"},
		{"a number", `{"batchItemFailures":[{"itemIdentifier":222}]}`, "not a string"},
		{"of another batch", `{"batchItemFailures":[{"itemIdentifier":"444"}]}`, `"444", which is no SequenceNumber of this batch`},
	} {
		t.Run(test.name, func(t *testing.T) {
			first, err := mapping.FirstFailed([]byte(test.answer), batch)
			require.ErrorContains(t, err, test.fault)
			require.ErrorContains(t, err, "the whole batch failed")
			require.Zero(t, first)
		})
	}
}

func TestFirstFailedOfALargeBatch(t *testing.T) {
	batch := make([]string, 10_000)
	var answer bytes.Buffer
	answer.WriteString(`{"other":1,"batchItemFailures":[`)
	for i := range batch {
		batch[i] = strconv.Itoa(100_000 + i)
	}
	for i := len(batch) - 1; i >= 7; i-- {
		fmt.Fprintf(&answer, `{"itemIdentifier":%q,"why":"x"},`, batch[i])
	}
	answer.WriteString(`{"itemIdentifier":"100008"}]}`)
	first, err := mapping.FirstFailed(answer.Bytes(), batch)
	require.NoError(t, err)
	require.Equal(t, 7, first)
}

// The reference reads the answer as plainly as Go can, and must agree on every input.
func FuzzFirstFailed(f *testing.F) {
	for _, seed := range []string{
		``, ` `, `null`, `{}`, `{"batchItemFailures":null}`, `{"batchItemFailures":[]}`,
		`{"batchItemFailures":[{"itemIdentifier":"222"}]}`, `{"batchItemFailures":[{"itemIdentifier":"333"},{"itemIdentifier":"111"}]}`,
		`{"batchItemFailures":[{"itemIdentifier":""}]}`, `{"batchItemFailures":[{"itemIdentifier":null}]}`,
		`{"BatchItemFailures":[{"ItemIdentifier":"222"}]}`, `{"batchItemFailures":[{"itemIdentifier":222}]}`,
		`{"batchItemFailures":"222"}`, `["222"]`, `"222"`, `{"batchItemFailures":[{"itemIdentifier":"22\u0032"}]}`,
	} {
		f.Add([]byte(seed))
	}
	batch := []string{"111", "222", "333"}
	f.Fuzz(func(t *testing.T, answer []byte) {
		first, err := mapping.FirstFailed(answer, batch)
		want, ok := reference(answer, batch)
		require.Equal(t, ok, err == nil, "%v", err)
		require.Equal(t, want, first)
	})
}

func reference(answer []byte, batch []string) (int, bool) {
	if len(bytes.TrimSpace(answer)) == 0 {
		return len(batch), true
	}
	var value any
	if !json.Valid(answer) || json.Unmarshal(answer, &value) != nil || !bytes.Equal(bytes.ToValidUTF8(answer, nil), answer) {
		return 0, false
	}
	object, isObject := value.(map[string]any)
	list, isList := object["batchItemFailures"].([]any)
	switch {
	case value == nil || isObject && object["batchItemFailures"] == nil:
		return len(batch), true
	case !isObject || !isList:
		return 0, false
	}
	first := len(batch)
	for _, item := range list {
		fields, _ := item.(map[string]any)
		id, _ := fields["itemIdentifier"].(string)
		at := slices.Index(batch, id)
		if at < 0 {
			return 0, false
		}
		first = min(first, at)
	}
	return first, true
}
