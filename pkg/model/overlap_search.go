package model

import (
	"encoding/binary"
	"slices"
)

// included says that every text of a is one of b: it follows each state of a together with all states of b that
// the same text leads to.
func included(a, b *language, letters []byte) bool {
	if slices.Equal(a.ends, b.ends) && slices.EqualFunc(a.edges, b.edges, slices.Equal) {
		return true
	}
	type pair struct {
		state  int
		states []int
	}
	seen := map[string]bool{}
	queue := []pair{{0, []int{0}}}
	for len(queue) > 0 {
		at := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if len(at.states) == 0 || a.ended(at.state) && !slices.ContainsFunc(at.states, b.ended) || len(seen) > maxStates {
			return false
		}
		for _, letter := range letters {
			to := a.after(letter, at.state)
			if len(to) == 0 {
				continue
			}
			states := b.after(letter, at.states...)
			for _, state := range to {
				if id := pairID(state, states); !seen[id] {
					seen[id] = true
					queue = append(queue, pair{state, states})
				}
			}
		}
	}
	return true
}

// after gives the states that a byte leads to, sorted.
func (l *language) after(b byte, states ...int) []int {
	var to []int
	for _, state := range states {
		for _, e := range l.edges[state] {
			if e.on.has(b) {
				to = append(to, e.to)
			}
		}
	}
	slices.Sort(to)
	return slices.Compact(to)
}

func pairID(state int, states []int) string {
	id := binary.AppendUvarint(nil, uint64(state))
	for _, s := range states {
		id = binary.AppendUvarint(id, uint64(s))
	}
	return string(id)
}

// commonTexts gives texts of both languages, the shortest first: at most as many as the limit, and at most as many
// ways to each pair of states.
func commonTexts(a, b *language, letters []byte, limit int) []string {
	switch a.kind { // there are no templates for N and B but bare placeholders
	case "N":
		return []string{"1"}
	case "B":
		return []string{"AA=="} // one byte in base64
	}
	type step struct {
		inA, inB, from int
		letter         byte
	}
	var texts []string
	ways := map[[2]int]int{}
	steps := []step{{from: -1}}
	for i := 0; i < len(steps) && len(texts) < limit; i++ {
		at := steps[i]
		if a.ended(at.inA) && b.ended(at.inB) {
			var text []byte
			for s := at; s.from >= 0; s = steps[s.from] {
				text = append(text, s.letter)
			}
			slices.Reverse(text)
			if !slices.Contains(texts, string(text)) {
				texts = append(texts, string(text))
			}
		}
		for _, letter := range letters {
			for _, inA := range a.after(letter, at.inA) {
				for _, inB := range b.after(letter, at.inB) {
					if ways[[2]int{inA, inB}]++; ways[[2]int{inA, inB}] <= limit {
						steps = append(steps, step{inA, inB, i, letter})
					}
				}
			}
		}
	}
	return texts
}

// mayShare says that the literals at both ends leave room for a text that both templates match.
func (t *Template) mayShare(o *Template) bool {
	if t == nil || o == nil {
		return false
	}
	head := min(len(t.prefix), len(o.prefix))
	tail := min(len(t.suffix), len(o.suffix))
	return t.prefix[:head] == o.prefix[:head] && t.suffix[len(t.suffix)-tail:] == o.suffix[len(o.suffix)-tail:]
}
