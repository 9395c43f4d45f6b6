// Package publish turns changes into EventBridge events.
//
// A Builder makes the events that the model asks for from a change; Entry is an event as PutEvents takes it, with
// its body moved to a claim where it is too large; Pack cuts entries into calls. An event's id and version are
// functions of the stream record alone, so that every retry, replay and zombie sends the same ones.
//
// Everything in this package so far is pure: no client, no clock, no I/O.
package publish
