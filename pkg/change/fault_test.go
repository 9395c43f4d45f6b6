package change_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// replaced is a sound record with one part of its text replaced.
func replaced(r record, old, new string) string {
	src := r.json()
	if !strings.Contains(src, old) {
		panic("record has no " + old)
	}
	return strings.Replace(src, old, new, 1)
}

func TestRecordIsRefused(t *testing.T) {
	good := insert(`,"x":{"S":"a"}`)
	modify := record{op: "MODIFY", keys: itemKeys, old: itemKeys, new: itemKeys}
	other := strings.Replace(itemKeys, "o1", "o2", 1)
	for name, test := range map[string]struct{ record, fault string }{
		"no object":                 {`[]`, "record is not a JSON object"},
		"null":                      {`null`, "record is not a JSON object"},
		"other source":              {replaced(good, "aws:dynamodb", "aws:kinesis"), "eventSource: is not aws:dynamodb"},
		"no source":                 {replaced(good, `"eventSource":"aws:dynamodb",`, ""), "eventSource: is not aws:dynamodb"},
		"unknown operation":         {replaced(good, "INSERT", "UPSERT"), "eventName: is not INSERT, MODIFY or REMOVE"},
		"operation in lower case":   {replaced(good, "INSERT", "insert"), "eventName: is not INSERT, MODIFY or REMOVE"},
		"no operation":              {replaced(good, `"eventName":"INSERT",`, ""), "eventName: is not INSERT, MODIFY or REMOVE"},
		"operation is no string":    {replaced(good, `"INSERT"`, "1"), "eventName: is not a JSON string"},
		"id is no string":           {replaced(good, `"e1"`, "1"), "eventID: is not a JSON string"},
		"no stream part":            {replaced(good, `"dynamodb":`, `"other":`), "SequenceNumber: is not a sequence number"},
		"stream part is no object":  {replaced(good, `"dynamodb":{`, `"dynamodb":1,"x":{`), "dynamodb: is not a JSON object"},
		"identity is no object":     {replaced(good, `"eventID"`, `"userIdentity":"x","eventID"`), "userIdentity: is not a JSON object"},
		"no sequence":               {replaced(good, `"SequenceNumber":`, `"other":`), "SequenceNumber: is not a sequence number"},
		"empty sequence":            {replaced(good, "4421584500000000017450439091", ""), "SequenceNumber: is not a sequence number"},
		"long sequence":             {replaced(good, "4421584500000000017450439091", strings.Repeat("1", 41)), "SequenceNumber: is not a sequence number"},
		"sequence with a letter":    {replaced(good, "4421584500000000017450439091", "44x"), "SequenceNumber: is not a sequence number"},
		"sequence as a number":      {replaced(good, `"4421584500000000017450439091"`, "44"), "SequenceNumber: is not a JSON string"},
		"time before 1970":          {replaced(good, "1479499740", "-1"), "ApproximateCreationDateTime: is not a time"},
		"time after 9999":           {replaced(good, "1479499740", "253402300800"), "ApproximateCreationDateTime: is not a time"},
		"hostile time":              {replaced(good, "1479499740", "1e999999999"), "ApproximateCreationDateTime: is not a time"},
		"time with leading zero":    {replaced(good, "1479499740", "01479499740"), "ApproximateCreationDateTime: JSON has a malformed number"},
		"time as a string":          {replaced(good, "1479499740", `"1479499740"`), "ApproximateCreationDateTime: JSON has a malformed number"},
		"no keys":                   {replaced(good, `"Keys":`, `"other":`), "Keys: is missing"},
		"keys are null":             {replaced(good, `"Keys":`, `"Keys":null,"other":`), "Keys: is missing"},
		"keys are empty":            {record{keys: "{}", new: itemKeys}.json(), "Keys: has other than one or two attributes"},
		"three keys":                {record{keys: itemKeys[:len(itemKeys)-1] + `,"x":{"S":"a"}}`, new: itemKeys}.json(), "Keys: has other than one or two attributes"},
		"key of another type":       {record{keys: `{"PK":{"BOOL":true}}`, new: itemKeys}.json(), "Keys.PK: is a key attribute and neither S, N nor B"},
		"insert without new image":  {record{keys: itemKeys}.json(), "NewImage: is missing"},
		"insert with old image":     {record{keys: itemKeys, new: itemKeys, old: itemKeys}.json(), "OldImage: is there, but the operation has none"},
		"modify without old image":  {record{op: "MODIFY", keys: itemKeys, new: itemKeys}.json(), "OldImage: is missing"},
		"modify without new image":  {record{op: "MODIFY", keys: itemKeys, old: itemKeys}.json(), "NewImage: is missing"},
		"remove without old image":  {record{op: "REMOVE", keys: itemKeys}.json(), "OldImage: is missing"},
		"remove with new image":     {record{op: "REMOVE", keys: itemKeys, old: itemKeys, new: itemKeys}.json(), "NewImage: is there, but the operation has none"},
		"key differs in new image":  {record{keys: itemKeys, new: other}.json(), "NewImage.PK: is not the same as in Keys"},
		"key differs in old image":  {record{op: "MODIFY", keys: itemKeys, old: other, new: itemKeys}.json(), "OldImage.PK: is not the same as in Keys"},
		"key missing in new image":  {record{keys: itemKeys, new: `{"PK":{"S":"ORDER#o1"}}`}.json(), "NewImage.SK: is not the same as in Keys"},
		"empty image":               {record{keys: itemKeys, new: `{}`}.json(), "NewImage.PK: is not the same as in Keys"},
		"image is no object":        {record{keys: itemKeys, new: `[]`}.json(), "NewImage: is not a JSON object"},
		"member twice":              {replaced(modify, `"eventID"`, `"eventID":"e1","eventID"`), "eventID: occurs twice"},
		"image twice":               {replaced(modify, `"SizeBytes"`, `"NewImage":{},"SizeBytes"`), "NewImage: occurs twice"},
		"unknown member twice":      {replaced(modify, `"eventID"`, `"x":1,"y":2,"\u0078":3,"eventID"`), "x: occurs twice"},
		"unknown member twice deep": {replaced(modify, `"SizeBytes"`, `"SizeBytes":1,"SizeBytes"`), "SizeBytes: occurs twice"},
		"identity twice":            {replaced(modify, `"eventID"`, `"userIdentity":{"type":"a","type":"b"},"eventID"`), "userIdentity.type: occurs twice"},
		"unknown member is bad":     {replaced(modify, `"eventID"`, `"x":[01],"eventID"`), "x: JSON has a malformed number (near byte 8 of the record)"},
		"trailing comma":            {replaced(modify, `"eventID"`, `"x":[1,],"eventID"`), "x: JSON has an unexpected character"},
	} {
		t.Run(name, func(t *testing.T) {
			sound := insert("").json()
			changes, err := change.Decode(loadModel(t, "shop"), event(sound, test.record, sound))
			require.NoError(t, err)
			require.Len(t, changes, 3)
			require.NoError(t, changes[0].Fault)
			require.NoError(t, changes[2].Fault, "the record after it decodes")
			require.Equal(t, itemKeys, string(changes[2].New.AppendCanonical(nil)))

			c := changes[1]
			require.ErrorContains(t, c.Fault, test.fault)
			var fault *change.FaultError
			require.ErrorAs(t, c.Fault, &fault)
			require.Equal(t, test.record, string(c.Raw))
			require.False(t, c.Keys.Exists() || c.Old.Exists() || c.New.Exists())
			require.Nil(t, c.New.Entity)
		})
	}
}

