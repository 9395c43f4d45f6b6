package verify

import (
	"context"
	"errors"
	"iter"
)

// Object is one version of an object, or a delete marker.
type Object struct {
	Key     string
	Version string // "" where there is one at most
	Marker  bool   // it says that the object was deleted
	Odd     string // why it is no object that could be read, "" for all that are
}

// Source is where the log's objects are. It may be used by several goroutines at once.
type Source interface {
	// List yields all objects below a prefix. Versions of one key follow each other, the newest first. An error is the
	// last. It is called twice.
	List(ctx context.Context, prefix string) iter.Seq2[Object, error]
	// Read returns an object's bytes, that of the newest version for the version "". ErrAbsent: there is none.
	// ErrTooLarge: it has more than limit bytes.
	Read(ctx context.Context, key, version string, limit int64) ([]byte, error)
	// Versioned says that List tells of versions and delete markers.
	Versioned() bool
	// Readers is how many objects are best read at once.
	Readers() int
}

// ErrAbsent is returned for an object that is not there.
var ErrAbsent = errors.New("there is no such object")

// ErrTooLarge is returned for an object that is larger than what is to be read.
var ErrTooLarge = errors.New("the object is larger than any of the log's")
