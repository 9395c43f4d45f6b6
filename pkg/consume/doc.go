// Package consume is the handler of one batch of stream records: it decodes them, gives them to the outlets, parks
// what can never succeed, and answers from where the batch is to come again.
//
// Guarantees: a record counts as done only when every outlet has made it durable or parked it; one record that can
// never succeed stops no other; the answer to the event source mapping is the lowest sequence number over all
// outlets, and never an empty list when something failed. Outlets of one chain run one after another, and each gets
// only records that the one before has made durable, up to the first that it has not; chains run side by side.
package consume
