package pattern_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/pattern"
)

func BenchmarkMatch(b *testing.B) {
	p, err := pattern.Compile([]byte(`{"source": ["aws.ec2"], "detail": {"state": [{"anything-but": "stopped"}],
		"c-count": [{"numeric": [">", 0, "<=", 5]}], "source-ip": [{"cidr": "10.0.0.0/8"}]}}`))
	require.NoError(b, err)
	b.SetBytes(int64(len(counts)))
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := p.Match([]byte(counts)); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
