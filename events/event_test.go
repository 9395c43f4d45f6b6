package events_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/events"
	shopevents "github.com/outflow-dev/outflow/examples/shop/events/go"
)

func TestSamplesParse(t *testing.T) {
	for name, text := range samples(t) {
		t.Run(name, func(t *testing.T) {
			e, err := events.Parse(text)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(name, e.Metadata.Type+".v1."))
			require.Equal(t, strings.HasSuffix(name, ".claimed"), e.Metadata.Claim != nil)
			require.NotEmpty(t, e.Metadata.ItemVersion)
			require.Equal(t, e.DetailType, e.Metadata.Type)
			require.False(t, e.Metadata.Time.IsZero())
		})
	}
}

func TestDecodeGivesTheGeneratedTypes(t *testing.T) {
	all := samples(t)
	e, err := events.Parse(all["OrderShipped.v1.modify"])
	require.NoError(t, err)
	shipped, err := events.Decode[shopevents.OrderShipped](e)
	require.NoError(t, err)
	require.NotNil(t, shipped.Data.UserID)
	require.Equal(t, e.Metadata.ID, shipped.Metadata.ID)
	_, err = events.Decode[struct {
		Data []int `json:"data"`
	}](e)
	require.ErrorContains(t, err, "OrderShipped schema 1")

	e, err = events.Parse(all["OrderShipped.v1.claimed"])
	require.NoError(t, err)
	_, err = events.Decode[shopevents.OrderShipped](e)
	require.ErrorIs(t, err, events.ErrClaimed)
}

func TestWhatIsNoEventIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":          `{`,
		"an array":         `[]`,
		"nothing":          `{}`,
		"no metadata":      `{"detail-type":"X","detail":{}}`,
		"null":             `{"detail-type":"X","detail":null}`,
		"no id":            `{"detail-type":"X","detail":{"metadata":{"type":"X","entity":"E","itemVersion":"1","key":{}}}}`,
		"no type":          `{"detail":{"metadata":{"id":"1","entity":"E","itemVersion":"1","key":{}}}}`,
		"another type":     `{"detail-type":"Y","detail":{"metadata":{"id":"1","type":"X","entity":"E","itemVersion":"1","key":{}}}}`,
		"a key of null":    `{"detail-type":"X","detail":{"metadata":{"id":"1","type":"X","entity":"E","itemVersion":"1","key":null}}}`,
		"a key of a text":  `{"detail-type":"X","detail":{"metadata":{"id":"1","type":"X","entity":"E","itemVersion":"1","key":"k"}}}`,
		"metadata a text":  `{"detail-type":"X","detail":{"metadata":"x"}}`,
		"an id of another": `{"detail-type":"X","detail":{"metadata":{"id":1,"type":"X","entity":"E","itemVersion":"1","key":{}}}}`,
	} {
		_, err := events.Parse([]byte(text))
		require.ErrorIs(t, err, events.ErrForeign, name)
	}
}

func TestItemIsOfSourceEntityAndKey(t *testing.T) {
	item := func(source, entity, key string) string {
		e, err := events.Parse([]byte(`{"detail-type":"X","source":"` + source + `","detail":{"metadata":{"id":"1","type":"X","entity":"` +
			entity + `","itemVersion":"1","key":` + key + `}}}`))
		require.NoError(t, err)
		return e.Item()
	}
	one := item("s", "E", `{"a":"1","b":12345678901234567890}`)
	require.Equal(t, one, item("s", "E", ` { "b": 12345678901234567890, "a": "1" } `))
	for name, other := range map[string]string{
		"digits beyond a double's": item("s", "E", `{"a":"1","b":12345678901234567891}`),
		"a text for a number":      item("s", "E", `{"a":"1","b":"12345678901234567890"}`),
		"another entity":           item("s", "F", `{"a":"1","b":12345678901234567890}`),
		"another source":           item("other", "E", `{"a":"1","b":12345678901234567890}`),
	} {
		require.NotEqual(t, one, other, name)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range samples(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := events.Parse(text)
		if err != nil {
			require.ErrorIs(t, err, events.ErrForeign)
			return
		}
		require.NotEmpty(t, e.Item())
		again, err := events.Read(text)
		require.NoError(t, err)
		if again[0].Event != nil { // a text with Records is a batch as well
			require.Equal(t, e, again[0].Event)
		}
	})
}

// Subscribers take this package without anything behind it.
func TestStandardLibraryAlone(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, imported := range file.Imports {
			require.NotContains(t, imported.Path.Value, ".", name)
		}
	}
}
