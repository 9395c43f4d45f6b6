package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEventsDiff(t *testing.T) {
	folder, built := t.TempDir(), t.TempDir()
	status, _, errs := outflow(t, "generate", shop, "-o", folder)
	require.Equal(t, exitFine, status, errs)
	status, _, errs = outflow(t, "build", shop, "--model-only", "-o", built)
	require.Equal(t, exitFine, status, errs)
	compiled := filepath.Join(built, "model.json")
	breaking := write(t, "breaking.yaml", edited(t, "total: decimal", "total: number"))
	more := write(t, "more.yaml", edited(t, "data: [user_id, total]", "data: [user_id, total, status]"))
	eventless := write(t, "eventless.yaml", "outflow: 1\nname: none\ntable: {key: [PK]}\nentities: {A: {key: {PK: \"A#{id}\"}}}\n")
	wrong := write(t, "wrong.yaml", "outflow: 1\nname: Shop\n")
	damaged := write(t, "damaged.json", `{"outflow": 1, "name": "shop"}`)
	for _, row := range []struct {
		name     string
		old, now string
		status   int
		says     string
	}{
		{"model and itself", shop, shop, exitFine, "0 breaking, 0 of meaning, 0 compatible"},
		{"folder and model", folder, shop, exitFine, "0 breaking"},
		{"compiled model and folder", compiled, folder, exitFine, "0 breaking"},
		{"compatible", folder, more, exitFine, "compatible  OrderPlaced schema 1  data.status  new"},
		{"breaking", folder, breaking, exitWrong, "breaking  OrderPlaced schema 1    data.total  number, was decimal"},
		{"breaking says what to do", compiled, breaking, exitWrong, "Publish what breaks beside what was"},
		{"all events gone", folder, eventless, exitWrong, "its readers get nothing any more"},
		{"no events at all", eventless, eventless, exitUnproven, "neither"},
		{"a wrong model", folder, wrong, exitWrong, "wrong.yaml:2:7: "},
		{"a damaged model", folder, damaged, exitBlind, "build it again"},
		{"nowhere", folder, "nowhere.yaml", exitBlind, "nowhere.yaml"},
		{"a folder of something else", folder, t.TempDir(), exitBlind, "holds no contract.json"},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, out, errs := outflow(t, "events", "diff", row.old, row.now)
			require.Equal(t, row.status, status, out+errs)
			require.Contains(t, out+errs, row.says)
		})
	}
}

// As from git show in a shell's <(...): what is read once cannot be read again.
func TestEventsDiffReadsAPipe(t *testing.T) {
	src, err := os.ReadFile(shop)
	require.NoError(t, err)
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	defer reader.Close()
	_, err = writer.Write(src) // less than a pipe holds
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	status, out, errs := outflow(t, "events", "diff", fmt.Sprintf("/dev/fd/%d", reader.Fd()), shop)
	require.Equal(t, exitFine, status, errs)
	require.Contains(t, out, "0 breaking")
}

func TestEventsDiffAsJSON(t *testing.T) {
	breaking := write(t, "breaking.yaml", edited(t, "total: decimal", "total: number"))
	status, out, _ := outflow(t, "events", "diff", "--json", shop, breaking)
	require.Equal(t, exitWrong, status)
	var said struct {
		Breaking    int
		Differences []struct{ Level, Event, Where, What string }
	}
	require.NoError(t, json.Unmarshal([]byte(out), &said))
	require.Equal(t, 2, said.Breaking)
	require.Len(t, said.Differences, 2)
	require.Equal(t, "data.total", said.Differences[0].Where)

	status, out, _ = outflow(t, "events", "diff", "--json", shop, shop)
	require.Equal(t, exitFine, status)
	require.JSONEq(t, `{"breaking": 0, "differences": []}`, out)
}
