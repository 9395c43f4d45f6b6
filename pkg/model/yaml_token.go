package model

import (
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"
)

// checkTokens refuses, before they are parsed, what is too deep or too much, a second document, and what readers
// of YAML differ on. It is false where it makes no sense to go on.
func checkTokens(r *reporter, tokens token.Tokens) bool {
	if len(tokens) > maxTokens {
		r.whole("the file has more than %d words and signs; a model has fewer", maxTokens)
		return false
	}
	var in nesting
	started, ok := false, true
	for _, t := range tokens {
		switch {
		case t.Type == token.DocumentHeaderType || t.Type == token.DocumentEndType:
			if started && t.Next != nil {
				r.at(placeOf(t), "a second document; a model file has one")
				return false
			}
			started = started || t.Type == token.DocumentHeaderType
		case t.Type == token.DirectiveType:
			r.at(placeOf(t), "a directive (%%); leave it out, or quote the text: readers of YAML differ on it")
			return false
		case t.Type != token.CommentType:
			started = true
			ok = checkToken(r, t, in.inFlow()) && ok
		}
		if depth, entry := in.after(t); depth > maxDepth {
			r.at(placeOf(t), "nested deeper than %d levels; a model needs no such depth", maxDepth)
			return false
		} else if entry > maxEntries {
			r.at(placeOf(t), "more than %d entries in one list or map; a model needs no such number", maxEntries)
			return false
		}
	}
	return ok
}

// checkToken refuses what is no part of the tree, so that only the tokens show it, and what the parser misreads.
func checkToken(r *reporter, t *token.Token, flow bool) bool {
	switch {
	case t.Type == token.MappingKeyType:
		r.at(placeOf(t), "a key behind a question mark; write it as key: value")
	case hasTab(t):
		r.at(placeOf(t), `a tab in a text; write it as \t between double quotes`)
	default:
		if flow {
			checkColon(r, t)
		}
		return true
	}
	return false
}

// hasTab says that a tab stands in a text on one line, where readers of YAML keep it, drop it or refuse it.
func hasTab(t *token.Token) bool {
	switch t.Type {
	case token.StringType, token.SingleQuoteType, token.DoubleQuoteType:
		return strings.Contains(strings.TrimSpace(t.Origin), "\t") && !isBlock(t)
	}
	return false
}

// isBlock says that a text is that of a block scalar, in which tabs are text to every reader.
func isBlock(t *token.Token) bool {
	return t.Prev != nil && (t.Prev.Type == token.LiteralType || t.Prev.Type == token.FoldedType)
}

// checkColon refuses a colon in a flow collection without space behind it: a key's end to some, text to others.
func checkColon(r *reporter, t *token.Token) {
	next := t.Next
	if t.Type == token.MappingValueType && next != nil && startsValue(next) &&
		next.Position.Line == t.Position.Line && next.Position.Column == t.Position.Column+1 {
		r.at(placeOf(t), "no space behind the colon; write one, or quote the text: readers of YAML differ on it")
	}
}

// startsValue says that a token is not one that ends an entry of a flow collection.
func startsValue(t *token.Token) bool {
	return t.Type != token.CollectEntryType && t.Type != token.MappingEndType && t.Type != token.SequenceEndType
}

// placeOf is where a token stands; the lexer counts characters from 1.
func placeOf(t *token.Token) place {
	return place{line: t.Position.Line, column: max(t.Position.Column, 1), width: tokenWidth(t)}
}

// tokenWidth is the number of characters of a token in its first line.
func tokenWidth(t *token.Token) int {
	text := t.Value
	if t.Type == token.SingleQuoteType || t.Type == token.DoubleQuoteType {
		text = strings.TrimSpace(t.Origin)
	}
	text, _, _ = strings.Cut(text, "\n")
	return max(utf8.RuneCountInString(strings.TrimSpace(text)), 1)
}
