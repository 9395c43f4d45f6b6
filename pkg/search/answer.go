package search

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// Fate is what one item of a _bulk answer says about the action.
type Fate int

// The fates, and what the caller does.
const (
	Rejected      Fate = iota // try again: the domain cannot take it now
	Written                   // durable
	Stale                     // durable: a newer version was there, or this one
	Poison                    // the index can never take this document
	Open                      // an operation proves nothing: read the item (see Document.Open)
	Conflict                  // somebody else has written the document: begin anew
	ScriptMissing             // put the stored script and try again
	IndexMissing              // look for the indexes again and try again
)

// Verdict is a fate and why. The reason names types and fields, never values of documents, which OpenSearch quotes.
type Verdict struct {
	Fate   Fate
	Reason string
}

// item is what the answer says of one action. Of an answer only the members in bulkQuery come.
type item struct {
	Index  string `json:"_index"`
	ID     string `json:"_id"`
	Status int
	Result string
	Error  *itemError
}

type itemError struct {
	Type   string
	Reason string
	Cause  *itemError `json:"caused_by"`
}

const (
	bulkPath  = "/_bulk"
	bulkQuery = "filter_path=items.*._index,items.*._id,items.*.status,items.*.result,items.*.error"
)

// errAnswer is an answer that is not one to the request that was made. Nothing is known of its actions.
var errAnswer = errors.New("the answer of _bulk is not one to the request")

// tooLarge is the verdict on a document whose request alone the domain refuses.
func tooLarge(bytes int) Verdict {
	return Verdict{Poison, fmt.Sprintf("the request with this document alone, %d bytes, is too large for the domain (413)", bytes)}
}

// ReadAnswer reads the answer to a _bulk request that updates the documents of those ids, in that order. An answer that
// does not have exactly one item for each proves nothing of any, and is an error.
func ReadAnswer(content []byte, ids []string) ([]Verdict, error) {
	sent := make([]sentAction, len(ids))
	for i, id := range ids {
		sent[i] = sentAction{"update", id}
	}
	return readAnswer(content, sent)
}

// sentAction is an action of a _bulk request: update, index, create or delete.
type sentAction struct{ kind, id string }

func readAnswer(content []byte, sent []sentAction) ([]Verdict, error) {
	var answer struct {
		Items []map[string]item
	}
	if err := json.Unmarshal(content, &answer); err != nil {
		return nil, fmt.Errorf("%w: it is no JSON of the right form", errAnswer)
	}
	if len(answer.Items) != len(sent) {
		return nil, fmt.Errorf("%w: it has %d items for %d actions", errAnswer, len(answer.Items), len(sent))
	}
	verdicts := make([]Verdict, len(sent))
	for i, one := range answer.Items {
		action, ok := one[sent[i].kind]
		if !ok || action.ID != sent[i].id {
			return nil, fmt.Errorf("%w: its item %d is of another action", errAnswer, i)
		}
		verdicts[i] = action.verdict(sent[i].kind)
	}
	return verdicts, nil
}

func (i *item) verdict(kind string) Verdict {
	switch {
	case i.Error != nil:
		return i.Error.verdict(i.Status)
	case i.Result == "noop":
		return Verdict{Fate: Stale}
	case i.Result == "created" || i.Result == "updated", kind == "delete" && i.Result == "deleted":
		return Verdict{Fate: Written}
	}
	return Verdict{Rejected, fmt.Sprintf("%d with the unknown result %s", i.Status, plain(i.Result))}
}

func (e *itemError) verdict(status int) Verdict {
	switch {
	case status == http.StatusBadRequest && e.isPoison():
		return Verdict{Poison, e.place()}
	case e.has("illegal_argument_exception", openMarker):
		return Verdict{Open, "whether it is older than what the index shows is not known: its item has to be read"}
	case e.has("illegal_argument_exception", crowdedMarker):
		return Verdict{Poison, errCrowded.Error()}
	case status == http.StatusConflict && e.Type == "version_conflict_engine_exception":
		return Verdict{Conflict, "409 version_conflict_engine_exception"}
	case e.has("resource_not_found_exception", "unable to find script"):
		return Verdict{ScriptMissing, "the stored script is missing"}
	case e.Type == "index_not_found_exception":
		return Verdict{IndexMissing, "the index or its write alias is missing"}
	}
	return Verdict{Rejected, fmt.Sprintf("%d %s", status, e.types())}
}

// What the stored script throws.
const (
	openMarker    = "outflow: open"
	crowdedMarker = "outflow: too many parts"
)

var errCrowded = fmt.Errorf("the document has %d live parts, which is the limit: it takes this one when another has gone", MaxParts)

// has looks for an error among this one and its causes.
func (e *itemError) has(kind, reason string) bool {
	for ; e != nil; e = e.Cause {
		if e.Type == kind && strings.HasPrefix(e.Reason, reason) {
			return true
		}
	}
	return false
}

// isPoison says that the mapping refuses the document, whenever it comes.
func (e *itemError) isPoison() bool {
	switch e.Type {
	case "mapper_parsing_exception", "strict_dynamic_mapping_exception":
		return true
	}
	return e.Type == "illegal_argument_exception" &&
		(strings.Contains(e.Reason, "immense term in field=") || strings.HasPrefix(e.Reason, nestedLimit))
}

const nestedLimit = "The number of nested documents has exceeded the allowed limit"

// The beginnings of OpenSearch's texts, as far as they hold the mapping's own names. What follows may quote values.
var (
	ofField    = regexp.MustCompile(`^failed to parse field \[([\w.-]{1,200})\] of type \[(\w{1,40})\]`)
	ofObject   = regexp.MustCompile(`^object mapping (?:for )?\[([\w.-]{1,200})\]`)
	undeclared = regexp.MustCompile(`^mapping set to strict, dynamic introduction of \[([\w.-]{1,200})\] within \[([\w.-]{1,200})\]`)
	immense    = regexp.MustCompile(`^Document contains at least one immense term in field="([\w.-]{1,200})"`)
)

// place says what the mapping refuses, and where.
func (e *itemError) place() string {
	if strings.HasPrefix(e.Reason, nestedLimit) {
		return "more nested elements than the index allows (index.mapping.nested_objects.limit)"
	}
	if m := ofField.FindStringSubmatch(e.Reason); m != nil {
		return fmt.Sprintf("%s: field %s does not fit type %s", plain(e.Type), m[1], m[2])
	}
	if m := ofObject.FindStringSubmatch(e.Reason); m != nil {
		return fmt.Sprintf("%s: field %s does not fit an object", plain(e.Type), m[1])
	}
	if m := undeclared.FindStringSubmatch(e.Reason); m != nil {
		return fmt.Sprintf("%s: the mapping does not declare field %s within %s", plain(e.Type), m[1], m[2])
	}
	if m := immense.FindStringSubmatch(e.Reason); m != nil {
		return fmt.Sprintf("field %s has a term of more than 32766 bytes (its raw mapping needs ignore_above)", m[1])
	}
	return e.types()
}

// types are the types of the error and of its causes.
func (e *itemError) types() string {
	var all []string
	for ; e != nil; e = e.Cause {
		all = append(all, plain(e.Type))
	}
	return strings.Join(all, ", by ")
}

var typeName = regexp.MustCompile(`^\w{1,60}$`)

// plain lets through names of OpenSearch's, and nothing else.
func plain(text string) string {
	if typeName.MatchString(text) {
		return text
	}
	return "unknown"
}
