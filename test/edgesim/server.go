package edgesim

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Server is a running simulator. Its methods are safe to call at any time.
type Server struct {
	config     Config
	log        *slog.Logger
	ca         *authority
	operations map[operationKey]operation
	settings   atomic.Pointer[Settings]
	world      *world
	faults     faults
	journal    journal
	quotas     quotas
	nonces     nonces
	sessions   sessions
	imds       metadataTokens

	api, apiSecure, edge, edgeStaging, admin, metadata net.Listener

	servers []*http.Server
	serving sync.WaitGroup
	// connected counts the open client connections of both API listeners.
	connected atomic.Int64
	// changing keeps two changes of settings, or a reset, from undoing each other.
	changing sync.Mutex
}

// Start starts a simulator; it answers on all its listeners when Start returns.
func Start(config Config) (*Server, error) {
	config = config.withDefaults()
	s := &Server{config: config, log: config.Logger, operations: operations()}
	if err := s.SetSettings(config.Settings); err != nil {
		return nil, err
	}
	var err error
	if s.world, err = newWorld(config.Accounts, s.now(), s.Settings()); err != nil {
		return nil, err
	}
	// Certificates of the simulator itself are checked by real clients: real time.
	today := time.Now()
	if s.ca, err = newAuthority("edgesim authority", today); err != nil {
		return nil, err
	}
	secure, err := s.apiTLS(today, config.APIHosts)
	if err != nil {
		return nil, err
	}
	if err := s.listen(); err != nil {
		return nil, err
	}
	api := s.dated(s.apiRoutes())
	s.serve(s.api, api, s.countConnection)
	s.serve(tls.NewListener(s.apiSecure, secure), api, s.countConnection)
	s.serve(tls.NewListener(s.edge, s.edgeTLS()), http.HandlerFunc(s.serveEdge), nil)
	s.serve(tls.NewListener(s.edgeStaging, s.stagingTLS()), http.HandlerFunc(s.serveEdge), nil)
	s.serve(s.admin, s.adminRoutes(), nil)
	s.serve(s.metadata, s.dated(s.metadataRoutes()), nil)
	return s, nil
}

// listen opens the listeners, or none.
func (s *Server) listen() error {
	for _, row := range []struct {
		listener *net.Listener
		address  string
	}{
		{&s.api, s.config.APIAddress}, {&s.apiSecure, s.config.APITLSAddress},
		{&s.edge, s.config.EdgeAddress}, {&s.edgeStaging, s.config.EdgeStagingAddress}, {&s.admin, s.config.AdminAddress},
		{&s.metadata, s.config.MetadataAddress},
	} {
		address, err := net.ResolveTCPAddr("tcp", row.address)
		if err != nil {
			return errors.Join(fmt.Errorf("listen on %s: %w", row.address, err), s.closeListeners())
		}
		opened, err := net.ListenTCP("tcp", address)
		if err != nil {
			return errors.Join(fmt.Errorf("listen on %s: %w", row.address, err), s.closeListeners())
		}
		*row.listener = opened
	}
	return nil
}

func (s *Server) closeListeners() error {
	var failed error
	for _, listener := range []net.Listener{s.api, s.apiSecure, s.edge, s.edgeStaging, s.admin, s.metadata} {
		if listener != nil {
			failed = errors.Join(failed, listener.Close())
		}
	}
	return failed
}

// serve answers on one listener until Close; follow is told of its connections.
func (s *Server) serve(listener net.Listener, handler http.Handler, follow func(net.Conn, http.ConnState)) {
	server := &http.Server{
		Handler:           handler,
		ConnState:         follow,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		// Handshakes that clients break off are the rule here, not news.
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.servers = append(s.servers, server)
	s.serving.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Warn("listener failed", "address", listener.Addr().String(), "error", err)
		}
	})
}

// dated has answers carry the simulator's time, which net/http's own would not be.
func (s *Server) dated(answers http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
		answers.ServeHTTP(w, r)
	})
}

// Shutdown stops taking calls, lets those under way finish until the context ends,
// and closes the simulator.
func (s *Server) Shutdown(ctx context.Context) error {
	for _, server := range s.servers {
		if err := server.Shutdown(ctx); err != nil {
			s.log.Debug("calls cut off", "error", err)
		}
	}
	return s.Close()
}

// Close stops the simulator at once, ends hanging answers and frees its ports.
func (s *Server) Close() error {
	var failed error
	for _, server := range s.servers {
		failed = errors.Join(failed, server.Close())
	}
	s.serving.Wait()
	return failed
}

// APIAddress is the host:port of the API over HTTP.
func (s *Server) APIAddress() string { return s.api.Addr().String() }

// APITLSAddress is the host:port of the API over HTTPS; CAPEM verifies it.
func (s *Server) APITLSAddress() string { return s.apiSecure.Addr().String() }

// EdgeAddress is the host:port of the TLS edge.
func (s *Server) EdgeAddress() string { return s.edge.Addr().String() }

// EdgeStagingAddress is the host:port of the TLS edge of CDN Pro's staging environment.
func (s *Server) EdgeStagingAddress() string { return s.edgeStaging.Addr().String() }

// AdminAddress is the host:port of the admin API.
func (s *Server) AdminAddress() string { return s.admin.Addr().String() }

// CAPEM is the authority of the HTTPS API's certificate.
func (s *Server) CAPEM() []byte { return s.ca.pem() }

// now is the simulator's time.
func (s *Server) now() time.Time {
	now := s.config.Clock()
	if settings := s.settings.Load(); settings != nil {
		now = now.Add(time.Duration(settings.ClockSkew))
	}
	return now
}
