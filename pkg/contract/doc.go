// Package contract makes of a model what its subscribers work with: for each event and schema number a JSON Schema, a
// copy for EventBridge's schema registry, an AsyncAPI document of the whole bus, types for Go, TypeScript and Python,
// samples, and a page for people. It also tells what a change of the model means to those who already subscribe.
//
// Of takes the contract out of a model; everything else is made of the contract alone, and is a function of it: no
// time, no randomness, no order of maps. Files makes the files, Write puts them into a folder, Load reads a contract
// back from one, Compare compares two.
//
// What the schemas promise is what package publish sends. Two kinds exist. Open schemas are for readers: members that
// they do not know pass, so that a reader who validates goes on when a field is added. Closed schemas say exactly what
// is sent today; tests hold publish against them. An enum's values are no limit in either, since publish lets other
// values through and counts them.
//
// The path of one event: contract.go takes it out of the model; schema.go and schema_type.go describe it to machines,
// words.go and page.go to people, golang.go, typescript.go and python.go to compilers; sample.go makes an example of
// it.
package contract

//go:generate go run -trimpath ../../cmd/outflow generate ../../examples/shop/model.yaml -o ../../examples/shop/events
