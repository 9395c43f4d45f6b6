// Package documents generates, from a model, what developers of a search user interface compile against: the types of
// the documents in its indexes, as OpenSearch gives them in _source.
//
// The types are true of the documents of all items that follow the model. A value that its declared type cannot hold is
// left out of a document, also one of a required field; outflow.dropped then names it.
package documents
