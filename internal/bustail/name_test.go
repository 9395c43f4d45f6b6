package bustail_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Names of every deployment fit, and are found again as that deployment's.
func TestNamesFit(t *testing.T) {
	for _, row := range []struct{ deployment, prefix string }{
		{"ab-c", "outflow-tail-ab-c-"},
		{"a-name-of-thirty-one-characters", "outflow-tail-a-name-of-thirty-one-characters-"},
		{"a-name-of-thirty-two-characters1", "outflow-tail-a-name-of-thirty-two-c-"},
		{"a-name-of-thirty-two-characters2", "outflow-tail-a-name-of-thirty-two-c-"},
		{"the-longest-name-of-a-model-is-so-and-of-stages-that", "outflow-tail-the-longest-name-of-a--"},
	} {
		t.Run(row.deployment, func(t *testing.T) {
			d := newDesk(t)
			d.tail.Deployment = row.deployment
			d.tail.Say = func(text string) {
				if strings.HasPrefix(text, "events of") {
					d.publish(1)
				}
			}
			d.after = enoughAt(1)
			var made string
			d.aws.Before("CreateQueue", func() { made = d.aws.Rules(busName)[0] })
			_, err := d.tail.Run(t.Context())
			require.ErrorIs(t, err, errEnough)
			require.True(t, strings.HasPrefix(made, row.prefix), made)
			require.True(t, strings.HasSuffix(made, "-1795257000-0000beef"), made)
			require.LessOrEqual(t, len(made), 64)
			if len(row.deployment) > 31 {
				require.Len(t, made, 64)
			}

			d.seen = nil
			d.aws.PutRule(busName, strings.Replace(made, "-1795257000-", "-1700000000-", 1))
			_, err = d.tail.Run(t.Context())
			require.ErrorIs(t, err, errEnough)
			d.leavesNothing()
		})
	}
}
