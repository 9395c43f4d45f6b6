package pattern_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/internal/toolbox"
	"github.com/outflow-dev/outflow/pkg/pattern"
)

// What a matcher says of a pattern and an event.
const (
	matches    = "match"
	differs    = "differs"
	refused    = "refused"    // it is no pattern
	unreadable = "unreadable" // it is no event

	contradiction = "contradicted" // Event Ruler says otherwise of the whole pattern in one machine
)

// ruler is Event Ruler, the engine that EventBridge publishes, in a process that answers line by line.
type ruler struct {
	mu  sync.Mutex
	in  io.Writer
	out *bufio.Reader
}

// startRuler starts the process (about a second), or skips the test where Java and Maven are not to be had.
func startRuler(t testing.TB) *ruler {
	t.Helper()
	jars := toolbox.Maven(t, filepath.Join("testdata", "ruler", "pom.xml"))
	process := exec.Command("java", "-cp", jars, filepath.Join("testdata", "ruler", "Judge.java"))
	in, err := process.StdinPipe()
	require.NoError(t, err)
	out, err := process.StdoutPipe()
	require.NoError(t, err)
	var faults strings.Builder
	process.Stderr = &faults
	require.NoError(t, process.Start())
	t.Cleanup(func() {
		require.NoError(t, in.Close())
		require.NoError(t, process.Wait(), "%s", &faults)
	})
	return &ruler{in: in, out: bufio.NewReader(out)}
}

// judge returns what Event Ruler says, and why it refuses or that it contradicts itself.
func (r *ruler) judge(t require.TestingT, text, event string) (verdict, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	encode := base64.StdEncoding.EncodeToString
	_, err := fmt.Fprintf(r.in, "%s %s\n", encode([]byte(text)), encode([]byte(event)))
	require.NoError(t, err)
	line, err := r.out.ReadString('\n')
	require.NoError(t, err, "Event Ruler ended")
	verdict, why, _ = strings.Cut(strings.TrimSuffix(line, "\n"), " ")
	return verdict, why
}

// own returns what this package says, and why it refuses.
func own(text, event string) (verdict, why string) {
	p, err := pattern.Compile([]byte(text))
	if err != nil {
		return refused, err.Error()
	}
	match, err := p.Match([]byte(event))
	switch {
	case err != nil:
		return unreadable, err.Error()
	case match:
		return matches, ""
	}
	return differs, ""
}

// requireSame compares both. It returns what they say, and Event Ruler's reason or reservation.
func (r *ruler) requireSame(t require.TestingT, text, event string) (verdict, why string) {
	theirs, why := r.judge(t, text, event)
	ours, ourWhy := own(text, event)
	require.Equal(t, theirs, ours, "pattern %s\nevent   %s\nruler   %s %s\nhere    %s %s", text, event, theirs, why, ours, ourWhy)
	return ours, why
}

func TestAgainstEventRuler(t *testing.T) {
	r := startRuler(t)
	t.Run("examples", r.examples)
	t.Run("generated", r.generated)
	t.Run("meant differences", r.differences)
	t.Run("contradictions", r.contradictions)
}

func (r *ruler) examples(t *testing.T) {
	for _, row := range documentation() {
		t.Run(row.name, func(t *testing.T) { r.requireSame(t, row.pattern, row.event) })
	}
	meant := []string{"case outside the first plane", "empty names", "an empty name is not nothing"} // see differences
	for _, row := range rulesOfMatching() {
		if !slices.Contains(meant, row.name) {
			t.Run(row.name, func(t *testing.T) { r.requireSame(t, row.pattern, row.event) })
		}
	}
}

// generatedPairs are compared; FuzzAgainstRuler compares more.
const generatedPairs = 3000

func (r *ruler) generated(t *testing.T) {
	pairs := pairGenerator()
	said, contradicted := map[string]int{}, 0
	for seed := range generatedPairs {
		p := pairs.Example(seed)
		verdict, why := r.requireSame(t, p.pattern, p.event)
		if said[verdict]++; why == contradiction {
			contradicted++
		}
	}
	t.Logf("%d pairs: %v; of %d Event Ruler says another thing with the whole pattern in one machine", generatedPairs, said, contradicted)
	for _, verdict := range []string{matches, differs, refused} { // a generator that leads to one answer proves nothing
		require.Greater(t, said[verdict], generatedPairs/10, "%s: %v", verdict, said)
	}
	require.Less(t, contradicted, generatedPairs/100)
}

