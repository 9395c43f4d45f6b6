package bus_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const transformed = `{"command": "update", "payload": {"acc_id": "0a7", "sf_id": "baz"}, "single": ["HIGH"], "multi": ["ON", "OFF"],
	"valid": true, "price": 1.50, "quote": "a\"b", "n": null, "items": [{"id": 1}, {"id": 2, "id": 3}, {"x": 0}]}`

// What targets get, as the service was seen to make it.
func TestInputOfTargets(t *testing.T) {
	rows := []struct {
		name, path, template, want string // of the queue file: what is no JSON stands there as a string
	}{
		{"a path to an object", "$.detail.payload", "", `{"acc_id":"0a7","sf_id":"baz"}`},
		{"a path to a string", "$.detail.payload.sf_id", "", `"baz"`},
		{"a path to a number keeps its digits", "$.detail.price", "", `1.50`},
		{"a path to null", "$.detail.n", "", `null`},
		{"a path to the event's own field", "$.detail-type", "", `"OrderPlaced"`},
		{"a path to an element", "$.detail.items[1].id", "", `3`},
		{"a path to all elements", "$.detail.items[*].id", "", `[1,3]`},
		{"a path to all members", "$.detail.payload.*", "", `["0a7","baz"]`},
		{"text", "", `"Event of <type>, command <command>"`, `"Event of OrderPlaced, command update"`},
		{"text with what is not there", "", `"command <missing>!"`, `"command !"`},
		{"JSON", "", `{"type": <type>,  "n": [<command>, "fixed"]}`, `{"type":"OrderPlaced","n":["update","fixed"]}`},
		{"JSON with what is not there", "", `{"command": <missing>}`, `{"command":""}`},
		{"inside a string of JSON", "", `{"path": "users/<acc>/<acc>", "body": <payload>}`,
			`{"path":"users/0a7/0a7","body":{"acc_id":"0a7","sf_id":"baz"}}`},
		{"an object as text", "", `"Payload <payload>"`, `"Payload {acc_id:0a7,sf_id:baz}"`},
		{"lists as text", "", `"<single> and <multi>"`, `"[HIGH] and [ON,OFF]"`},
		{"a list as JSON", "", `{"single": <single>}`, `{"single":["HIGH"]}`},
		{"a truth as text", "", `"is <valid>!"`, `"is true!"`},
		{"an escaped quote stays one", "", `"<quote>"`, `"a\"b"`},
		{"a quote in the template", "", `{"a": "\"<command>\"", "b": <command>}`, `{"a":"\"update\"","b":"update"}`},
		{"several lines", "", "\"<command>\"\n\"<acc>\"", `"\"update\"\n\"0a7\""`},
		{"the rule", "", `"<aws.events.rule-arn> <aws.events.rule-name> <aws.events.event.ingestion-time>"`,
			`"arn:aws:events:us-east-1:000000000000:rule/shop-dev/all all 2026-11-21T12:00:00Z"`},
		{"no placeholder", "", `"a < b > c"`, `"a < b > c"`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			b := open(t, config(dir))
			c := client(t, b)
			target := types.Target{Id: aws.String("q"), Arn: aws.String(queueARN + "q")}
			if row.path != "" {
				target.InputPath = &row.path
			} else {
				target.InputTransformer = &types.InputTransformer{InputTemplate: &row.template, InputPathsMap: map[string]string{
					"type": "$.detail-type", "command": "$.detail.command", "missing": "$.detail.nothing", "acc": "$.detail.payload.acc_id",
					"payload": "$.detail.payload", "single": "$.detail.single", "multi": "$.detail.multi", "valid": "$.detail.valid",
					"quote": "$.detail.quote",
				}}
			}
			subscribe(t, c, "all", target)
			e := placed("o1")
			e.Detail = aws.String(transformed)
			put(t, c, e)
			require.NoError(t, b.Close(t.Context()))
			require.Equal(t, []string{row.want}, lines(t, dir, "queues", "q.ndjson"))
		})
	}
}

func TestTheWholeEventInATemplate(t *testing.T) {
	dir := t.TempDir()
	b := open(t, config(dir))
	c := client(t, b)
	subscribe(t, c, "all", types.Target{Id: aws.String("q"), Arn: aws.String(queueARN + "q"), InputTransformer: &types.InputTransformer{
		InputTemplate: aws.String(`{"original": <aws.events.event.json>}`),
	}})
	put(t, c, placed("o1"))
	require.NoError(t, b.Close(t.Context()))
	require.Equal(t, []string{`{"original":` + lines(t, dir, "events.ndjson")[0] + `}`}, lines(t, dir, "queues", "q.ndjson"))
}

