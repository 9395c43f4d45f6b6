package e2e_test

import (
	"context"
	"io"
	"log"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// fault is a way in which a service fails.
type fault string

// The faults. The first four have no effect on the service, the last but one has all, the last some.
const (
	tooMany     fault = "429"
	serverError fault = "500"
	unavailable fault = "503"
	cutBefore   fault = "cut before the effect"
	cutAfter    fault = "cut after the effect"
	partly      fault = "200 for a part"
)

// proxy stands between the consumer and one service and lets some of the calls fail. The n-th call's fate follows from
// the seed.
type proxy struct {
	server *httptest.Server
	answer string // body of a refusal, as the service would word it
	// split is how a call is done for a part of its entries only; nil where the service has no such calls. It says
	// whether this is one.
	split func(random *rand.Rand, service http.Handler, w http.ResponseWriter, r *http.Request) (bool, error)

	mu       sync.Mutex
	service  http.Handler // nil until aimed
	random   *rand.Rand
	rate     float64 // share of calls that fail
	passed   int
	injected map[fault]int
}

func newProxy(t *testing.T, seed uint64, rate float64, answer string) *proxy {
	p := &proxy{answer: answer, random: rand.New(rand.NewPCG(seed, 1)), rate: rate, injected: map[fault]int{}}
	p.server = httptest.NewServer(p)
	t.Cleanup(p.server.Close)
	return p
}

// aim says where calls go. The caller's host stays in the request, since its signature covers that.
func (p *proxy) aim(t *testing.T, service string) {
	to, err := url.Parse(service)
	require.NoError(t, err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.service = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
		},
		ErrorLog:     log.New(io.Discard, "", 0),
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
}

// heal ends all faults.
func (p *proxy) heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rate = 0
}

// counts returns the calls that passed and the faults.
func (p *proxy) counts() (int, map[fault]int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passed, maps.Clone(p.injected)
}

func (p *proxy) fate() (fault, http.Handler) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.random.Float64() >= p.rate {
		p.passed++
		return "", p.service
	}
	all := []fault{tooMany, serverError, unavailable, cutBefore, cutAfter}
	if p.split != nil {
		all = append(all, partly)
	}
	chosen := all[p.random.IntN(len(all))]
	p.injected[chosen]++
	return chosen, p.service
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fate, service := p.fate()
	switch fate {
	case "":
		service.ServeHTTP(w, r)
	case tooMany:
		http.Error(w, p.answer, http.StatusTooManyRequests)
	case serverError:
		http.Error(w, p.answer, http.StatusInternalServerError)
	case unavailable:
		http.Error(w, p.answer, http.StatusServiceUnavailable)
	case cutAfter:
		service.ServeHTTP(httptest.NewRecorder(), r.WithContext(context.WithoutCancel(r.Context())))
		panic(http.ErrAbortHandler)
	case cutBefore:
		panic(http.ErrAbortHandler)
	case partly:
		p.part(service, w, r)
	}
}

// part does a part of the call, or all of one that has no parts.
func (p *proxy) part(service http.Handler, w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	random := rand.New(rand.NewPCG(p.random.Uint64(), 3))
	p.mu.Unlock()
	done, err := p.split(random, service, w, r)
	switch {
	case err != nil:
		panic(http.ErrAbortHandler)
	case !done:
		p.mu.Lock()
		p.injected[partly]--
		p.passed++
		p.mu.Unlock()
		service.ServeHTTP(w, r)
	}
}
