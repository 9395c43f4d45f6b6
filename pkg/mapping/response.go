package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// FirstFailed reads the answer of a function with ReportBatchItemFailures: the index of the first of the batch's
// sequence numbers that comes again, with all behind it. It is len(sequences) for complete success: no answer, null,
// an object without batchItemFailures, a null or an empty list. It is the LOWEST record that the list names, wherever
// it stands in the list. It is 0, with an error that says why, where the answer makes the whole batch fail: an
// itemIdentifier that is missing, null, empty, not a string or not of this batch, or an answer that is not of this
// form at all. Names of fields count in their exact case.
func FirstFailed(answer []byte, sequences []string) (int, error) {
	items, err := failedItems(answer)
	if err != nil || len(items) == 0 {
		return failAll(len(sequences), err)
	}
	index := make(map[string]int, len(sequences))
	for i, s := range sequences {
		index[s] = i
	}
	first := len(sequences)
	for i, item := range items {
		at, err := position(item, index)
		if err != nil {
			return 0, fmt.Errorf("batchItemFailures[%d] %w: the whole batch failed", i, err)
		}
		first = min(first, at)
	}
	return first, nil
}

func failAll(success int, err error) (int, error) {
	if err != nil {
		return 0, fmt.Errorf("%w: the whole batch failed", err)
	}
	return success, nil
}

func failedItems(answer []byte) ([]json.RawMessage, error) {
	if len(bytes.TrimSpace(answer)) == 0 {
		return nil, nil
	}
	var fields map[string]json.RawMessage
	if err := decode(answer, &fields); err != nil {
		return nil, fmt.Errorf("the answer is not a JSON object (%w)", err)
	}
	list, ok := fields["batchItemFailures"]
	if !ok {
		return nil, nil
	}
	var items []json.RawMessage
	if err := decode(list, &items); err != nil {
		return nil, fmt.Errorf("batchItemFailures is not a list (%w)", err)
	}
	return items, nil
}

// decode refuses what encoding/json would repair: text that is not UTF-8.
func decode(text []byte, into any) error {
	if !utf8.Valid(text) {
		return errors.New("it is not UTF-8")
	}
	return json.Unmarshal(text, into)
}

func position(item json.RawMessage, index map[string]int) (int, error) {
	var fields map[string]json.RawMessage
	if err := decode(item, &fields); err != nil {
		return 0, fmt.Errorf("is not an object (%w)", err)
	}
	raw, ok := fields["itemIdentifier"]
	if !ok {
		return 0, errors.New("has no itemIdentifier (the name counts in its exact case)")
	}
	var id *string
	switch err := decode(raw, &id); {
	case err != nil:
		return 0, fmt.Errorf("has an itemIdentifier that is not a string (%w)", err)
	case id == nil || *id == "":
		return 0, errors.New("has an itemIdentifier that is null or empty")
	}
	at, ok := index[*id]
	if !ok {
		return 0, fmt.Errorf("has itemIdentifier %q, which is no SequenceNumber of this batch", *id)
	}
	return at, nil
}

// verdict is what an invocation means for its batch: the records from the given one on come again.
type verdict struct {
	from     int
	response response
}

// response is what the last invocation of a batch leaves for its invocation record.
type response struct {
	requestID string
	failed    bool // the function itself failed
	fault     string
}

func (m *Machine) judge(in InvocationEnded, batch []*entry) verdict {
	v := verdict{response: response{requestID: in.RequestID}}
	switch {
	case in.Outcome != Returned:
		v.response.failed = true
	case !m.config.ReportBatchItemFailures:
		v.from = len(batch)
	default:
		sequences := make([]string, len(batch))
		for i, e := range batch {
			sequences[i] = e.Sequence
		}
		from, err := FirstFailed(in.Response, sequences)
		v.from = from
		if err != nil {
			v.response.fault = err.Error()
		}
	}
	return v
}