func TestAPathThatTheEventDoesNotHave(t *testing.T) {
	for _, path := range []string{"$.detail.nothing", "$.detail.order.deeper", "$.resources[0]", "$.detail[0]"} {
		t.Run(path, func(t *testing.T) {
			dir := t.TempDir()
			b := open(t, config(dir))
			c := client(t, b)
			subscribe(t, c, "all", types.Target{Id: aws.String("q"), Arn: aws.String(queueARN + "q"), InputPath: &path})
			put(t, c, placed("o1"))
			require.NoError(t, b.Close(t.Context()))
			letters := deadLetters(t, dir, "dead-letters.ndjson")
			require.Len(t, letters, 1)
			require.Equal(t, "NotRetryable", letters[0].Reason)
			require.Equal(t, "the event has nothing at the target's InputPath "+path, letters[0].Attributes["ERROR_MESSAGE"])
			require.JSONEq(t, lines(t, dir, "events.ndjson")[0], string(letters[0].Event), "the event is kept whole")
		})
	}
}

// A JSON template stays JSON whatever the event holds, and a value in it is the event's.
func TestTemplatesOfJSONStayJSON(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.String().Draw(rt, "text")
		detail, err := json.Marshal(map[string]any{"v": text, "list": []any{text, 1, nil}})
		require.NoError(rt, err)
		b := open(t, config(dir))
		c := client(t, b)
		subscribe(t, c, "all", types.Target{Id: aws.String("q"), Arn: aws.String(queueARN + "q"), InputTransformer: &types.InputTransformer{
			InputPathsMap: map[string]string{"v": "$.detail.v", "list": "$.detail.list"},
			InputTemplate: aws.String(`{"v": <v>, "in": "<<v>>", "list": <list>}`),
		}})
		e := placed("o1")
		e.Detail = aws.String(string(detail))
		put(t, c, e)
		require.NoError(rt, b.Close(t.Context()))
		all := lines(t, dir, "queues", "q.ndjson")
		var got struct {
			V, In string
			List  []any
		}
		require.NoError(rt, json.Unmarshal([]byte(all[len(all)-1]), &got))
		require.Equal(rt, text, got.V)
		require.Equal(rt, fmt.Sprintf("<%s>", text), got.In)
		require.Equal(rt, []any{text, float64(1), nil}, got.List)
	})
}

// Whatever a target asks for and an event holds: the target gets one line, or the dead letters do with the whole event.
func FuzzInput(f *testing.F) {
	f.Add("$.detail.items[*].id", "", `{"items":[{"id":1}]}`)
	f.Add("", `{"v": <v>, "t": "<v> <aws.events.rule-name>"}`, `{"v":"a\"b"}`)
	f.Add("", "\"<v>\"\n<v>", `{"v":{"a":[1,{}]}}`)
	f.Fuzz(func(t *testing.T, path, template, detail string) {
		dir := t.TempDir()
		b := open(t, config(dir))
		require.Empty(t, call(t, b, "PutRule", `{"Name":"all","EventPattern":"`+everything+`"}`, nil))
		target := map[string]any{"Id": "q", "Arn": queueARN + "q", "InputPath": path}
		if template != "" {
			target["InputTransformer"] = map[string]any{"InputTemplate": template, "InputPathsMap": map[string]string{"v": "$.detail.v"}}
		}
		var put, sent struct{ FailedEntryCount int }
		if call(t, b, "PutTargets", marshal(t, map[string]any{"Rule": "all", "Targets": []any{target}}), &put) != "" {
			return // refused
		}
		require.Zero(t, put.FailedEntryCount)
		entry := map[string]string{"Source": "s", "DetailType": "d", "Detail": detail}
		require.Empty(t, call(t, b, "PutEvents", marshal(t, map[string]any{"Entries": []any{entry}}), &sent))
		require.NoError(t, b.Close(t.Context()))
		got := len(lines(t, dir, "queues", "q.ndjson")) + len(lines(t, dir, "dead-letters.ndjson"))
		require.Equal(t, 1-sent.FailedEntryCount, got)
	})
}

func marshal(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}
