// Package table writes and reads the items of a model's table: it builds keys from the model's templates, keeps the
// keys of indexes right, checks every value against its declared type, and stamps who wrote an item and in which
// request.
//
// A write names its entity and fields as the model does; what the model does not know is refused before any call, all
// faults at once. A Put, Update or Delete is one call, a Transact up to 100 of them that happen together or not at all.
// Conditions that did not hold come back as ErrNotFound, ErrExists, ErrStale, ErrConflict or ErrCondition, a
// transaction's as a *CanceledError that says which write it was. Errors name entities and fields, and hold no values.
//
// A delete carries no stamp, since its record has only the old image: a writer who must say who deleted has to write
// that into an item of its own, in the same transaction. The format of such intents is not settled, and this package
// does not write them.
//
// The SDK sends a call again whose answer was lost. A conditional write that was done the first time then reports that
// its condition does not hold, and an Update counts a revision twice; a Transact has a token against both, so use it,
// of one write if need be, where that matters.
//
// The path of a write: write.go is what callers fill in; build.go takes it apart, with fields.go and encode.go for
// values, key.go and index.go for keys, stamp.go and condition.go; expression.go words it; table.go sends it.
//
// A Table is safe for use by several goroutines.
package table
