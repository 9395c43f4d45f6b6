package model

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"
)

// readYAML reads a file of one YAML document in the part of YAML on which all readers agree. It returns nil where
// there is nothing to go on with; all it finds wrong is reported.
func readYAML(r *reporter, src []byte) *node {
	if !checkBytes(r, src) {
		return nil
	}
	// The lexer miscounts lines that do not end in a line feed, and drops a tag at the very end.
	tokens := tokenize(strings.Join(r.lines, "\n") + "\n")
	if !checkTokens(r, tokens) {
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.DirectiveType {
			continue
		}
		return (&nodes{r}).node(doc.Body)
	}
	if r.failed == 0 {
		r.whole("the file is empty; `outflow init` writes one to start from")
	}
	return nil
}

// tokenize stops early where checkTokens will.
func tokenize(src string) token.Tokens {
	var s scanner.Scanner
	var tokens token.Tokens
	var in nesting
	s.Init(src)
	for len(tokens) <= maxTokens {
		some, err := s.Scan()
		tokens.Add(some...)
		if in.tooMuch(some) || err != nil {
			break // err is the end, or a fault, which is a token of its own
		}
	}
	return tokens
}

// syntaxHints say what to do about some of the parser's messages.
var syntaxHints = map[string]string{
	"',' or '}' must be specified":                     "quote a text with braces, such as a key template",
	"',' or ']' must be specified":                     "quote a text with brackets",
	"undefined alias name":                             `quote a star: "*"`,
	"mapping value is not allowed in this context":     "check the indentation, and quote a text with a colon in it",
	"found character '\t' that cannot start any token": "indent with spaces",
	"non-map value is specified":                       "write it as key: value, or with a space behind the dash of a list",
}

// syntax reports what the parser stumbled over: it stops at the first such fault.
func (r *reporter) syntax(err error) {
	var syntax *yaml.SyntaxError
	if !errors.As(err, &syntax) || syntax.Token == nil {
		r.whole("not readable as YAML: %v", err)
		return
	}
	message := "not readable as YAML: " + strings.ReplaceAll(syntax.Message, "\t", `\t`)
	if hint := syntaxHints[syntax.Message]; hint != "" {
		message += "; " + hint
	}
	r.at(placeOf(syntax.Token), "%s", message)
}
