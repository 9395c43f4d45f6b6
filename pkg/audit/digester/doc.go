// Package digester is the function that seals the audit log every 15 minutes: its environment, its keys, and what it
// says of a seal. Sealing itself is audit.Sealer's.
//
// It is apart from package audit so that only who signs is linked with KMS's client.
package digester
