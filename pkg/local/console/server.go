package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Config is what a Server shows. All fields must be set.
type Config struct {
	Look    func(context.Context) Status // how things are; several calls may be under way
	Refresh time.Duration                // between two looks for a page that is open
}

// Server answers at URL: GET / is the page, /status the Status as JSON, /events the page's content again and again, as
// server-sent events.
type Server struct {
	URL string

	config Config
	server *http.Server
	end    context.CancelFunc // of the pages that are open
	served chan error
}

// Start serves on a free port of this machine until Stop.
func Start(c Config) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("console: listen: %w", err)
	}
	ctx, end := context.WithCancel(context.Background())
	s := &Server{URL: "http://" + listener.Addr().String(), config: c, end: end, served: make(chan error, 1)}
	s.server = &http.Server{
		Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	go func() { s.served <- s.server.Serve(listener) }()
	return s, nil
}

// Stop ends the pages that are open, then the server.
func (s *Server) Stop(ctx context.Context) error {
	s.end()
	err := s.server.Shutdown(ctx)
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		return fmt.Errorf("console: %w", err)
	}
	return nil
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /status", s.status)
	mux.HandleFunc("GET /events", s.events)
	return local(mux)
}

// local refuses requests that reached this machine under another name: a page of another site can make a browser send
// them.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "the console answers to 127.0.0.1 and localhost only", http.StatusForbidden)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	status := s.config.Look(r.Context())
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(status) // fails only where the reader is gone
}
