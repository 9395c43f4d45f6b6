package change_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
)

// A record costs no allocation of its own; what an event costs are a few slices.
func TestDecodeAllocatesForTheEventNotForTheRecord(t *testing.T) {
	m := loadModel(t, "shop")
	src := orderEvent(1000)
	allocations := testing.AllocsPerRun(5, func() { must(change.Decode(m, src)) })
	require.Less(t, allocations, 100.0)
}

func TestReadingAllocatesNothing(t *testing.T) {
	changes := must(change.Decode(loadModel(t, "shop"), orderEvent(1)))
	old, new := changes[0].Old, changes[0].New
	address, _ := new.Get("address")
	total, orderID := new.Entity.Field("total"), new.Entity.Field("order_id")
	dst := make([]byte, 0, 4096)
	var report change.Report
	for name, read := range map[string]func(){
		"canonical form":  func() { new.AppendCanonical(dst) },
		"attribute":       func() { new.Get("user_id") },
		"equal":           func() { change.Equal(old.Image, new.Image) },
		"key field":       func() { new.Value(orderID) },
		"scalar field":    func() { new.AppendField(dst, total, &report) },
		"nested field":    func() { address.AppendAs(dst, &new.Entity.Field("address").Type, &report) },
		"digits":          func() { change.Digits([]byte("123.45")) },
		"elements":        func() { address.Elem(0).Text() },
		"values compared": func() { change.EqualValues(address, address) },
	} {
		require.Zero(t, testing.AllocsPerRun(100, read), name)
	}
}
