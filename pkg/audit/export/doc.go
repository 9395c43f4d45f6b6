// Package export writes what the audit log holds of an entity as Parquet: a derived copy, for queries that want typed
// columns rather than DynamoDB's JSON. It proves nothing by itself, since nobody signs it; each row names the record
// and the change that it is of, so that whoever doubts it can look at the line.
//
// A row is one record, each once. Its fields are the state that the change left; a remove leaves the key fields alone.
// columns.go says which column a field of the model becomes, values.go what is in it, and write.go is the way in.
package export
