package backfill

import (
	"context"
	"iter"
	"time"
)

// Source is what is read.
type Source interface {
	// Lanes is the number of parts that can be read beside each other, always the same for one source.
	Lanes() int
	// Pages yields the pages of a lane (from 0) that follow the place after; "" is the lane's beginning. It ends with
	// the lane, or with an error, after which the lane may be read again from the last page's place.
	Pages(ctx context.Context, lane int, after string) iter.Seq2[Page, error]
}

// Page is some items of a lane. It has Items or Keys.
type Page struct {
	ReadAt time.Time // not after the items were read
	Items  [][]byte  // in DynamoDB JSON
	Keys   [][]byte  // primary keys in DynamoDB JSON, of items that are yet to be read
	Seen   int       // items or keys that were read for it, with those that a filter left out
	After  string    // its place: the lane goes on after it
}
