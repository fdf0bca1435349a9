// Package proxy stands between an operator and its API server and misbehaves
// as it is told to: it delays, refuses, hangs, loses answers, and drops,
// repeats or withholds what a watch reports.
//
// It speaks plain HTTP on loopback and authenticates upstream as the user whose
// configuration it was given, so that whoever connects has that user's rights.
package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"k8s.io/client-go/rest"
)

// Proxy is a running proxy. Its methods are safe for concurrent use.
type Proxy struct {
	server   *http.Server
	listener net.Listener
	forward  *httputil.ReverseProxy
	closed   chan struct{}

	mu    sync.Mutex
	rules []*Rule
	seen  []Request
	// severed is closed, and made anew, when every request is to end.
	severed chan struct{}
}

// Start starts a proxy that acts as the user of the configuration.
func Start(ctx context.Context, user *rest.Config) (*Proxy, error) {
	transport, err := rest.TransportFor(user)
	if err != nil {
		return nil, fmt.Errorf("connect as the operator: %w", err)
	}
	upstream, err := url.Parse(user.Host)
	if err != nil {
		return nil, fmt.Errorf("find the API server: %w", err)
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		listener: listener,
		closed:   make(chan struct{}),
		severed:  make(chan struct{}),
		forward: &httputil.ReverseProxy{
			Transport:     transport,
			FlushInterval: -1, // a watch's event must not wait for the next one
			ErrorLog:      log.New(io.Discard, "", 0),
			Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(upstream)
				r.Out.Header.Set("Accept", onlyJSON(r.In.Header.Get("Accept")))
			},
		},
	}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	go func() {
		defer close(p.closed)
		if err := p.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			panic(err) // nothing that a test could go on with
		}
	}()
	return p, nil
}

// URL is where the proxy listens.
func (p *Proxy) URL() string { return "http://" + p.listener.Addr().String() }

// Close ends the proxy and every request through it.
func (p *Proxy) Close() error {
	err := p.server.Close()
	<-p.closed
	return err
}

// Add puts a rule in force. Of several that select a request, the one added
// first acts.
func (p *Proxy) Add(rule Rule) *Rule {
	p.mu.Lock()
	defer p.mu.Unlock()
	added := &rule
	p.rules = append(p.rules, added)
	return added
}

// Clear ends all rules. Requests that a rule holds go on being held.
func (p *Proxy) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = nil
}

// Sever breaks every request that is under way, watches among them.
func (p *Proxy) Sever() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.severed)
	p.severed = make(chan struct{})
}

// Acted is how many requests a rule has acted on.
func (p *Proxy) Acted(rule *Rule) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return rule.acted
}

// Seen are the requests so far that are selected, in the order of arrival.
func (p *Proxy) Seen(selected func(Request) bool) []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []Request
	for _, request := range p.seen {
		if selected(request) {
			found = append(found, request)
		}
	}
	return found
}

// ServeHTTP implements [http.Handler].
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rule, severed := p.strike(r)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	go func() {
		select {
		case <-ctx.Done():
		case <-severed:
			cancel()
		}
	}()
	if r = r.WithContext(ctx); rule != nil {
		rule.Act(w, r, p.forward)
		return
	}
	p.forward.ServeHTTP(w, r)
}

// strike notes a request and returns the rule that is to act on it, if any, and
// what is closed when it is to end.
func (p *Proxy) strike(r *http.Request) (*Rule, <-chan struct{}) {
	request := requestOf(r)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, request)
	for _, rule := range p.rules {
		if !rule.Match(request) || (rule.Count > 0 && rule.acted == rule.Count) {
			continue
		}
		rule.acted++
		return rule, p.severed
	}
	return nil, p.severed
}

// onlyJSON leaves the JSON forms of an Accept header: what a rule changes in a
// stream must be lines.
func onlyJSON(accept string) string {
	var kept []string
	for form := range strings.SplitSeq(accept, ",") {
		if strings.HasPrefix(strings.TrimSpace(form), "application/json") {
			kept = append(kept, form)
		}
	}
	if len(kept) == 0 {
		return "application/json"
	}
	return strings.Join(kept, ",")
}
