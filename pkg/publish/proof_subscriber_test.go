package publish_test

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/events"
	"github.com/outflow-dev/outflow/pkg/model"
)

// subscribe is a subscriber's copy of the table, made of all events, shuffled and doubled.
func (l *ledger) subscribe(t *rapid.T) map[string]int {
	latest := events.Latest{Store: &events.Memory{}, Name: "copy", Now: func() time.Time { return now }}
	replica := map[string]int{}
	if len(l.taken) == 0 {
		return replica
	}
	queue := rapid.Permutation(slices.Concat(l.taken, l.taken)).Draw(t, "order of delivery")
	failures := rapid.IntRange(0, 5).Draw(t, "failures of the subscriber")
	for len(queue) > 0 {
		entry := queue[0]
		queue = queue[1:]
		if *entry.DetailType != "StockChanged" {
			continue
		}
		err := apply(t, &latest, replica, entry, &failures)
		if err != nil {
			require.ErrorIs(t, err, errCut)
			queue = append(queue, entry)
		}
	}
	return replica
}

func apply(t *rapid.T, latest *events.Latest, replica map[string]int, entry types.PutEventsRequestEntry, failures *int) error {
	text, err := json.Marshal(map[string]any{"detail-type": aws.ToString(entry.DetailType), "source": aws.ToString(entry.Source),
		"detail": json.RawMessage(*entry.Detail)})
	require.NoError(t, err)
	e, err := events.Parse(text)
	require.NoError(t, err)
	_, err = latest.Do(context.Background(), e, func(context.Context) error {
		detail, err := events.Decode[struct {
			Metadata struct {
				Key struct{ ID string }
			}
			Data struct{ Level int }
		}](e)
		require.NoError(t, err)
		if e.Metadata.Operation == model.Remove {
			delete(replica, detail.Metadata.Key.ID)
		} else {
			replica[detail.Metadata.Key.ID] = detail.Data.Level
		}
		if *failures > 0 && rapid.Bool().Draw(t, "fails after its effect") {
			*failures--
			return errCut
		}
		return nil
	})
	return err
}
