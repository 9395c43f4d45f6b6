// Package console shows how a pipeline on this machine is: as a page for people, which keeps itself current and is a
// plain table where scripts do not run, and as JSON for outflow status.
//
// It looks at nothing itself: a Server is given a function that says how things are, and Judge says what of that is
// wrong. It answers on loopback alone and only to requests that name this machine, so that no page of another site can
// read it through a browser.
package console
