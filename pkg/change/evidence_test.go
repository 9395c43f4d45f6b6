package change_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
)

func TestEvidence(t *testing.T) {
	const ann, bob = `,"updated_by":{"S":"ann"}`, `,"updated_by":{"S":"bob"}`
	const r1, r2 = `,"request_id":{"S":"r1"}`, `,"request_id":{"S":"r2"}`
	const v1, v2 = `,"rev":{"N":"1"}`, `,"rev":{"N":"2.0"}`
	const absent = "absent"
	for name, test := range map[string]struct {
		old, new string
		want     change.Evidence
	}{
		"insert with all":          {absent, ann + r1 + v1, change.Evidence{Actor: "ann", How: "request", Request: "r1", Revision: "1"}},
		"insert with actor only":   {absent, ann, change.Evidence{Actor: "ann", How: "actor"}},
		"insert with revision":     {absent, ann + v1, change.Evidence{Actor: "ann", How: "revision", Revision: "1"}},
		"insert without actor":     {absent, r1 + v1, change.Evidence{How: "none", Request: "r1", Revision: "1"}},
		"insert without stamps":    {absent, ``, change.Evidence{How: "none"}},
		"another request":          {ann + r1, ann + r2, change.Evidence{Actor: "ann", How: "request", Request: "r2"}},
		"another revision":         {ann + v1, ann + v2, change.Evidence{Actor: "ann", How: "revision", Revision: "2", PreviousRevision: "1"}},
		"another actor":            {ann, bob, change.Evidence{Actor: "bob", How: "actor"}},
		"all others":               {ann + r1 + v1, bob + r2 + v2, change.Evidence{Actor: "bob", How: "request", Request: "r2", Revision: "2", PreviousRevision: "1"}},
		"first stamps of an item":  {``, ann + r1, change.Evidence{Actor: "ann", How: "request", Request: "r1"}},
		"stale stamps":             {ann + r1 + v1, ann + r1 + v1 + `,"x":{"S":"y"}`, change.Evidence{Carried: "ann", How: "carried", Revision: "1", PreviousRevision: "1"}},
		"same number in other way": {ann + `,"rev":{"N":"2"}`, ann + v2, change.Evidence{Carried: "ann", How: "carried", Revision: "2", PreviousRevision: "2"}},
		"request taken away":       {ann + r1, ann, change.Evidence{Carried: "ann", How: "carried"}},
		"revision taken away":      {ann + v1, ann, change.Evidence{Carried: "ann", How: "carried", PreviousRevision: "1"}},
		"actor taken away":         {ann + r1, r2, change.Evidence{How: "none", Request: "r2"}},
		"removed":                  {ann + r1 + v1, absent, change.Evidence{How: "none", PreviousRevision: "1"}},
		"tenant of a new item":     {absent, `,"tenant_id":{"S":"t1"}`, change.Evidence{How: "none", Tenant: "t1"}},
		"tenant of a removed item": {`,"tenant_id":{"S":"t1"}`, absent, change.Evidence{How: "none", Tenant: "t1"}},
		"tenant that changes":      {`,"tenant_id":{"S":"t1"}`, `,"tenant_id":{"S":"t2"}`, change.Evidence{How: "none", Tenant: "t2"}},
		"tenant taken away":        {`,"tenant_id":{"S":"t1"}`, ``, change.Evidence{How: "none"}},
		"numbers as stamps": {absent, `,"updated_by":{"N":"7.0"},"request_id":{"N":"8"},"tenant_id":{"N":"9"}`,
			change.Evidence{Actor: "7", How: "request", Request: "8", Tenant: "9"}},
		"stamps of other types": {absent, `,"updated_by":{"SS":["ann"]},"request_id":{"BOOL":true},"tenant_id":{"NULL":true},"rev":{"S":"1"}`, change.Evidence{How: "none"}},
		"empty stamps":          {absent, `,"updated_by":{"S":""},"request_id":{"S":""},"tenant_id":{"S":""}`, change.Evidence{How: "none"}},
		"empty request":         {ann + r1, ann + `,"request_id":{"S":""}`, change.Evidence{Carried: "ann", How: "carried"}},
		"revision as fraction":  {absent, ann + `,"rev":{"N":"1.5"}`, change.Evidence{Actor: "ann", How: "actor"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := record{op: "MODIFY", keys: itemKeys}
			if test.old != absent {
				r.old = insert(test.old).new
			}
			if test.new != absent {
				r.new = insert(test.new).new
			}
			if test.old == absent {
				r.op = "INSERT"
			}
			if test.new == absent {
				r.op = "REMOVE"
			}
			m := loadModel(t, "shop")
			c := decodeOne(t, m, r.json())
			require.NoError(t, c.Fault)
			require.Equal(t, test.want, c.Evidence(m.Table.Stamps))
		})
	}
}

func TestEvidenceWithoutStampsInTheModel(t *testing.T) {
	m := loadModel(t, "kinds")
	c := decodeInsert(t, m, `"PK":{"S":"t1"}`, `,"":{"S":"x"},"updated_by":{"S":"ann"}`)
	require.Equal(t, change.Evidence{How: change.EvidenceNone}, c.Evidence(m.Table.Stamps))
}

func TestEvidenceOfAFaultyRecord(t *testing.T) {
	m := loadModel(t, "shop")
	c := decodeOne(t, m, insert(`,"updated_by":{"S":"ann"},"x":{"N":"x"}`).json())
	require.Error(t, c.Fault)
	require.Equal(t, change.Evidence{How: change.EvidenceNone}, c.Evidence(m.Table.Stamps))
}
