package backfill_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

func keysOf(text string) *backfill.Keys {
	return &backfill.Keys{Lines: strings.NewReader(text), Size: int64(len(text)), Parse: func(line string) ([]byte, error) {
		if !strings.HasPrefix(line, "P") {
			return nil, fmt.Errorf("not a key")
		}
		return fmt.Appendf(nil, `{"PK":{"S":%q},"SK":{"S":"METADATA"}}`, line), nil
	}}
}

func TestBadLinesAreNamedBeforeAnythingIsRead(t *testing.T) {
	_, _, err := keysOf("P1\nx\n\nP2\ny").Check()
	require.EqualError(t, err, "line 2: not a key\nline 5: not a key")
	_, _, err = keysOf(strings.Repeat("x\n", 50)).Check()
	require.ErrorContains(t, err, "line 20: not a key\nand 30 more lines that are no keys")
	_, _, err = keysOf("P" + strings.Repeat("1", 1<<20)).Check()
	require.ErrorContains(t, err, "too long")
}

func TestKeysAreReadInPages(t *testing.T) {
	var text strings.Builder
	var all []string
	for i := range 1234 {
		all = append(all, fmt.Sprintf("P%d", i))
		fmt.Fprintf(&text, "  P%d\r\n\n", i)
	}
	keys := keysOf(text.String())
	n, hash, err := keys.Check()
	require.NoError(t, err)
	require.Equal(t, len(all), n)
	_, other, err := keysOf(text.String() + "P9999").Check()
	require.NoError(t, err)
	require.NotEqual(t, hash, other)

	index := &fakeIndex{}
	run := newRun(t, keys, index, 2)
	require.NoError(t, run.Do(t.Context()))
	require.Equal(t, all, index.given)
	require.Equal(t, 3, run.Progress.State().Counts.Pages)
	state := run.Progress.State()
	require.True(t, state.IsDone())

	var places []string
	for page, err := range keys.Pages(t.Context(), 0, "") {
		require.NoError(t, err)
		places = append(places, page.After)
	}
	var left int
	for page, err := range keys.Pages(t.Context(), 0, places[1]) {
		require.NoError(t, err)
		left += len(page.Keys)
	}
	require.Equal(t, 234, left, "a page's place is where the next begins")
}
