package model_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/model"
)

func TestFaultString(t *testing.T) {
	long := strings.Repeat("a", 200) + "HERE" + strings.Repeat("z", 200)
	tests := []struct {
		name  string
		fault model.Fault
		want  string
	}{
		{"whole file", model.Fault{Message: "wrong"}, "m.yaml: wrong"},
		{"warning", model.Fault{Line: 3, Column: 1, Message: "odd", Warning: true}, "m.yaml:3:1: warning: odd"},
		{"caret", model.Fault{Line: 3, Column: 3, Width: 2, Source: "a: bc"}, "m.yaml:3:3: \na: bc\n  ^^"},
		{"no width", model.Fault{Line: 3, Column: 1, Source: "abc"}, "m.yaml:3:1: \nabc\n^"},
		{"behind the end", model.Fault{Line: 3, Column: 4, Width: 9, Source: "abc"}, "m.yaml:3:4: \nabc\n   ^"},
		{"far behind the end", model.Fault{Line: 3, Column: 90, Width: 9, Source: "abc"}, "m.yaml:3:90: \nabc\n   ^"},
		{"tabs", model.Fault{Line: 3, Column: 4, Width: 1, Source: "\ta\tbc"}, "m.yaml:3:4: \n\ta\tbc\n\t \t^"},
		{"wide before", model.Fault{Line: 3, Column: 3, Width: 1, Source: "注文x"}, "m.yaml:3:3: \n注文x\n    ^"},
		{"wide below", model.Fault{Line: 3, Column: 2, Width: 2, Source: "x注文y"}, "m.yaml:3:2: \nx注文y\n ^^^^"},
		{"combining", model.Fault{Line: 3, Column: 3, Width: 1, Source: "e\u0301x"}, "m.yaml:3:3: \ne\u0301x\n ^"},
		{"emoji", model.Fault{Line: 3, Column: 2, Width: 1, Source: "🛒x"}, "m.yaml:3:2: \n🛒x\n  ^"},
		{"control characters", model.Fault{Line: 3, Column: 2, Width: 1, Source: "a\x1bc"}, "m.yaml:3:2: \na\uFFFDc\n ^"},
		{"long line", model.Fault{Line: 3, Column: 201, Width: 4, Source: long}, "m.yaml:3:201: \n..." +
			strings.Repeat("a", 80) + "HERE" + strings.Repeat("z", 76) + "...\n" + strings.Repeat(" ", 83) + "^^^^"},
		{"start of a long line", model.Fault{Line: 3, Column: 1, Width: 2, Source: long}, "m.yaml:3:1: \n" + long[:160] + "...\n^^"},
		{"end of a long line", model.Fault{Line: 3, Column: 404, Width: 1, Source: long}, "m.yaml:3:404: \n..." +
			strings.Repeat("z", 81) + "\n" + strings.Repeat(" ", 83) + "^"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.fault.File = "m.yaml"
			require.Equal(t, test.want, test.fault.String())
		})
	}
}

func TestFaultsErr(t *testing.T) {
	require.NoError(t, model.Faults{}.Err())
	require.NoError(t, model.Faults{{Warning: true}}.Err())
	require.Error(t, model.Faults{{Warning: true}, {}}.Err())
}

func TestFaultsAreOfABoundedNumber(t *testing.T) {
	src := "entities:\n" + strings.Repeat("- {a, a, a, a}\n", 900)
	_, faults := model.Parse("model.yaml", []byte(src))
	require.Len(t, faults, 1001)
	require.Equal(t, "model.yaml: more than 1000 faults; the others are left out", faults[0].String())
}
