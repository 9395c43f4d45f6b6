package search

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/outflow-dev/outflow/internal/jcs"
)

// note reads the documents as they are at this moment, also what no search shows yet, and returns those of which that is
// known. The others have their verdict.
func (o *Outlet) note(ctx context.Context, all []*unsettled) ([]*unsettled, error) {
	body := []byte(`{"docs":[`)
	for i, u := range all {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(u.appendPlace(append(body, '{')), '}')
	}
	content, err := o.Client.call(ctx, request{method: http.MethodPost, path: "/_mget", body: append(body, ']', '}')})
	if err != nil {
		return nil, err
	}
	var answer struct{ Docs []notedDocument }
	if err := json.Unmarshal(content, &answer); err != nil || len(answer.Docs) != len(all) {
		return nil, errors.New("the answer of _mget is not one to the request")
	}
	for i, u := range all {
		if err := u.take(&answer.Docs[i]); err != nil {
			return nil, err
		}
	}
	if slices.ContainsFunc(all, func(u *unsettled) bool { return u.verdict.Fate == IndexMissing }) {
		o.forget()
	}
	return slices.DeleteFunc(slices.Clone(all), func(u *unsettled) bool { return u.verdict.Reason != "" }), nil
}

// notedDocument is a document in the answer of _mget.
type notedDocument struct {
	ID     string `json:"_id"`
	Found  bool
	Seq    int64           `json:"_seq_no"`
	Term   int64           `json:"_primary_term"`
	Source json.RawMessage `json:"_source"`
	Error  *itemError
}

func (u *unsettled) take(n *notedDocument) (err error) {
	u.document, u.found, u.seq, u.term, u.verdict = Document{}, n.Found, n.Seq, n.Term, Verdict{}
	switch {
	case n.ID != u.id:
		return fmt.Errorf("the answer of _mget is of another document than %s", u.id)
	case n.Error != nil:
		u.verdict = n.Error.verdict(http.StatusNotFound)
	case n.Found:
		if u.document, err = ParseDocument(n.Source, u.target.to.Lists); err != nil {
			u.verdict = Verdict{Poison, err.Error() + ": delete " + u.id + " and run outflow search backfill for its items"}
		}
	}
	return nil
}

// replace writes documents where nobody else has written since they were noted, in requests of bounded size.
func (o *Outlet) replace(ctx context.Context, all []*unsettled) error {
	for len(all) > 0 {
		var body []byte
		n := 0
		for n < len(all) {
			more := all[n].appendReplacement(body)
			if len(more) > o.limit && n > 0 {
				break
			}
			body = more
			n++
		}
		if err := o.replaceSome(ctx, all[:n], body); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

func (o *Outlet) replaceSome(ctx context.Context, some []*unsettled, body []byte) error {
	content, err := o.Client.call(ctx, request{method: http.MethodPost, path: bulkPath, query: bulkQuery, body: body})
	var status *StatusError
	if errors.As(err, &status) && status.Status == http.StatusRequestEntityTooLarge {
		if len(some) == 1 {
			some[0].verdict = tooLarge(len(body))
			return nil
		}
		o.limit = len(body) / 2
		return o.replace(ctx, some)
	}
	if err != nil {
		return err
	}
	sent := make([]sentAction, len(some))
	for i, u := range some {
		sent[i] = sentAction{u.action(), u.id}
	}
	verdicts, err := readAnswer(content, sent)
	if err != nil {
		return err
	}
	for i, u := range some {
		if u.verdict = verdicts[i]; u.verdict.Fate == IndexMissing {
			o.forget()
		}
	}
	return nil
}

// action is what a document that was noted is replaced by.
func (u *unsettled) action() string {
	switch {
	case !u.found:
		return "create"
	case len(u.document.Parts) == 0:
		return "delete"
	}
	return "index"
}

// appendReplacement appends the action to a _bulk body.
func (u *unsettled) appendReplacement(dst []byte) []byte {
	action := u.action()
	dst = append(append(append(dst, `{"`...), action...), `":{`...)
	dst = u.appendPlace(dst)
	if action != "delete" { // which makes no index
		dst = append(dst, `,"require_alias":true`...)
	}
	if u.found {
		dst = strconv.AppendInt(append(dst, `,"if_seq_no":`...), u.seq, 10)
		dst = strconv.AppendInt(append(dst, `,"if_primary_term":`...), u.term, 10)
	}
	dst = append(dst, "}}\n"...)
	if action == "delete" {
		return dst
	}
	return append(append(dst, u.document.Source(u.target.to.Lists)...), '\n')
}

// appendPlace appends the members that say which document it is.
func (u *unsettled) appendPlace(dst []byte) []byte {
	dst = jcs.AppendString(append(dst, `"_index":`...), u.target.to.Alias)
	dst = jcs.AppendString(append(dst, `,"_id":`...), u.id)
	if u.routing != "" {
		dst = jcs.AppendString(append(dst, `,"routing":`...), u.routing)
	}
	return dst
}
