package change_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
)

func TestStreamIsReadFromItsARN(t *testing.T) {
	for name, want := range map[string]change.Stream{
		"China": {ARN: "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/t/stream/2026-01-01T00:00:00.000",
			Region: "cn-north-1", Account: "123456789012", Table: "t", Label: "2026-01-01T00:00:00.000"},
		"GovCloud": {ARN: "arn:aws-us-gov:dynamodb:us-gov-west-1:123456789012:table/a.b-c_d/stream/2026-01-01T00:00:00.000",
			Region: "us-gov-west-1", Account: "123456789012", Table: "a.b-c_d", Label: "2026-01-01T00:00:00.000"},
		"DynamoDB Local": {ARN: "arn:aws:dynamodb:ddblocal:000000000000:table/shop-dev/stream/2026-01-01T00:00:00.000",
			Region: "ddblocal", Account: "000000000000", Table: "shop-dev", Label: "2026-01-01T00:00:00.000"},
	} {
		t.Run(name, func(t *testing.T) {
			c := decodeOne(t, loadModel(t, "shop"), strings.Replace(insert("").json(), arn, want.ARN, 1))
			require.NoError(t, c.Fault)
			require.Equal(t, want, c.Stream)
			require.Equal(t, want.Label, change.LabelOf(want.ARN))
			require.True(t, strings.HasPrefix(c.Version, want.Label+"/"))
		})
	}
}

func TestStreamIsRefused(t *testing.T) {
	for name, other := range map[string]string{
		"empty":           "",
		"no ARN":          "stream-ARN",
		"table":           "arn:aws:dynamodb:eu-central-1:123456789012:table/shop",
		"index":           "arn:aws:dynamodb:eu-central-1:123456789012:table/shop/index/GSI1",
		"other service":   "arn:aws:kinesis:eu-central-1:123456789012:table/shop/stream/2026-01-01T00:00:00.000",
		"other partition": "arn:other:dynamodb:eu-central-1:123456789012:table/shop/stream/2026-01-01T00:00:00.000",
		"no region":       "arn:aws:dynamodb::123456789012:table/shop/stream/2026-01-01T00:00:00.000",
		"no account":      "arn:aws:dynamodb:eu-central-1::table/shop/stream/2026-01-01T00:00:00.000",
		"no table":        "arn:aws:dynamodb:eu-central-1:123456789012:table//stream/2026-01-01T00:00:00.000",
		"no label":        "arn:aws:dynamodb:eu-central-1:123456789012:table/shop/stream/",
		"more":            "arn:aws:dynamodb:eu-central-1:123456789012:table/shop/stream/2026-01-01T00:00:00.000/x",
	} {
		t.Run(name, func(t *testing.T) {
			c := decodeOne(t, loadModel(t, "shop"), strings.Replace(insert("").json(), arn, other, 1))
			require.ErrorContains(t, c.Fault, "eventSourceARN: is not arn:")
			require.Zero(t, c.Stream)
			require.Empty(t, c.Version)
			require.Equal(t, "4421584500000000017450439091", c.Sequence)
		})
	}
}

func TestStreamsOfOneEventMayDiffer(t *testing.T) {
	one := insert("").json()
	other := strings.Replace(one, label, "2027-01-01T00:00:00.000", 1)
	changes, err := change.Decode(loadModel(t, "shop"), event(one, other, one))
	require.NoError(t, err)
	require.Equal(t, label, changes[0].Stream.Label)
	require.Equal(t, "2027-01-01T00:00:00.000", changes[1].Stream.Label)
	require.Equal(t, changes[0].Version, changes[2].Version)
}

func TestLabelOfAnyText(t *testing.T) {
	for text, want := range map[string]string{"": "", "/": "", "no slash": "no slash", "a/b/c": "c", "table/shop/stream/": "", "/é": "é"} {
		require.Equal(t, want, change.LabelOf(text))
		require.Equal(t, []byte(want), change.LabelOf([]byte(text)))
	}
}
