package events

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// MaxClaim is the most bytes that Fetch reads: more than the detail of an item of 400 KB can have, whose numbers grow in
// plain notation.
const MaxClaim = 64 << 20

// ErrClaim says that a claim's object is not what the event says. It was altered, or is no claim of Outflow: the event
// cannot be used, and somebody must look.
var ErrClaim = errors.New("the object is not the claim of the event")

// Claims reads the objects of claims; package s3claims has one for S3.
type Claims interface {
	Open(ctx context.Context, bucket, key string) (io.ReadCloser, error)
}

// Fetch returns the event with its whole detail: the event itself where it came whole, else one with the detail that its
// claim names, of which size and hash are checked, and that it is this event's. The error is an ErrClaim or the store's.
// Whose buckets are read is for the permissions of the subscriber's role to limit.
func Fetch(ctx context.Context, claims Claims, e *Event) (*Event, error) {
	if e.Metadata.Claim == nil {
		return e, nil
	}
	claim := *e.Metadata.Claim
	detail, err := read(ctx, claims, claim)
	if err != nil {
		return nil, fmt.Errorf("fetch s3://%s/%s of event %s: %w", claim.Bucket, claim.Key, e.Metadata.ID, err)
	}
	whole, err := newEvent(e.Envelope, detail)
	if err == nil && (whole.Metadata.ID != e.Metadata.ID || whole.Metadata.Claim != nil) {
		err = errors.New("it is the detail of another")
	}
	if err != nil {
		return nil, fmt.Errorf("fetch s3://%s/%s of event %s: %w: %w", claim.Bucket, claim.Key, e.Metadata.ID, ErrClaim, err)
	}
	return whole, nil
}

func read(ctx context.Context, claims Claims, claim Claim) ([]byte, error) {
	if claim.Size < 0 || claim.Size > MaxClaim {
		return nil, fmt.Errorf("%w: it would have %d bytes, and at most %d are read", ErrClaim, claim.Size, MaxClaim)
	}
	body, err := claims.Open(ctx, claim.Bucket, claim.Key)
	if err != nil {
		return nil, err
	}
	detail, err := io.ReadAll(io.LimitReader(body, claim.Size+1))
	if err = errors.Join(err, body.Close()); err != nil {
		return nil, err
	}
	if int64(len(detail)) != claim.Size {
		return nil, fmt.Errorf("%w: it has not the %d bytes that the event says", ErrClaim, claim.Size)
	}
	if sum := sha256.Sum256(detail); hex.EncodeToString(sum[:]) != claim.SHA256 {
		return nil, fmt.Errorf("%w: its SHA-256 is not what the event says", ErrClaim)
	}
	return detail, nil
}
