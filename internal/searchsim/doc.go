// Package searchsim is an OpenSearch domain in memory, as far as the search outlet calls one: indexes with mappings and
// aliases, stored scripts, _bulk, _mget, and the search of a purge. It stands behind an http.RoundTripper, so that the
// outlet that is tested is the real one.
//
// It is deterministic: it has no goroutines and no randomness, and its clock is given. Instead of Painless it runs
// search.Document, the same rule in Go; that the two agree is tested against a real OpenSearch in pkg/search. A call that
// it does not know is answered 501 with its method and path.
//
// It keeps no mapping's types: Domain.Refuse says which documents a mapping would refuse. What is written is found by a
// search at once.
package searchsim
