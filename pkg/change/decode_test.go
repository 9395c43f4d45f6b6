package change_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

func TestDecodeEveryOperation(t *testing.T) {
	old := `{"PK":{"S":"ORDER#o1"},"SK":{"S":"METADATA"},"status":{"S":"NEW"}}`
	new := `{"SK":{"S":"METADATA"},"status":{"S":"PAID"},"PK":{"S":"ORDER#o1"}}`
	m := loadModel(t, "shop")
	for name, test := range map[string]struct {
		record   record
		op       string
		old, new bool
		cause    string
	}{
		"insert": {record{op: "INSERT", keys: itemKeys, new: new}, model.Insert, false, true, change.CauseUser},
		"modify": {record{op: "MODIFY", keys: itemKeys, old: old, new: new}, model.Modify, true, true, change.CauseUser},
		"remove": {record{op: "REMOVE", keys: itemKeys, old: old}, model.Remove, true, false, change.CauseUser},
		"null for an image": {record{op: "REMOVE", keys: itemKeys, old: old, new: "null", more: `,"userIdentity":null`},
			model.Remove, true, false, change.CauseUser},
		"time to live": {record{op: "REMOVE", keys: itemKeys, old: old,
			more: `,"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"}`}, model.Remove, true, false, change.CauseTTL},
		"time to live in capitals": {record{op: "REMOVE", keys: itemKeys, old: old,
			more: `,"userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}`}, model.Remove, true, false, change.CauseTTL},
		"remove by another service": {record{op: "REMOVE", keys: itemKeys, old: old,
			more: `,"userIdentity":{"type":"Service","principalId":"other.amazonaws.com"}`}, model.Remove, true, false, change.CauseUser},
		"remove by another type": {record{op: "REMOVE", keys: itemKeys, old: old,
			more: `,"userIdentity":{"type":"User","principalId":"dynamodb.amazonaws.com","x":[1]}`}, model.Remove, true, false, change.CauseUser},
		"identity without texts": {record{op: "REMOVE", keys: itemKeys, old: old,
			more: `,"userIdentity":{"type":null,"principalId":{}}`}, model.Remove, true, false, change.CauseUser},
		"insert with that identity": {record{op: "INSERT", keys: itemKeys, new: new,
			more: `,"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"}`}, model.Insert, false, true, change.CauseUser},
	} {
		t.Run(name, func(t *testing.T) {
			src := test.record.json()
			c := decodeOne(t, m, src)
			require.NoError(t, c.Fault)
			require.Equal(t, change.Stream{ARN: arn, Region: "eu-central-1", Account: "123456789012", Table: "shop-prod", Label: label}, c.Stream)
			require.Equal(t, "4421584500000000017450439091", c.Sequence)
			require.Equal(t, label+"/0000000000004421584500000000017450439091", c.Version)
			require.Equal(t, "e1", c.EventID)
			require.Equal(t, test.op, c.Op)
			require.Equal(t, test.cause, c.Cause)
			require.Equal(t, time.Date(2016, 11, 18, 20, 9, 0, 0, time.UTC), c.At)
			require.Equal(t, itemKeys, string(c.Keys.AppendCanonical(nil)))
			require.Equal(t, test.old, c.Old.Exists())
			require.Equal(t, test.new, c.New.Exists())
			require.Equal(t, src, string(c.Raw))
			if test.new {
				require.Equal(t, `{"PK":{"S":"ORDER#o1"},"SK":{"S":"METADATA"},"status":{"S":"PAID"}}`, string(c.New.AppendCanonical(nil)))
			}
			if test.old {
				require.Equal(t, old, string(c.Old.AppendCanonical(nil)))
			}
		})
	}
}

