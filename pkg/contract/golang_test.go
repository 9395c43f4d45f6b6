package contract_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	shopevents "github.com/outflow-dev/outflow/examples/shop/events/go"
	"github.com/outflow-dev/outflow/pkg/contract"
)

// roundTrip decodes an event into the shop's types and encodes it again. It says whether the event has a claim instead.
func roundTrip(t *testing.T, event []byte) (isClaimed bool) {
	t.Helper()
	decoded, err := shopevents.Decode(event)
	var claimed *shopevents.ClaimError
	if errors.As(err, &claimed) {
		require.Contains(t, string(event), claimed.SHA256)
		return true
	}
	require.NoError(t, err, string(event))
	encoded, err := shopevents.Encode(decoded)
	require.NoError(t, err)
	require.JSONEq(t, string(event), string(encoded))
	return false
}

func TestShopSamplesRoundTripInGo(t *testing.T) {
	samples := readContract(t, shop).Samples()
	require.NotEmpty(t, samples)
	for _, sample := range samples {
		roundTrip(t, sample.Event)
	}
}

func TestGoTellsWhatItCannotDecode(t *testing.T) {
	c := readContract(t, shop)
	detail := func(name string) []byte {
		text, err := json.Marshal(sampleNamed(t, c, name)["detail"])
		require.NoError(t, err)
		return text
	}
	shipped := detail("OrderShipped.v1.modify")
	_, err := shopevents.Decode(delivered(t, "com.example.other", "OrderShipped", shipped))
	require.ErrorIs(t, err, shopevents.ErrUnknown)
	_, err = shopevents.DecodeDetail([]byte(`{"metadata": {"type": "OrderShipped", "schema": 9}}`))
	require.ErrorIs(t, err, shopevents.ErrUnknown)
	_, err = shopevents.DecodeDetail([]byte(`{"metadata": {"type": "OrderShipped", "schema": 1}, "data": 7}`))
	require.ErrorContains(t, err, "decode detail of OrderShipped")
	_, err = shopevents.Decode([]byte(`{`))
	require.ErrorContains(t, err, "decode event")

	_, err = shopevents.DecodeDetail(detail("OrderShipped.v1.claimed"))
	var claimed *shopevents.ClaimError
	require.ErrorAs(t, err, &claimed)
	require.Equal(t, "shop-prod-claims", claimed.Bucket)
	require.JSONEq(t, `{"order_id": "order-2"}`, string(claimed.Metadata.Key))

	whole, err := shopevents.DecodeDetail(shipped)
	require.NoError(t, err)
	before := whole.(*shopevents.OrderShipped).Before
	require.True(t, before.Status.Told)
	require.Equal(t, "PAID", *before.Status.Value)
	require.False(t, before.UserID.Told)
}

// shopTable is a table of the shop's items, and the stream of what happens to them.
type shopTable struct {
	random  *rand.Rand
	items   map[string]object
	records []any
}

// step writes or deletes one of a few items.
func (s *shopTable) step() {
	make := []func(id string) object{s.user, s.product, s.order, s.line}[s.random.IntN(4)]
	item := make(fmt.Sprint(s.random.IntN(5)))
	key := fmt.Sprint(item["PK"], item["SK"])
	old := s.items[key]
	if old != nil && s.random.IntN(5) == 0 {
		item = nil
	}
	s.items[key] = item
	s.records = append(s.records, recordOf(len(s.records), old, item))
}

func (s *shopTable) stamped(pk, sk string, attributes object) object {
	item := object{"PK": object{"S": pk}, "SK": object{"S": sk}}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if s.random.IntN(8) > 0 {
			item[name] = attributes[name]
		}
	}
	if s.random.IntN(2) == 0 {
		item["updated_by"], item["request_id"] = s.text(), s.text()
	}
	return item
}

// text is one time in ten longer than the test lets an event be.
func (s *shopTable) text() object {
	if s.random.IntN(10) == 0 {
		return object{"S": strings.Repeat("long ", 300)}
	}
	return object{"S": fmt.Sprintf("text %x é\"<", s.random.Uint32())}
}

func (s *shopTable) amount() object {
	return object{"N": fmt.Sprintf("%d.%02d", s.random.IntN(1000), s.random.IntN(100))}
}

func (s *shopTable) user(id string) object {
	return s.stamped("USER#"+id, "PROFILE", object{"name": s.text(), "email": s.text()})
}

func (s *shopTable) product(id string) object {
	return s.stamped("PRODUCT#"+id, "METADATA", object{"title": s.text(), "price": s.amount()})
}

func (s *shopTable) order(id string) object {
	status := []string{"NEW", "PAID", "SHIPPED", "DONE", "LOST"}[s.random.IntN(5)]
	return s.stamped("ORDER#"+id, "METADATA", object{"user_id": s.text(), "status": object{"S": status}, "total": s.amount()})
}

func (s *shopTable) line(id string) object {
	return s.stamped("ORDER#"+id, "ITEM#1", object{"product_id": s.text(), "qty": object{"N": "2"}})
}

func TestTenThousandShopOperationsRoundTripInGo(t *testing.T) {
	s := &shopTable{random: rand.New(rand.NewPCG(1, 2)), items: map[string]object{}}
	for range 10_000 {
		s.step()
	}
	records, err := json.Marshal(object{"Records": s.records})
	require.NoError(t, err)
	schemas, counts := compileAll(t, readContract(t, shop)), map[string]int{}
	for _, event := range published(t, readModel(t, shop), records, 1_400) {
		schemas.check(t, event)
		if roundTrip(t, event) {
			counts["claimed"]++
			continue
		}
		counts[titleOf(instance(t, event))]++
	}
	t.Log("events by kind:", counts)
	require.Greater(t, counts["claimed"], 100)
	for i := range readContract(t, shop).Events {
		require.Greater(t, counts[readContract(t, shop).Events[i].Title()], 100)
	}
}

// The generated package is built alone, since subscribers have no Outflow.
func TestGeneratedGoRoundTripsEverySample(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the Go compiler")
	}
	for _, path := range models[1:] {
		t.Run(path, func(t *testing.T) {
			folder, samples := generate(t, path), readContract(t, path).Samples()
			program, err := os.ReadFile("testdata/roundtrip.go.txt")
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(folder, "main.go"), program, 0o644))
			require.NoError(t, os.WriteFile(filepath.Join(folder, "go.mod"), []byte("module subscriber\n\ngo 1.24\n"), 0o644))
			command := exec.CommandContext(t.Context(), "go", "run", ".")
			command.Dir, command.Stderr = folder, os.Stderr
			output, err := command.Output()
			require.NoError(t, err)
			var encoded map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(output, &encoded))
			require.Len(t, encoded, len(samples))
			for _, sample := range samples {
				require.JSONEq(t, string(sample.Event), string(encoded[sample.Name]), sample.Name)
			}
		})
	}
}

func TestGoNamesDoNotDependOnOtherSchemas(t *testing.T) {
	source, err := readContract(t, "testdata/rich.yaml").Go()
	require.NoError(t, err)
	for _, name := range []string{"type ThingSold struct", "type ThingSoldV2 struct", "type ThingChanged struct", "type Event_2 struct"} {
		require.Contains(t, string(source), name)
	}
	var c contract.Contract
	source, err = c.Go()
	require.NoError(t, err)
	require.Contains(t, string(source), "package events")
}
