package contract_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/model"
)

// object is a JSON object.
type object = map[string]any

// world is a random model of one entity, as JSON, which is YAML too.
type world struct {
	attributes object // by name, as the model declares them
	required   []string
	events     object // by name, each a list of rules
	revision   bool
}

func (w *world) yaml() string {
	stamps := object{"actor": "by", "request": "rq", "tenant": "tn"}
	if w.revision {
		stamps["revision"] = "rev"
	}
	src, err := json.MarshalIndent(object{
		"outflow": 1, "name": "world", "event_source": "com.example.world", "table": object{"key": []string{"PK"}, "stamps": stamps},
		"entities": object{"Thing": object{
			"key": object{"PK": "T#{id}"}, "attributes": w.attributes, "required": w.required, "events": w.events,
		}},
	}, "", " ")
	if err != nil {
		panic(err)
	}
	return string(src)
}

var names = []string{"a", "b", "c", "d", "from", "Class"}

func drawWorld(t *rapid.T) *world {
	w := &world{attributes: object{}, required: []string{}, events: object{}, revision: rapid.Bool().Draw(t, "revision")}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 5, rapid.ID).Draw(t, "attributes") {
		w.attributes[name] = drawAttribute(t)
	}
	w.required = drawSome(t, w.declared(), "required")
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"Sent", "thing.moved", "Gone"}), 1, 3, rapid.ID).Draw(t, "events") {
		rules := []any{}
		for schema := range rapid.IntRange(1, 2).Draw(t, "schemas") {
			rules = append(rules, w.drawRule(t, schema+1))
		}
		w.events[name] = rules
	}
	return w
}

func (w *world) declared() []string { return slices.Sorted(maps.Keys(w.attributes)) }

func drawSome(t *rapid.T, all []string, label string) []string {
	some := []string{}
	for _, name := range all {
		if rapid.IntRange(0, 2).Draw(t, label) == 0 {
			some = append(some, name)
		}
	}
	return some
}

func drawAttribute(t *rapid.T) object {
	attribute := drawType(t, 2)
	if rapid.IntRange(0, 3).Draw(t, "pii") == 0 {
		attribute["pii"] = true
	}
	return attribute
}

var scalars = []string{"string", "integer", "number", "decimal", "boolean", "timestamp", "binary"}

func drawType(t *rapid.T, depth int) object {
	kinds := []string{"scalar", "scalar", "enum", "set", "list", "map", "fields"}
	if depth == 0 {
		kinds = kinds[:3]
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "enum":
		return object{"enum": rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"NEW", "PAID", "x y", `"`}), 1, 3, rapid.ID).Draw(t, "values")}
	case "set":
		return object{"set": object{"type": rapid.SampledFrom([]string{"string", "integer", "decimal", "timestamp", "binary"}).Draw(t, "of")}}
	case "list":
		return object{"list": drawType(t, depth-1)}
	case "map":
		return object{"map": drawType(t, depth-1)}
	case "fields":
		members := object{}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 3, rapid.ID).Draw(t, "members") {
			members[name] = drawType(t, depth-1)
		}
		return object{"fields": members}
	}
	return object{"type": rapid.SampledFrom(scalars).Draw(t, "scalar")}
}

func (w *world) drawRule(t *rapid.T, schema int) object {
	rule := object{"schema": schema, "data": drawSome(t, append(w.declared(), "id"), "data")}
	switch rapid.IntRange(0, 4).Draw(t, "rule") {
	case 0:
		rule["changes"] = []string{rapid.SampledFrom(w.declared()).Draw(t, "changes")}
	case 1:
		if becomes := w.becomes(); len(becomes) > 0 {
			rule["becomes"] = becomes
		}
	case 2:
		rule["when"] = "new." + rapid.SampledFrom(w.declared()).Draw(t, "when") + " != null"
	case 3:
		operations := []string{model.Insert, model.Modify, model.Remove}
		rule["change"] = rapid.SliceOfNDistinct(rapid.SampledFrom(operations), 1, 3, rapid.ID).Draw(t, "change")
	}
	return rule
}

// becomes asks for values that drawValue makes often.
func (w *world) becomes() object {
	becomes := object{}
	for name, attribute := range w.attributes {
		switch a := attribute.(object); {
		case a["enum"] != nil:
			becomes[name] = a["enum"].([]string)[0]
		case a["type"] == "boolean":
			becomes[name] = true
		case a["type"] == "decimal":
			becomes[name] = "1.5"
		}
	}
	return becomes
}

// drawRecords is an event of a stream with the changes of one item.
func (w *world) drawRecords(t *rapid.T) []byte {
	var records []any
	var old object
	for i := range rapid.IntRange(1, 6).Draw(t, "changes") {
		var image object
		if old == nil || rapid.IntRange(0, 3).Draw(t, "remove") > 0 {
			image = w.drawItem(t)
		}
		records = append(records, recordOf(i, old, image))
		old = image
	}
	event, err := json.Marshal(object{"Records": records})
	require.NoError(t, err)
	return event
}