func TestDecodeTime(t *testing.T) {
	m := loadModel(t, "shop")
	for name, test := range map[string]struct{ at, want string }{
		"integer":                   {"1479499740", "2016-11-18T20:09:00Z"},
		"exponent":                  {"1.479499740E9", "2016-11-18T20:09:00Z"},
		"fraction":                  {"1479499740.25", "2016-11-18T20:09:00.25Z"},
		"fraction and exponent":     {"1.479499740123E+9", "2016-11-18T20:09:00.123Z"},
		"fraction no double has":    {"1479499740.123456789", "2016-11-18T20:09:00.123456789Z"},
		"finer than a nanosecond":   {"1479499740.0000000019", "2016-11-18T20:09:00.000000001Z"},
		"the start of time":         {"0", "1970-01-01T00:00:00Z"},
		"the end of time":           {"253402300799.999999999", "9999-12-31T23:59:59.999999999Z"},
		"an integer, as a fraction": {"1428537600.0", "2015-04-09T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			r := insert("")
			r.at = test.at
			c := decodeOne(t, m, r.json())
			require.NoError(t, c.Fault)
			require.Equal(t, test.want, c.At.Format(time.RFC3339Nano))
			require.Equal(t, time.UTC, c.At.Location())
		})
	}
}

func TestDecodeKeepsTheOrderOfTheEvent(t *testing.T) {
	var records []string
	for _, sequence := range []string{"3", "1", "2"} {
		r := insert("")
		r.sequence = sequence
		records = append(records, r.json())
	}
	changes, err := change.Decode(loadModel(t, "shop"), event(records...))
	require.NoError(t, err)
	require.Equal(t, []string{"3", "1", "2"}, []string{changes[0].Sequence, changes[1].Sequence, changes[2].Sequence})
}

func TestStringsOfAChangeOutliveTheEvent(t *testing.T) {
	src := event(insert("").json(), insert(`,"x":{"N":"x"}`).json())
	changes, err := change.Decode(loadModel(t, "shop"), src)
	require.NoError(t, err)
	fault := changes[1].Fault.Error()
	clear(src)
	for _, c := range changes {
		require.Equal(t, "e1", c.EventID)
		require.Equal(t, arn, c.Stream.ARN)
		require.Equal(t, must(change.Version(label, "4421584500000000017450439091")), c.Version)
		require.Equal(t, "4421584500000000017450439091", c.Sequence)
	}
	require.Equal(t, fault, changes[1].Fault.Error())
}

func TestDecodeSkipsWhatItDoesNotKnow(t *testing.T) {
	src := `{"a":{"b":[1,{"c":null}]},"Records":[{"x":[1.5e3,"\n"],"eventID":"e\u0031","eventSource":"aws:dynamodb","eventName":"REMOVE",
		"eventSourceARN":"` + arn + `","dynamodb":{"y":{},"Keys":` + itemKeys + `,"OldImage":` + itemKeys + `,"SequenceNumber":"1","z":[[]]}} ],"window":{}} `
	changes, err := change.Decode(loadModel(t, "shop"), []byte(src))
	require.NoError(t, err)
	require.Len(t, changes, 1)
	require.NoError(t, changes[0].Fault)
	require.Equal(t, "e1", changes[0].EventID)
	require.True(t, changes[0].At.IsZero(), "a record without creation time has none")
}

func TestDecodeSamples(t *testing.T) {
	for name, test := range map[string]struct {
		count  int
		first  time.Time
		faults map[int]string
	}{
		"console-event.json":       {3, time.Date(2015, 4, 9, 0, 0, 0, 0, time.UTC), nil},
		"documented-event.json":    {3, time.Time{}, nil},
		"aws-lambda-go-event.json": {2, time.Date(2016, 12, 2, 1, 27, 0, 0, time.UTC), map[int]string{1: "NewImage.EmptyStringSet: is an empty set"}},
	} {
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile(filepath.Join("testdata", name))
			require.NoError(t, err)
			changes, err := change.Decode(loadModel(t, "samples"), src)
			require.NoError(t, err)
			require.Len(t, changes, test.count)
			for i, c := range changes {
				require.Equal(t, test.first, c.At)
				require.NotEmpty(t, c.Version)
				if fault := test.faults[i]; fault != "" {
					require.ErrorContains(t, c.Fault, fault)
					continue
				}
				require.NoError(t, c.Fault)
				require.Equal(t, c.Op != model.Remove, c.New.Exists())
				require.Equal(t, c.Op != model.Insert, c.Old.Exists())
				if id, told := c.Keys.Get("Id"); told {
					require.Equal(t, "101", id.String())
					require.Equal(t, "Message", (map[bool]change.State{true: c.New, false: c.Old}[c.New.Exists()]).Entity.Name)
				}
			}
		})
	}
}

