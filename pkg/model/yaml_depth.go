package model

import "github.com/goccy/go-yaml/token"

// nesting follows a stream of tokens through lists and maps.
type nesting struct {
	flow   []int   // entries of the open brackets and braces
	blocks []block // the open block collections
}

type block struct {
	column  int
	entries int
}

// inFlow says that the last token stands within brackets or braces.
func (d *nesting) inFlow() bool { return len(d.flow) > 0 }

// tooMuch takes the next tokens; it says whether one of them stands too deep or is one too many.
func (d *nesting) tooMuch(tokens token.Tokens) bool {
	for _, t := range tokens {
		if depth, entry := d.after(t); depth > maxDepth || entry > maxEntries {
			return true
		}
	}
	return false
}

// after takes the next token; it returns how deep it stands, and as which entry of its list or map.
func (d *nesting) after(t *token.Token) (depth, entry int) {
	switch t.Type {
	case token.SequenceStartType, token.MappingStartType:
		d.flow = append(d.flow, 1)
	case token.SequenceEndType, token.MappingEndType:
		d.flow = d.flow[:max(len(d.flow)-1, 0)]
	case token.CollectEntryType:
		if d.inFlow() {
			d.flow[len(d.flow)-1]++
			entry = d.flow[len(d.flow)-1]
		}
	case token.SequenceEntryType:
		entry = d.entry(t.Position.Column)
	case token.MappingValueType:
		key := t
		if t.Prev != nil && t.Prev.Position.Line == t.Position.Line {
			key = t.Prev
		}
		entry = d.entry(key.Position.Column)
	}
	return len(d.flow) + len(d.blocks), entry
}

// entry counts an entry of the block collection at a column: those further right have ended.
func (d *nesting) entry(column int) int {
	if d.inFlow() {
		return 0
	}
	for len(d.blocks) > 0 && d.blocks[len(d.blocks)-1].column > column {
		d.blocks = d.blocks[:len(d.blocks)-1]
	}
	if len(d.blocks) == 0 || d.blocks[len(d.blocks)-1].column < column {
		d.blocks = append(d.blocks, block{column: column})
	}
	last := &d.blocks[len(d.blocks)-1]
	last.entries++
	return last.entries
}
