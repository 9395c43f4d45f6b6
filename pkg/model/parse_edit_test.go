package model_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/model"
)

var wordOrSpace = regexp.MustCompile(`\w+|\W`)

// Models with some words mixed up mostly get through YAML and into the checks, which bytes mixed up seldom do.
func TestParseSurvivesMixedWords(t *testing.T) {
	var models [][]string
	for _, path := range goldenFiles(t, "testdata/compiled") {
		src, _ := readGolden(t, path)
		models = append(models, wordOrSpace.FindAllString(string(src), -1))
	}
	rapid.Check(t, func(t *rapid.T) {
		words := slices.Clone(rapid.SampledFrom(models).Draw(t, "model"))
		place := rapid.IntRange(0, len(words)-1)
		for range rapid.IntRange(1, 5).Draw(t, "edits") {
			words[place.Draw(t, "to")] = words[place.Draw(t, "from")]
		}
		src := []byte(strings.Join(words, ""))
		m, faults := model.Parse("model.yaml", src)
		require.Equal(t, m == nil, faults.Err() != nil)
		for _, fault := range faults {
			requireInside(t, src, fault)
		}
		if m != nil {
			loaded, err := model.Load(m.Marshal())
			require.NoError(t, err)
			require.Equal(t, string(m.Marshal()), string(loaded.Marshal()))
		}
	})
}