// The second record of this sample has a set that DynamoDB does not, and is all right without it.
func TestDecodeSampleWithoutItsEmptySet(t *testing.T) {
	src, err := os.ReadFile("testdata/aws-lambda-go-event.json")
	require.NoError(t, err)
	sound := strings.Replace(string(src), `"SS": []`, `"SS": ["a"]`, 1)
	changes, err := change.Decode(loadModel(t, "samples"), []byte(sound))
	require.NoError(t, err)
	require.NoError(t, changes[1].Fault)
	require.Equal(t, 17, changes[1].New.Len())
	set, _ := changes[1].New.Get("BinarySet")
	require.Equal(t, `{"BS":["AAEqQQ=="]}`, set.String())
}

func TestDecodeRefusesEvents(t *testing.T) {
	one := insert("").json()
	for name, test := range map[string]struct{ src, reason string }{
		"nothing":               {``, "JSON ends too early"},
		"no JSON":               {`hello`, "at byte 0"},
		"an array":              {`[]`, "unexpected character"},
		"no Records":            {`{"detail-type":"Scheduled Event"}`, "it has no Records"},
		"records in lower case": {`{"records":[]}`, "it has no Records"},
		"Records are null":      {`{"Records":null}`, "its Records are not an array"},
		"Records are an object": {`{"Records":{}}`, "its Records are not an array"},
		"Records twice":         {`{"Records":[],"Records":[]}`, "it has Records twice"},
		"something behind":      {`{"Records":[]} x`, "unexpected character at byte 15"},
		"trailing comma":        {`{"Records":[` + one + `,]}`, "unexpected character"},
		"comma missing":         {`{"Records":[` + one + one + `]}`, "unexpected character"},
		"cut off in a record":   {string(event(one))[:200], "ends too early"},
		"cut off in the array":  {`{"Records":[` + one, "ends too early"},
		"cut off in the object": {`{"Records":[` + one + `]`, "ends too early"},
		"other member is bad":   {`{"a":01,"Records":[]}`, "malformed number"},
	} {
		t.Run(name, func(t *testing.T) {
			changes, err := change.Decode(loadModel(t, "shop"), []byte(test.src))
			require.ErrorIs(t, err, change.ErrEvent)
			require.ErrorContains(t, err, test.reason)
			require.Nil(t, changes)
		})
	}
}

func TestDecodeRefusesHugeEvents(t *testing.T) {
	_, err := change.Decode(loadModel(t, "shop"), make([]byte, 64<<20+1))
	require.ErrorIs(t, err, change.ErrEvent)
	require.ErrorContains(t, err, "longer than")
}

func TestDecodeEventWithoutRecords(t *testing.T) {
	changes, err := change.Decode(loadModel(t, "shop"), []byte(`{"Records":[]}`))
	require.NoError(t, err)
	require.Empty(t, changes)
}

func TestDecodeRefusesOtherViewTypes(t *testing.T) {
	good := insert("").json()
	keysOnly := record{keys: itemKeys}.json()
	broken := insert(`,"x":{"N":"x"}`).json()
	for name, r := range map[string]string{
		"keys only":                 strings.Replace(keysOnly, "NEW_AND_OLD_IMAGES", "KEYS_ONLY", 1),
		"new image":                 strings.Replace(good, "NEW_AND_OLD_IMAGES", "NEW_IMAGE", 1),
		"of a record with a fault":  strings.Replace(broken, "NEW_AND_OLD_IMAGES", "OLD_IMAGE", 1),
		"not one that DynamoDB has": strings.Replace(good, "NEW_AND_OLD_IMAGES", "", 1),
		"in lower case":             strings.Replace(good, "NEW_AND_OLD_IMAGES", `new_and_old_images`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			changes, err := change.Decode(loadModel(t, "shop"), event(good, r))
			require.ErrorIs(t, err, change.ErrViewType)
			require.ErrorContains(t, err, arn)
			require.Nil(t, changes)
		})
	}
	t.Run("absent is fine", func(t *testing.T) {
		require.NoError(t, decodeOne(t, loadModel(t, "shop"), strings.Replace(good, `,"StreamViewType":"NEW_AND_OLD_IMAGES"`, "", 1)).Fault)
	})
}
