package audit

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// FileSigner is a key in a file of this machine. Its signatures are deterministic (RFC 6979).
type FileSigner struct {
	key    *ecdsa.PrivateKey
	public PublicKey
}

var _ Signer = (*FileSigner)(nil)

// OpenKeyFile reads a private key in PEM (PKCS #8), and makes one that only the owner can read where there is no file.
// Of several that make it at once, all get the same.
func OpenKeyFile(path string) (*FileSigner, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeKeyFile(path); err == nil {
			text, err = os.ReadFile(path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open signing key: %w", err)
	}
	s, err := ParsePrivateKey(text)
	if err != nil {
		return nil, fmt.Errorf("open signing key %s: %w", path, err)
	}
	return s, nil
}

// ParsePrivateKey reads a private key in PEM (PKCS #8).
func ParsePrivateKey(text []byte) (*FileSigner, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, errors.New("it is no private key in PEM (PKCS #8, -----BEGIN PRIVATE KEY-----)")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("it is not an ECDSA key on P-256; openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 makes one")
	}
	return NewFileSigner(key)
}

// NewFileSigner signs with a key on P-256.
func NewFileSigner(key *ecdsa.PrivateKey) (*FileSigner, error) {
	spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	public, err := NewPublicKey(spki)
	return &FileSigner{key, public}, err
}

// makeKeyFile links the whole file into its place, which fails where another made it first: that one counts.
func makeKeyFile(path string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = errors.Join(pem.Encode(f, &pem.Block{Type: "PRIVATE KEY", Bytes: der}), f.Sync(), f.Close())
	if err == nil {
		err = os.Link(f.Name(), path)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// PublicKey implements Signer.
func (s *FileSigner) PublicKey(context.Context) (PublicKey, error) { return s.public, nil }

// Sign implements Signer.
func (s *FileSigner) Sign(_ context.Context, hash []byte) ([]byte, error) {
	return s.key.Sign(nil, hash, crypto.SHA256) // no source of randomness: deterministic
}
