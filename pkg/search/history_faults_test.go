package search_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
)

// Item implements search.Items: the item as it is now. Something may happen just before and just after, and some reads
// fail.
func (h *history) Item(ctx context.Context, key []byte) ([]byte, error) {
	h.meanwhile()
	defer h.meanwhile()
	if h.pick("fault", 30) == 29 {
		return nil, errPlanted
	}
	return h.world.Item(ctx, key)
}

var errPlanted = errors.New("a planted fault")

// RoundTrip implements http.RoundTripper: some calls fail before or after they have taken effect, and around calls
// something else may happen. Readers look after each.
func (h *history) RoundTrip(r *http.Request) (*http.Response, error) {
	h.meanwhile()
	fault := h.pick("fault", 30)
	if fault == 28 {
		return nil, errPlanted
	}
	answer, err := h.world.RoundTrip(r)
	if !onlyReads(r) {
		h.stored = nil
	}
	if strings.HasSuffix(r.URL.Path, "_bulk") {
		h.look()
	}
	if fault == 29 && err == nil {
		h.contents.add(lostAnswers)
		_, err = io.Copy(io.Discard, answer.Body)
		return nil, errors.Join(errPlanted, err, answer.Body.Close())
	}
	return answer, err
}

// onlyReads says that a call leaves all documents as they are.
func onlyReads(r *http.Request) bool {
	return r.Method == http.MethodGet || strings.HasSuffix(r.URL.Path, "/_mget") || strings.HasSuffix(r.URL.Path, "/_search")
}

// meanwhile lets something happen in the midst of something else.
func (h *history) meanwhile() {
	if h.depth > 0 || h.pick("meanwhile", 8) != 7 {
		return
	}
	h.depth++
	defer func() { h.depth-- }()
	steps := []func(){h.write, h.write, h.deliverAgain, h.fillPage, h.wait}
	steps[h.pick("what", len(steps))]()
}
