// Package rules holds the rules of the house that a test can check: package comments, the direction of imports, and
// a go.mod without replacements.
package rules
