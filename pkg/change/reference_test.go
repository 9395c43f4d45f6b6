package change_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	reference "github.com/gowebpki/jcs"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/change"
)

// slowChange is what the slow decoder of this file, over maps of encoding/json, makes of a record.
type slowChange struct {
	id, sequence, op, cause, arn string
	at                           time.Time
	keys, old, new               string // canonical forms, "" where absent
}

var (
	errSlow     = errors.New("does not decode")
	errSlowView = errors.New("other view type")
	slowARN     = regexp.MustCompile(`^arn:aws[^:]*:dynamodb:[^:]+:[^:]+:table/[^/]+/stream/[^/]+$`)
	slowNumber  = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$`)
)

// slow decodes a record, panicking with what is wrong.
func slow(raw []byte) (c slowChange, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = r.(error)
		}
	}()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var record map[string]any
	check(d.Decode(&record) == nil && record != nil)
	stream := map[string]any{}
	if body, ok := record["dynamodb"]; ok {
		stream = as[map[string]any](body)
	}
	if view, ok := stream["StreamViewType"].(string); ok && view != "NEW_AND_OLD_IMAGES" {
		panic(errSlowView)
	}
	for _, name := range []string{"eventID", "eventSource", "eventName", "eventSourceARN"} {
		optional[string](record, name)
	}
	optional[string](stream, "StreamViewType")
	check(record["eventSource"] == "aws:dynamodb")
	c.id, _ = record["eventID"].(string)
	c.arn, c.sequence = as[string](record["eventSourceARN"]), as[string](stream["SequenceNumber"])
	check(slowARN.MatchString(c.arn) && regexp.MustCompile(`^[0-9]{1,40}$`).MatchString(c.sequence))
	c.op = map[any]string{"INSERT": "insert", "MODIFY": "modify", "REMOVE": "remove"}[record["eventName"]]
	check(c.op != "")
	c.at, c.cause = slowTime(stream), slowCause(record, c.op)
	c.keys, c.old, c.new = slowImages(stream)
	check((c.new != "") == (c.op != "remove") && (c.old != "") == (c.op != "insert"))
	return c, nil
}

func check(ok bool) {
	if !ok {
		panic(errSlow)
	}
}

func as[T any](v any) T {
	out, ok := v.(T)
	check(ok)
	return out
}

func optional[T any](in map[string]any, name string) {
	if v, ok := in[name]; ok {
		as[T](v)
	}
}

func slowTime(stream map[string]any) time.Time {
	at, ok := stream["ApproximateCreationDateTime"]
	if !ok {
		return time.Time{}
	}
	nanos := new(big.Rat).Mul(rational(string(as[json.Number](at))), big.NewRat(1e9, 1))
	whole := new(big.Int).Quo(nanos.Num(), nanos.Denom())
	seconds, rest := new(big.Int).QuoRem(whole, big.NewInt(1e9), new(big.Int))
	check(nanos.Sign() >= 0 && seconds.IsInt64() && seconds.Int64() < 253402300800)
	return time.Unix(seconds.Int64(), rest.Int64()).UTC()
}

func slowCause(record map[string]any, op string) string {
	if record["userIdentity"] == nil {
		return "user"
	}
	who := as[map[string]any](record["userIdentity"])
	if op == "remove" && who["type"] == "Service" && who["principalId"] == "dynamodb.amazonaws.com" {
		return "ttl"
	}
	return "user"
}

func slowImages(stream map[string]any) (keys, old, new string) {
	items := map[string]map[string]any{}
	for _, name := range []string{"Keys", "OldImage", "NewImage"} {
		if stream[name] == nil {
			continue
		}
		items[name] = slowItem(as[map[string]any](stream[name]), 32)
	}
	check(len(items["Keys"]) == 1 || len(items["Keys"]) == 2)
	for name, v := range items["Keys"] {
		for kind := range v.(map[string]any) {
			check(kind == "S" || kind == "N" || kind == "B")
		}
		for image, item := range items {
			check(fmt.Sprint(item[name]) == fmt.Sprint(v) && item[name] != nil || image == "Keys")
		}
	}
	return slowForm(items["Keys"]), slowForm(items["OldImage"]), slowForm(items["NewImage"])
}

func slowForm(item map[string]any) string {
	if item == nil {
		return ""
	}
	return string(must(reference.Transform(must(json.Marshal(item)))))
}

func slowItem(item map[string]any, levels int) map[string]any {
	check(levels >= 0)
	out := map[string]any{}
	for name, v := range item {
		out[name] = slowValue(as[map[string]any](v), levels)
	}
	return out
}

func slowValue(v map[string]any, levels int) map[string]any {
	check(len(v) == 1)
	for kind, content := range v {
		switch kind {
		case "S", "N", "B":
			return map[string]any{kind: slowScalar(kind, content)}
		case "BOOL":
			return map[string]any{kind: as[bool](content)}
		case "NULL":
			check(as[bool](content))
			return v
		case "M":
			return map[string]any{kind: slowItem(as[map[string]any](content), levels-1)}
		case "L":
			list := []any{}
			for _, e := range as[[]any](content) {
				check(levels > 0)
				list = append(list, slowValue(as[map[string]any](e), levels-1))
			}
			return map[string]any{kind: list}
		case "SS", "NS", "BS":
			set := map[string]bool{}
			for _, e := range as[[]any](content) {
				set[slowScalar(kind[:1], e)] = true
			}
			check(len(set) > 0)
			return map[string]any{kind: slices.SortedFunc(maps.Keys(set), func(a, b string) int {
				return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
			})}
		}
	}
	panic(errSlow)
}

func slowScalar(kind string, content any) string {
	text := as[string](content)
	switch kind {
	case "N":
		check(slowNumber.MatchString(text))
		plain := rational(text).FloatString(400)
		return strings.TrimSuffix(strings.TrimRight(plain, "0"), ".")
	case "B":
		data, err := base64.StdEncoding.DecodeString(text)
		check(err == nil && !strings.ContainsAny(text, "\r\n"))
		return base64.StdEncoding.EncodeToString(data)
	}
	return text
}

// drawRecord draws a record that decodes, its members in any order and between others.
func drawRecord(t *rapid.T) string {
	s := speller{t}
	r := rapid.SampledFrom([]string{"INSERT", "MODIFY", "REMOVE"}).Draw(t, "operation")
	stream := []string{s.string("Keys") + ":" + s.item(key), fmt.Sprintf(`%s:"%d"`, s.string("SequenceNumber"), rapid.Uint64().Draw(t, "sequence"))}
	if r != "INSERT" {
		stream = append(stream, s.string("OldImage")+":"+s.item(drawItem(t, "old")))
	}
	if r != "REMOVE" {
		stream = append(stream, s.string("NewImage")+":"+s.item(drawItem(t, "new")))
	}
	at := rapid.SampledFrom([]string{`1479499740`, `1.479499740E9`, `1479499740.1250`, `0`}).Draw(t, "at")
	stream = append(stream, drawOthers(t, `"ApproximateCreationDateTime":`+at, `"StreamViewType":"NEW_AND_OLD_IMAGES"`, `"SizeBytes":12`, `"NewThing":[{}]`)...)
	members := append(drawOthers(t, `"eventVersion":"1.1"`, `"awsRegion":"x"`, `"userIdentity":null`, `"x":{"y":[1,"\n"]}`),
		s.string("eventID")+":"+s.string(anyText.Draw(t, "id")), s.string("eventName")+":"+s.string(r), `"eventSource":"aws:dynamodb"`,
		s.string("eventSourceARN")+":"+s.string(arn), s.string("dynamodb")+":{"+strings.Join(s.shuffle(stream), ",")+"}")
	if !slices.Contains(members, `"userIdentity":null`) {
		members = append(members, `"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"}`)
	}
	return "{" + s.space() + strings.Join(s.shuffle(members), s.space()+","+s.space()) + "}"
}

func drawOthers(t *rapid.T, all ...string) []string {
	return slices.DeleteFunc(all, func(string) bool { return rapid.Bool().Draw(t, "left out") })
}

func TestDecodeAgreesWithReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var records []string
		for range rapid.IntRange(1, 4).Draw(t, "records") {
			records = append(records, drawRecord(t))
		}
		agree(t, records)
	})
}

func TestDecodeAgreesWithReferenceOnWhatIsWrong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tree any
		d := json.NewDecoder(strings.NewReader(drawRecord(t)))
		d.UseNumber()
		require.NoError(t, d.Decode(&tree))
		for range rapid.IntRange(1, 3).Draw(t, "damages") {
			tree = damage(t, tree)
		}
		agree(t, []string{insert("").json(), string(must(json.Marshal(tree))), insert("").json()})
	})
}

// damage replaces one value somewhere in a tree.
func damage(t *rapid.T, tree any) any {
	switch v := tree.(type) {
	case map[string]any:
		if len(v) > 0 && rapid.IntRange(0, 7).Draw(t, "deeper") > 0 {
			name := rapid.SampledFrom(slices.Sorted(maps.Keys(v))).Draw(t, "name")
			if rapid.IntRange(0, 7).Draw(t, "delete") == 0 {
				delete(v, name)
				return v
			}
			v[name] = damage(t, v[name])
			return v
		}
	case []any:
		if len(v) > 0 && rapid.IntRange(0, 7).Draw(t, "deeper") > 0 {
			i := rapid.IntRange(0, len(v)-1).Draw(t, "index")
			v[i] = damage(t, v[i])
			return v
		}
	}
	return rapid.SampledFrom([]any{nil, true, false, "", "x", "1", "AA", "AB==", json.Number("1"), []any{}, []any{"1", "1"}, map[string]any{},
		map[string]any{"S": "x"}, map[string]any{"N": "01"}, map[string]any{"N": "x"}, map[string]any{"SS": []any{}}, "INSERT", "REMOVE"}).Draw(t, "value")
}

func agree(t *rapid.T, records []string) {
	changes, err := change.Decode(loadModel(t, "shop"), event(records...))
	var want []slowChange
	var faults []error
	for _, r := range records {
		c, fault := slow([]byte(r))
		if errors.Is(fault, errSlowView) {
			require.ErrorIs(t, err, change.ErrViewType)
			return
		}
		want, faults = append(want, c), append(faults, fault)
	}
	require.NoError(t, err)
	require.Len(t, changes, len(records))
	for i, c := range changes {
		require.Equal(t, records[i], string(c.Raw))
		require.Equal(t, faults[i] != nil, c.Fault != nil, "reference: %v, decoder: %v", faults[i], c.Fault)
		if c.Fault != nil {
			continue
		}
		got := slowChange{id: c.EventID, sequence: c.Sequence, op: c.Op, cause: c.Cause, arn: c.Stream.ARN, at: c.At,
			keys: string(c.Keys.AppendCanonical(nil)), old: string(c.Old.AppendCanonical(nil)), new: string(c.New.AppendCanonical(nil))}
		require.Equal(t, want[i], got)
		require.Equal(t, must(change.Version(c.Stream.Label, c.Sequence)), c.Version)
	}
}