// differences are those that are meant, each with its reason. A row that fails since both agree belongs to the examples.
func (r *ruler) differences(t *testing.T) {
	for _, row := range []struct{ name, pattern, event, theirs, ours, reason string }{
		{"a number in a block of all IPv6 addresses", `{"a": [{"cidr": "::/0"}]}`, `{"a": 1}`, matches, differs,
			"documented: cidr matches IP addresses; Event Ruler compares the digits of its own form of a number"},
		{"a number in a block of all IPv4 addresses", `{"a": [{"cidr": "0.0.0.0/0"}]}`, `{"a": 1}`, matches, differs,
			"as before"},
		{"case outside the first plane", `{"a": [{"equals-ignore-case": "𐐀"}]}`, `{"a": "𐐀"}`, differs, matches,
			"a text equals itself; Event Ruler takes the halves of a surrogate pair for characters"},
		{"an empty name", `{"": {"a": ["x"]}}`, `{"": {"a": "x"}}`, differs, matches,
			"a pattern of an event's own fields matches it; Event Ruler drops an empty name before a dot"},
		{"an empty name is dropped", `{"": {"a": ["x"]}}`, `{"a": "x"}`, matches, differs, "as before"},
		{"a list of anything-but where $or is a plain field", `{"$or": [{"anything-but": {"prefix": ["x"]}}]}`, `{"$or": "y"}`,
			refused, matches, "an operator means the same in every field; Event Ruler falls back to an older compiler"},
		{"anything-but a wildcard where $or is a plain field", `{"$or": [{"anything-but": {"wildcard": "x*"}}]}`, `{"$or": "y"}`,
			refused, matches, "as before"},
		{"text behind the pattern", `{"a": [1]} x`, `{"a": 1}`, matches, refused, "it is not JSON; Event Ruler stops reading at the brace"},
		{"text behind the event", `{"a": [1]}`, `{"a": 1} x`, matches, unreadable, "as before"},
	} {
		t.Run(row.name, func(t *testing.T) {
			theirs, _ := r.judge(t, row.pattern, row.event)
			require.Equal(t, row.theirs, theirs, "Event Ruler; the reason was: %s", row.reason)
			ours, why := own(row.pattern, row.event)
			require.Equal(t, row.ours, ours, why)
		})
	}
}

// contradictions are what Event Ruler gets wrong with several elements in one machine; see DESIGN.md. Here the parts of
// a pattern decide.
func (r *ruler) contradictions(t *testing.T) {
	for _, row := range []struct{ name, pattern, event, want string }{
		{"a wildcard beside ignoring case", `{"a": [{"wildcard": "*b"}, {"equals-ignore-case": "a"}]}`, `{"a": "AB"}`, differs},
		{"a wildcard beside anything-but ignoring case",
			`{"a": [{"wildcard": "*a"}, {"anything-but": {"equals-ignore-case": "a"}}]}`, `{"a": "ab"}`, matches},
		{"anything-but a wildcard in two alternatives of $or",
			`{"$or": [{"a": [true]}, {"a": [true, {"anything-but": {"wildcard": ["b"]}}]}]}`, `{"a": [[1], ["a"]]}`, matches},
	} {
		t.Run(row.name, func(t *testing.T) {
			verdict, why := r.requireSame(t, row.pattern, row.event)
			require.Equal(t, row.want, verdict)
			require.Equal(t, contradiction, why)
		})
	}
}

// FuzzAgainstRuler looks for a pattern and an event of which the two say different things. It needs Java and Maven:
//
//	OUTFLOW_TEST_ENGINES_REQUIRED=1 go test -fuzz FuzzAgainstRuler ./pkg/pattern
func FuzzAgainstRuler(f *testing.F) {
	r := startRuler(f)
	pairs := pairGenerator()
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		p := pairs.Draw(t, "pair")
		r.requireSame(t, p.pattern, p.event)
	}))
}
