package main

import (
	"bufio"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
)

func TestAuditShow(t *testing.T) {
	f := newShopFloor(t)
	f.write(record(1, lampKey, "", lamp), record(2, userKey, "", user))
	f.write(record(3, lampKey, lamp, cheapLamp))
	f.write(record(3, lampKey, lamp, cheapLamp), record(4, userKey, user, ""))
	for _, row := range []struct {
		name   string
		args   []string
		status int
		says   []string
	}{
		{"an item", []string{"PRODUCT#p1", "METADATA"}, exitFine, []string{"insert  Product", "changed price", "2 shown of 5 lines", "1 repeated"}},
		{"a key as JSON", []string{`{"PK":"USER#u1","SK":"PROFILE"}`}, exitFine, []string{"remove  User", "2 shown"}},
		{"a time", []string{"--from", "2020-01-01"}, exitFine, []string{"4 shown of 5 lines"}},
		{"a time without changes", []string{"--to", "2020-01-01"}, exitUnproven, []string{"no such line"}},
		{"an item without lines", []string{"USER#u2", "PROFILE"}, exitUnproven, []string{"0 shown", "no such line"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, stdout, stderr := f.run(append([]string{"audit", "show"}, row.args...)...)
			require.Equal(t, row.status, status, stderr)
			for _, said := range row.says {
				require.Contains(t, stdout+stderr, said)
			}
		})
	}
}

func TestAuditShowPrintsLinesAsTheyStand(t *testing.T) {
	f := newShopFloor(t)
	f.write(record(1, lampKey, "", lamp))
	status, stdout, _ := f.run("audit", "show", "PRODUCT#p1", "METADATA", "--json")
	require.Equal(t, exitFine, status)
	var values []map[string]json.RawMessage
	for lines := bufio.NewScanner(strings.NewReader(stdout)); lines.Scan(); {
		var value map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(lines.Bytes(), &value))
		values = append(values, value)
	}
	require.Len(t, values, 2)
	require.Equal(t, lampKey, string(values[0]["keys"]))
	require.Contains(t, string(values[1]["summary"]), `"shown":1`)
}

func TestAuditShowSaysWhatIsWrong(t *testing.T) {
	f := newShopFloor(t)
	f.write(record(1, lampKey, "", lamp))
	good := f.audit.Objects()
	f.write(`{"eventID":"e2","eventName":"INSERT","dynamodb":{}}`)
	status, _, stderr := f.run("audit", "show", "PRODUCT#p1", "METADATA")
	require.Equal(t, exitUnproven, status, "a record that names no item may be of this one")
	require.Contains(t, stderr, "1 records did not decode")
	status, stdout, _ := f.run("audit", "show", "--from", "2020-01-01")
	require.Equal(t, exitFine, status)
	require.Contains(t, stdout, "raw")

	for key := range good {
		f.audit.Set(key, []byte("altered"))
	}
	status, stdout, _ = f.run("audit", "show", "--from", "2020-01-01")
	require.Equal(t, exitWrong, status)
	require.Contains(t, stdout, "FAULT")
	require.Contains(t, stdout, "1 faults")
	status, stdout, _ = f.run("audit", "show", "--from", "2020-01-01", "--json")
	require.Equal(t, exitWrong, status)
	require.Contains(t, stdout, `{"fault":"`)

	f.audit.Fail = func(operation, _ string) s3fake.Fault {
		if operation == "ListObjectsV2" {
			return s3fake.Fault{Err: s3fake.Error("AccessDenied")}
		}
		return s3fake.Fault{}
	}
	status, _, stderr = f.run("audit", "show", "--from", "2020-01-01")
	require.Equal(t, exitBlind, status)
	require.Contains(t, stderr, "AccessDenied")
}
