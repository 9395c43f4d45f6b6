package audit

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// link is a digest of the chain with the bytes that are stored.
type link struct {
	digest    Digest
	body      []byte
	signature []byte // nil while it has none
}

func (l *link) forNext() *Link {
	return &Link{Digest: l.digest, SHA256: hashOf(l.body), Signature: l.signature}
}

// last is the digest with the highest number, nil where there is none.
func (s *Sealer) last(ctx context.Context) (*link, error) {
	number, signed, err := s.highest(ctx)
	if err != nil || number == 0 {
		return nil, err
	}
	l, err := s.digest(ctx, number)
	if err != nil || !signed {
		return l, err
	}
	return l, s.readSignature(ctx, l)
}

var digestFolder = regexp.MustCompile(`/digests/[0-9]{8}/$`)

// highest is the highest number in the log, 0 where there is none, and whether its digest has a signature. Folders and
// keys are listed in order, so that the last ones are the highest.
func (s *Sealer) highest(ctx context.Context) (number int64, signed bool, err error) {
	folder, log := "", Log{s.Client, s.Bucket, s.Log}
	for page, err := range log.pages(ctx, Prefix(s.Log)+digestsFolder, "/") {
		if err != nil {
			return 0, false, err
		}
		for _, group := range page.CommonPrefixes {
			if name := aws.ToString(group.Prefix); digestFolder.MatchString(name) { // others are strays
				folder = name
			}
		}
	}
	if folder == "" {
		return 0, false, nil
	}
	for page, err := range log.pages(ctx, folder, "") {
		if err != nil {
			return 0, false, err
		}
		for _, o := range page.Contents {
			n, signature, ok := ParseDigestKey(s.Log, aws.ToString(o.Key))
			if ok && n >= number {
				number, signed = n, signature
			}
		}
	}
	if number == 0 {
		err = fmt.Errorf("%w: folder %s holds no digest", ErrTampered, folder)
	}
	return number, signed, err
}

// digest reads one digest.
func (s *Sealer) digest(ctx context.Context, number int64) (*link, error) {
	name := DigestKey(s.Log, number)
	body, err := s.get(ctx, name)
	if code(err) == "NoSuchKey" {
		return nil, fmt.Errorf("%w: %s is gone, and later objects are there", ErrTampered, name)
	}
	if err != nil {
		return nil, err
	}
	l := &link{body: body}
	if l.digest, err = ReadDigest(body); err == nil {
		err = l.digest.Check()
	}
	if err == nil && (l.digest.Log != s.Log || l.digest.Number != number) {
		err = fmt.Errorf("it is digest %d of %s", l.digest.Number, l.digest.Log)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrTampered, name, err)
	}
	return l, nil
}

// signed reads a digest that must have a signature.
func (s *Sealer) signed(ctx context.Context, number int64) (*link, error) {
	l, err := s.digest(ctx, number)
	if err != nil {
		return nil, err
	}
	return l, s.readSignature(ctx, l)
}

// readSignature reads the signature of a digest, and verifies it where the key is one of ours.
func (s *Sealer) readSignature(ctx context.Context, l *link) error {
	name := SignatureKey(s.Log, l.digest.Number)
	body, err := s.get(ctx, name)
	if code(err) == "NoSuchKey" {
		return fmt.Errorf("%w: %s is gone", ErrTampered, name)
	}
	if err != nil {
		return err
	}
	_, key, err := s.signer(ctx, l.digest.SignedBy)
	if err != nil && l.digest.NextKey != nil { // the old key may be gone once it has announced the new
		_, _, err = s.signer(ctx, l.digest.NextKey.ID)
		key = PublicKey{}
	}
	if err != nil {
		return err
	}
	signature, err := ReadSignature(body)
	if err == nil && key.ID == "" {
		key, err = NewPublicKey(signature.SPKI)
	}
	if err == nil {
		err = signature.Verify(key, &l.digest, l.body)
	}
	if err != nil {
		return fmt.Errorf("%w: %s: %w; if it is to go, put a delete marker on top", ErrTampered, name, err)
	}
	l.signature = signature.Signature
	return nil
}

// chain remembers what digests list, from some number to the last.
type chain struct{ known map[int64]remembered }

// remembered is what is needed of a digest to know what it lists.
type remembered struct {
	at               time.Time
	sha256, previous string
	listed           []shortHash
}

// shortHash stands for a key: a log may have millions.
type shortHash [16]byte

func shorten(key string) (h shortHash) {
	sum := sha256.Sum256([]byte(key))
	copy(h[:], sum[:])
	return h
}

func (c *chain) add(l *link) {
	r := remembered{at: l.digest.At, sha256: hashOf(l.body)}
	if l.digest.Previous != nil {
		r.previous = l.digest.Previous.SHA256
	}
	for i := range l.digest.Segments {
		r.listed = append(r.listed, shorten(l.digest.Segments[i].Key))
	}
	for i := range l.digest.Faults {
		r.listed = append(r.listed, shorten(l.digest.Faults[i].Key))
	}
	if c.known == nil {
		c.known = map[int64]remembered{}
	}
	c.known[l.digest.Number] = r
}

// readers is how many objects are read at once.
const readers = 8

// listed is what the digests list from the last one back to those of a time: whatever was written after it is in none
// before. It checks that they are a chain.
func (s *Sealer) listed(ctx context.Context, last *link, since time.Time) (map[shortHash]struct{}, error) {
	if last == nil {
		return nil, nil
	}
	s.chain.add(last)
	return s.listedBefore(ctx, last.digest.Number+1, since)
}

// listedBefore is what the digests before that number list.
func (s *Sealer) listedBefore(ctx context.Context, number int64, since time.Time) (map[shortHash]struct{}, error) {
	all := map[shortHash]struct{}{}
	for n := number - 1; n > 0; n-- {
		if _, known := s.chain.known[n]; !known {
			if err := s.remember(ctx, n); err != nil {
				return nil, err
			}
		}
		r := s.chain.known[n]
		if after, known := s.chain.known[n+1]; known && after.previous != r.sha256 {
			return nil, fmt.Errorf("%w: %s is not what the digest after it says", ErrTampered, DigestKey(s.Log, n))
		}
		for _, key := range r.listed {
			all[key] = struct{}{}
		}
		if r.at.Before(since) {
			break
		}
	}
	return all, nil
}

// remember reads the digest of that number, and at once some before it that are likely to be asked for next.
func (s *Sealer) remember(ctx context.Context, number int64) error {
	links := make([]*link, min(number, 2*readers))
	err := parallel(ctx, len(links), func(i int) (err error) {
		if _, known := s.chain.known[number-int64(i)]; !known {
			links[i], err = s.digest(ctx, number-int64(i))
		}
		return err
	})
	for _, l := range links {
		if l != nil {
			s.chain.add(l)
		}
	}
	return err
}

// parallel runs work 0 to n-1, so many as there are readers at once, and joins the errors.
func parallel(ctx context.Context, n int, work func(i int) error) error {
	faults := make([]error, n)
	turns := make(chan int)
	var workers sync.WaitGroup
	for range min(readers, n) {
		workers.Go(func() {
			for i := range turns {
				faults[i] = work(i)
			}
		})
	}
	for i := range n {
		if ctx.Err() != nil {
			faults[i] = ctx.Err()
			break
		}
		turns <- i
	}
	close(turns)
	workers.Wait()
	return errors.Join(faults...)
}
