package model

import (
	"errors"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// readYAML reads a file of one YAML document in the part of YAML on which all readers agree. It returns nil where
// there is nothing to go on with; all it finds wrong is reported.
func readYAML(r *reporter, src []byte) *node {
	if !checkBytes(r, src) {
		return nil
	}
	tokens := lexer.Tokenize(string(src))
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

// syntax reports what the parser stumbled over: it stops at the first such fault.
func (r *reporter) syntax(err error) {
	var syntax *yaml.SyntaxError
	if !errors.As(err, &syntax) || syntax.Token == nil {
		r.whole("not readable as YAML: %v", err)
		return
	}
	r.at(placeOf(syntax.Token), "not readable as YAML: %s", syntax.Message)
}

// placeOf is where a token stands; the lexer counts characters from 1.
func placeOf(t *token.Token) place {
	return place{line: t.Position.Line, column: max(t.Position.Column, 1), width: tokenWidth(t)}
}
