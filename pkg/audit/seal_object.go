package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// object is one to be put.
type object struct {
	key, contentType string
	body             []byte
}

// putOnce puts an object that is written once. there is what the object holds if it was there before, nil if not; a
// put whose answer was lost counts as before.
func (s *Sealer) putOnce(ctx context.Context, o object) (there []byte, err error) {
	err = s.Retry.Do(ctx, func() error {
		_, err := s.Client.PutObject(ctx, onceInput(s.Bucket, o, s.Retention, s.Now()))
		if code(err) != "PreconditionFailed" {
			return explained(err, s.Log)
		}
		if there, err = s.get(ctx, o.key); code(err) == "NoSuchKey" {
			return fmt.Errorf("a delete marker lies on top of it, which counts as an object here: remove the marker: %w", err)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("put %s: %w", o.key, err)
	}
	return there, nil
}

// onceInput is the put of an object that is written once and retained.
func onceInput(bucket string, o object, r Retention, now time.Time) *s3.PutObjectInput {
	sum := sha256.Sum256(o.body)
	return &s3.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String(o.key), Body: bytes.NewReader(o.body),
		ContentType: aws.String(o.contentType), IfNoneMatch: aws.String("*"),
		ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(sum[:])),
		ObjectLockMode: lockMode(r), ObjectLockRetainUntilDate: r.until(now),
	}
}

// get reads an object whole.
func (s *Sealer) get(ctx context.Context, key string) (body []byte, err error) {
	var missing error
	err = s.Retry.Do(ctx, func() error {
		body, missing = readObject(ctx, s.Client, s.Bucket, key)
		if code(missing) == "NoSuchKey" {
			return nil
		}
		return missing
	})
	if err == nil {
		err = missing
	}
	return body, err
}

// putIndex puts the key index of a digest, which comes before the digest. Its key holds its hash.
func (s *Sealer) putIndex(ctx context.Context, ref *IndexRef, body []byte) error {
	if ref == nil {
		return nil
	}
	there, err := s.putOnce(ctx, object{ref.Key, "text/plain", body})
	if err == nil && there != nil && !bytes.Equal(there, body) {
		err = fmt.Errorf("%w: %s is not the key index of its segments", ErrTampered, ref.Key)
	}
	return err
}

// read reads objects back into the draft: segments that are valid, and faults for the others.
func (s *Sealer) read(ctx context.Context, draft *Draft, objects []found) error {
	reads, faults := make([]*ReadBack, len(objects)), make([]*Fault, len(objects))
	err := parallel(ctx, len(objects), func(i int) (err error) {
		reads[i], faults[i], err = s.readOne(ctx, objects[i])
		return err
	})
	if err != nil {
		return err
	}
	for i := range objects {
		if reads[i] != nil {
			draft.Read = append(draft.Read, *reads[i])
		}
		if faults[i] != nil {
			draft.Faults = append(draft.Faults, *faults[i])
		}
	}
	return nil
}

func (s *Sealer) readOne(ctx context.Context, o found) (*ReadBack, *Fault, error) {
	fault := &Fault{Bytes: o.bytes, Key: o.key}
	if o.bytes > MaxSegment {
		fault.Reason = fmt.Sprintf("it has more than %d bytes, which no segment has", MaxSegment)
		return nil, fault, nil
	}
	body, err := s.get(ctx, o.key)
	if err != nil {
		return nil, nil, err
	}
	read, err := ReadSealed(o.key, body)
	if err == nil {
		return &read, nil, nil
	}
	sum := hashOf(body)
	fault.Bytes, fault.SHA256, fault.Reason = int64(len(body)), &sum, err.Error()
	return nil, fault, nil
}

// readAgain reads what a digest lists as its maker must have.
func (s *Sealer) readAgain(ctx context.Context, draft *Draft, d *Digest) error {
	var objects []found
	add := func(key string, bytes int64) {
		objects = append(objects, found{key, bytes, hourOfKey(s.Log, key)})
	}
	for i := range d.Segments {
		add(d.Segments[i].Key, d.Segments[i].Bytes)
	}
	for i := range d.Faults {
		add(d.Faults[i].Key, d.Faults[i].Bytes)
	}
	w := &work{at: d.At}
	listed, err := s.listedBefore(ctx, d.Number, w.since(objects))
	if err != nil {
		return err
	}
	for _, o := range objects {
		if _, twice := listed[shorten(o.key)]; twice || o.hour.IsZero() {
			return fmt.Errorf("%w: %s: %w: %s is not its to list", ErrTampered, DigestKey(s.Log, d.Number), errUnlike, o.key)
		}
	}
	err = s.read(ctx, draft, objects)
	if code(err) == "NoSuchKey" {
		err = errors.Join(fmt.Errorf("%w: %s", ErrTampered, DigestKey(s.Log, d.Number)), errUnlike, err)
	}
	return err
}