// What can be read of a faulty record is kept, wherever in it the fault is.
func TestFaultyRecordKeepsWhatCanBeRead(t *testing.T) {
	ttl := `,"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"}`
	whole := change.Change{
		Stream:   change.Stream{ARN: arn, Region: "eu-central-1", Account: "123456789012", Table: "shop-prod", Label: label},
		Sequence: "4421584500000000017450439091", Version: label + "/0000000000004421584500000000017450439091",
		EventID: "e1", Op: model.Remove, At: time.Unix(1479499740, 0).UTC(), Cause: change.CauseTTL,
	}
	for name, test := range map[string]struct {
		old, new string // the part of the text that is replaced
		lose     func(c *change.Change)
	}{
		"image first in the record":   {`"Keys":{`, `"OldImage":{"x":{"N":"x"}},"Keys":{`, nil},
		"image that is no JSON":       {`"OldImage":{`, `"OldImage":{"x":{"N":},"y":[}`, nil},
		"image with a name twice":     {`"OldImage":{`, `"OldImage":{"PK":{"S":"x"},`, nil},
		"name that is no string":      {`"eventVersion":"1.1"`, `"event\ud800Version":"1.1"`, nil},
		"escaped names":               {`"eventID":"e1"`, `"event\u0049D":"\u00651","x":[01]`, nil},
		"id":                          {`"e1"`, `1`, func(c *change.Change) { c.EventID = "" }},
		"operation":                   {`"REMOVE"`, `"DELETE"`, func(c *change.Change) { c.Op, c.Cause = "", change.CauseUser }},
		"time":                        {`1479499740`, `x`, func(c *change.Change) { c.At = time.Time{} }},
		"stream":                      {arn, `arn`, func(c *change.Change) { c.Stream, c.Version = change.Stream{}, "" }},
		"sequence":                    {`"4421584500000000017450439091"`, `"44x"`, func(c *change.Change) { c.Sequence, c.Version = "44x", "" }},
		"sequence that is no string":  {`"4421584500000000017450439091"`, `44`, func(c *change.Change) { c.Sequence, c.Version = "", "" }},
		"first of two that differ":    {`"eventID":"e1"`, `"eventID":"e1","eventID":"e2"`, nil},
		"first of two, if readable":   {`"eventID":"e1"`, `"eventID":"\ud800","eventID":"e1"`, nil},
		"member without value":        {`"eventVersion":"1.1",`, `"x":[],"eventVersion":{,},`, nil},
		"comma missing":               {`"eventVersion":"1.1",`, `"eventVersion":"1.1"`, nil},
		"broken off, but in brackets": {ttl, `,"userIdentity":`, func(c *change.Change) { c.Cause = change.CauseUser }},
		"source":                      {`"aws:dynamodb"`, `null`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			src := replaced(record{op: "REMOVE", keys: itemKeys, old: itemKeys, more: ttl}, test.old, test.new)
			c := decodeOne(t, loadModel(t, "shop"), src)
			require.Error(t, c.Fault)
			want := whole
			if test.lose != nil {
				test.lose(&want)
			}
			want.Fault, want.Raw = c.Fault, []byte(src)
			require.Equal(t, want, *c)
		})
	}
}

func TestFaultyRecordsLeaveTheOthersAlone(t *testing.T) {
	sound, broken := insert("").json(), insert(`,"x":{"L":[`+strings.Repeat(`{"S":"a\n"},`, 1000)+`{"N":"x"}]}`).json()
	var records []string
	for range 100 {
		records = append(records, broken, sound)
	}
	changes, err := change.Decode(loadModel(t, "shop"), event(records...))
	require.NoError(t, err)
	for i, c := range changes {
		require.Equal(t, i%2 == 0, c.Fault != nil)
		if c.Fault == nil {
			require.Equal(t, itemKeys, string(c.New.AppendCanonical(nil)))
		}
	}
}
