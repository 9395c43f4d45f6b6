package events_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/events"
)

// objects are claims by bucket/key.
type objects map[string]string

func (o objects) Open(_ context.Context, bucket, key string) (io.ReadCloser, error) {
	body, found := o[bucket+"/"+key]
	if !found {
		return nil, errors.New("NoSuchKey")
	}
	return io.NopCloser(strings.NewReader(body)), nil
}

// claimed is an event whose detail is the body in the bucket, and says so of size and hash.
func claimed(t *testing.T, id string, size int, hash string) *events.Event {
	t.Helper()
	e, err := events.Parse(fmt.Appendf(nil, `{"detail-type":"StockChanged","source":"com.example.shop","detail":{"metadata":{"id":%q,"type":"StockChanged",
		"entity":"Stock","itemVersion":"1","key":{"id":"a"},"claim":{"bucket":"b","key":"k","size":%d,"sha256":%q}}}}`, id, size, hash))
	require.NoError(t, err)
	return e
}

func TestFetchChecksWhatItGets(t *testing.T) {
	whole := string(stock(t, "a", 1, "").Detail)
	sum := sha256.Sum256([]byte(whole))
	hash := hex.EncodeToString(sum[:])
	foreign := sha256.Sum256([]byte("{}"))
	for _, row := range []struct {
		name, body string
		event      *events.Event
		says       string
	}{
		{"as it should be", whole, claimed(t, "a-1", len(whole), hash), ""},
		{"shorter", whole[1:], claimed(t, "a-1", len(whole), hash), "bytes"},
		{"longer", whole + " ", claimed(t, "a-1", len(whole), hash), "bytes"},
		{"altered", strings.Replace(whole, "level", "levee", 1), claimed(t, "a-1", len(whole), hash), "SHA-256"},
		{"of another event", whole, claimed(t, "a-2", len(whole), hash), "another"},
		{"no event", "{}", claimed(t, "a-1", 2, hex.EncodeToString(foreign[:])), "metadata"},
		{"too large", whole, claimed(t, "a-1", events.MaxClaim+1, hash), "at most"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := events.Fetch(t.Context(), objects{"b/k": row.body}, row.event)
			if row.says == "" {
				require.NoError(t, err)
				require.Equal(t, whole, string(got.Detail))
				require.Nil(t, got.Metadata.Claim)
				require.Equal(t, row.event.Envelope, got.Envelope)
				return
			}
			require.ErrorIs(t, err, events.ErrClaim)
			require.ErrorContains(t, err, row.says)
		})
	}
	_, err := events.Fetch(t.Context(), objects{}, claimed(t, "a-1", 1, hash))
	require.ErrorContains(t, err, "s3://b/k of event a-1: NoSuchKey")
	require.NotErrorIs(t, err, events.ErrClaim, "it may be there later")
	plain := stock(t, "a", 1, "")
	got, err := events.Fetch(t.Context(), nil, plain)
	require.NoError(t, err)
	require.Same(t, plain, got)
}
