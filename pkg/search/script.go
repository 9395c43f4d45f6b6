package search

import (
	"crypto/sha256"
	_ "embed" // the script's source
	"encoding/hex"
	"sync"
)

// Script is the stored script (Painless) that every write goes through. Its rule is that of Document.Apply.
//
//go:embed guard.painless
var Script string

// ScriptID names the stored script by its own hash, so that functions of two releases can be live side by side,
// each with the script that it knows.
func ScriptID() string { return scriptID() }

var scriptID = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(Script))
	return "outflow-" + hex.EncodeToString(sum[:8])
})
