package search

import "context"

// Items reads items of the table. An implementation is safe for concurrent use.
type Items interface {
	// Item reads an item consistently (ConsistentRead). Key and item are in DynamoDB's JSON, such as {"PK":{"S":"..."}};
	// a nil item says that there is none. An error may be retried.
	Item(ctx context.Context, key []byte) ([]byte, error)
}
