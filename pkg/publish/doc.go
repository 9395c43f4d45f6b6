// Package publish turns changes into EventBridge events and sends them.
//
// A Builder makes the events that the model asks for from a change; Entry is an event as PutEvents takes it, with
// its body moved to a claim where it is too large; Pack cuts entries into calls. These are pure. An event's id and
// version are functions of the stream record alone, so that every retry, replay and zombie sends the same ones.
//
// Outlet sends them, at least once. The events of an item are first sent in the order of its changes: a call never has
// two changes of one item, and an event that failed holds back the later ones of its item, and no others. An event that
// can never be made or sent makes its record poison; one that could not be sent for Undelivered too, so that events
// never starve the audit log.
//
// The path of one batch: making.go makes its letters, which are entries on their way, a portion ahead of the calls;
// outlet.go passes again and again over those that delivery.go holds open; sending.go makes a pass; answer.go reads what
// the bus says.
package publish
