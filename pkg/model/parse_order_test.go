package model_test

import (
	"os"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/model"
)

// The order of a map's keys, the style of collections and comments are no part of a model.
func TestParseIgnoresOrder(t *testing.T) {
	src, err := os.ReadFile(shopModel)
	require.NoError(t, err)
	want := string(shop(t).Marshal())
	rapid.Check(t, func(t *rapid.T) {
		var tree yaml.MapSlice
		require.NoError(t, yaml.UnmarshalWithOptions(src, &tree, yaml.UseOrderedMap()))
		shuffle(t, tree)
		text, err := yaml.MarshalWithOptions(tree, yaml.Flow(rapid.Bool().Draw(t, "flow")), yaml.IndentSequence(rapid.Bool().Draw(t, "indent")))
		require.NoError(t, err)
		m, faults := model.Parse("model.yaml", text)
		require.Empty(t, faults, string(text))
		require.Equal(t, want, string(m.Marshal()))
	})
}

func shuffle(t *rapid.T, tree yaml.MapSlice) {
	copy(tree, rapid.Permutation(slices.Clone(tree)).Draw(t, "order"))
	for _, item := range tree {
		if inner, ok := item.Value.(yaml.MapSlice); ok {
			shuffle(t, inner)
		}
	}
}
