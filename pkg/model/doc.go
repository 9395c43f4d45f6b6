// Package model reads the model file: what the items of a single table mean, and what becomes of them in search
// documents, events and the audit log.
//
// Parse reads model.yaml and reports every fault with file, line and column; what it returns is the compiled form.
// Marshal writes that form as model.json and Load reads it back; nobody but Parse reads the YAML, since YAML 1.1
// and 1.2 readers differ on scalars such as on, NO and 0123.
//
// A Model is immutable after Parse or Load and safe for use by several goroutines.
package model