func recordOf(number int, old, image object) object {
	change := object{"ApproximateCreationDateTime": 1793611200 + number, "SequenceNumber": fmt.Sprintf("4421584500000000017450%05d", number),
		"StreamViewType": "NEW_AND_OLD_IMAGES"}
	op := "MODIFY"
	switch {
	case old == nil:
		op = "INSERT"
	case image == nil:
		op = "REMOVE"
	}
	keys := object{}
	for name, state := range map[string]object{"OldImage": old, "NewImage": image} {
		for _, key := range []string{"PK", "SK"} {
			if state[key] != nil {
				change[name], keys[key] = state, state[key]
			}
		}
	}
	change["Keys"] = keys
	return object{"eventID": fmt.Sprintf("%032x", number), "eventName": op, "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "eu-west-1",
		"eventSourceARN": "arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-11-02T09:14:07.312", "dynamodb": change}
}

func (w *world) drawItem(t *rapid.T) object {
	item := object{"PK": object{"S": "T#1"}, "by": object{"S": rapid.StringN(1, 3, -1).Draw(t, "by")},
		"rq": object{"S": rapid.SampledFrom([]string{"r1", "r2"}).Draw(t, "request")}, "rev": object{"N": strconv.Itoa(rapid.IntRange(1, 9).Draw(t, "rev"))}}
	for _, name := range w.declared() {
		switch rapid.IntRange(0, 9).Draw(t, "presence of "+name) {
		case 0:
		case 1:
			item[name] = object{"NULL": true}
		case 2:
			item[name] = rapid.SampledFrom([]object{{"S": "misfit"}, {"N": "0.5"}, {"L": []any{object{"BOOL": true}}}, {"M": object{}}}).Draw(t, "misfit")
		default:
			item[name] = drawValue(t, w.attributes[name].(object))
		}
	}
	return item
}

// drawValue is a value of a type, in DynamoDB's JSON.
func drawValue(t *rapid.T, of object) object {
	switch {
	case of["enum"] != nil:
		return object{"S": rapid.SampledFrom(append([]string{"UNLISTED"}, of["enum"].([]string)...)).Draw(t, "enum")}
	case of["set"] != nil:
		return drawSet(t, of["set"].(object)["type"].(string))
	case of["list"] != nil:
		all := []any{}
		for range rapid.IntRange(0, 2).Draw(t, "length") {
			all = append(all, drawValue(t, of["list"].(object)))
		}
		return object{"L": all}
	case of["map"] != nil:
		all := object{}
		for range rapid.IntRange(0, 2).Draw(t, "size") {
			all[rapid.StringN(1, 3, -1).Draw(t, "name")] = drawValue(t, of["map"].(object))
		}
		return object{"M": all}
	case of["fields"] != nil:
		all := object{"undeclared": object{"S": "x"}}
		members := of["fields"].(object)
		for _, name := range slices.Sorted(maps.Keys(members)) {
			if rapid.Bool().Draw(t, "has "+name) {
				all[name] = drawValue(t, members[name].(object))
			}
		}
		return object{"M": all}
	}
	return drawScalar(t, of["type"].(string))
}

func drawSet(t *rapid.T, of string) object {
	kinds := map[string]string{"S": "SS", "N": "NS", "B": "BS"}
	if of == "timestamp" { // two numbers, one moment
		return object{"NS": []string{"1700000000", "1700000000000"}}
	}
	one := drawScalar(t, of)
	for kind, value := range one {
		return object{kinds[kind]: []any{value}}
	}
	return nil
}

func drawScalar(t *rapid.T, kind string) object {
	switch kind {
	case "integer":
		return object{"N": strconv.FormatInt(rapid.Int64().Draw(t, "integer"), 10)}
	case "number":
		return object{"N": rapid.SampledFrom([]string{"0", "-1.5", "123456789012345", "1E125", "-1E-130", "9.99999999999999"}).Draw(t, "number")}
	case "decimal":
		return object{"N": rapid.SampledFrom([]string{"0", "-0", "1.5", "1.50", "1E125", "1E-130", "-12345678901234567890123456789012345678",
			"0.10000000000000000000000000000000000001", "100"}).Draw(t, "decimal")}
	case "boolean":
		return object{"BOOL": rapid.Bool().Draw(t, "boolean")}
	case "timestamp":
		return rapid.SampledFrom([]object{{"S": "2026-11-02T09:20:01.123456789012Z"}, {"S": "0001-01-01T00:00:00Z"}, {"S": "2026-11-02T09:20:01-23:59"},
			{"N": "1793611200.123"}, {"N": "-5"}, {"N": "1793611200123"}}).Draw(t, "timestamp")
	case "binary":
		return object{"B": base64.StdEncoding.EncodeToString(rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "bytes"))}
	}
	if rapid.IntRange(0, 9).Draw(t, "length of text") == 0 {
		return object{"S": strings.Repeat("long ", 300)}
	}
	return object{"S": rapid.String().Draw(t, "text")}
}
