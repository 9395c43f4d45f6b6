package events_test

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/events"
)

func TestCloudEventsGoBothWays(t *testing.T) {
	for name, text := range samples(t) {
		t.Run(name, func(t *testing.T) {
			e, err := events.Parse(text)
			require.NoError(t, err)
			e.ReplayName = "nightly"
			e.Resources = []string{"arn:aws:x:::1", "arn:aws:x:::2"}
			cloud, err := json.Marshal(events.ToCloudEvent(e))
			require.NoError(t, err)
			requireAttributes(t, cloud)
			var read events.CloudEvent
			require.NoError(t, json.Unmarshal(cloud, &read))
			back, err := read.Event()
			require.NoError(t, err)
			require.JSONEq(t, string(e.Detail), string(back.Detail))
			back.Detail = e.Detail // but for white space
			require.JSONEq(t, string(e.Metadata.Key), string(back.Metadata.Key))
			back.Metadata.Key = e.Metadata.Key
			require.Equal(t, e, back)
		})
	}
}

// requireAttributes holds names and types of attributes against CloudEvents 1.0.
func requireAttributes(t *testing.T, cloud []byte) {
	t.Helper()
	var attributes map[string]any
	require.NoError(t, json.Unmarshal(cloud, &attributes))
	for _, required := range []string{"specversion", "id", "source", "type"} {
		require.NotEmpty(t, attributes[required], required)
	}
	for name, value := range attributes {
		require.Regexp(t, regexp.MustCompile(`^[a-z0-9]{1,20}$`), name)
		if name != "data" {
			require.IsType(t, "", value, name)
		}
	}
}

func TestCloudEventOfAnOrder(t *testing.T) {
	e, err := events.Parse(samples(t)["OrderShipped.v1.modify"])
	require.NoError(t, err)
	c := events.ToCloudEvent(e)
	require.Equal(t, "com.example.shop.OrderShipped", c.Type)
	require.Regexp(t, "^Order/order-[0-9]+$", c.Subject)
	require.Equal(t, e.Metadata.ID, c.ID)
}

func TestForeignCloudEventsAreRefused(t *testing.T) {
	e, err := events.Parse(samples(t)["OrderShipped.v1.modify"])
	require.NoError(t, err)
	for name, spoil := range map[string]func(*events.CloudEvent){
		"another version":  func(c *events.CloudEvent) { c.SpecVersion = "0.3" },
		"another type":     func(c *events.CloudEvent) { c.Type = "OrderShipped" },
		"no source":        func(c *events.CloudEvent) { c.Source, c.Type = "", ".OrderShipped" },
		"data of another":  func(c *events.CloudEvent) { c.ID = "1" },
		"data of no event": func(c *events.CloudEvent) { c.Data = []byte(`{}`) },
	} {
		c := events.ToCloudEvent(e)
		spoil(&c)
		_, err := c.Event()
		require.ErrorIs(t, err, events.ErrForeign, name)
	}
	require.ErrorContains(t, new(events.CloudEvent).UnmarshalJSON([]byte(`{"data_base64":"e30="}`)), "member data")
}
