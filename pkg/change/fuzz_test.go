package change_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
)

// FuzzDecode checks that any event is refused or decoded, that faults are all that a record has that does not decode,
// and that canonical forms decode to themselves.
func FuzzDecode(f *testing.F) {
	samples, err := filepath.Glob("testdata/*.json")
	require.NoError(f, err)
	for _, sample := range samples {
		src, err := os.ReadFile(sample)
		require.NoError(f, err)
		f.Add(src)
	}
	f.Add(orderEvent(2))
	f.Add(event(insert(`,"x":{"N":"1E+3"}`).json(), insert(`,"x":{"N":"x"}`).json(), `{"eventID":"\ud800","dynamodb":{"SequenceNumber":"1"`+"}}"))
	f.Add(event(record{op: "REMOVE", keys: itemKeys, old: itemKeys, more: `,"userIdentity":{"Type":"Service"}`}.json()))
	m := loadModel(f, "shop")
	f.Fuzz(func(t *testing.T, src []byte) {
		changes, err := change.Decode(m, src)
		if err != nil {
			require.Nil(t, changes)
			return
		}
		for i := range changes {
			c := &changes[i]
			c.Evidence(m.Table.Stamps)
			if c.Fault != nil {
				require.False(t, c.Keys.Exists() || c.Old.Exists() || c.New.Exists())
				continue
			}
			again := decodeOne(t, m, canonicalRecord(c))
			require.NoError(t, again.Fault)
			require.Equal(t, c.New.Hash(), again.New.Hash())
			require.Equal(t, c.Old.Hash(), again.Old.Hash())
			require.Equal(t, string(c.Keys.AppendCanonical(nil)), string(again.Keys.AppendCanonical(nil)))
			require.Equal(t, c.Old.Entity, again.Old.Entity)
			require.Equal(t, c.New.Entity, again.New.Entity)
			require.Equal(t, change.Equal(c.Old.Image, c.New.Image), len(change.Changed(c.Old.Image, c.New.Image)) == 0 && c.Op == "modify")
		}
	})
}

// canonicalRecord is a record of the change with its images in canonical form.
func canonicalRecord(c *change.Change) string {
	return record{
		op:   strings.ToUpper(c.Op),
		keys: string(c.Keys.AppendCanonical(nil)),
		old:  string(c.Old.AppendCanonical(nil)),
		new:  string(c.New.AppendCanonical(nil)),
	}.json()
}
