package edgesim

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// OpenConnections is how many client connections to the API are open now, over HTTP and
// HTTPS. What a client that was closed still holds shows here.
func (s *Server) OpenConnections() int { return int(s.connected.Load()) }

// countConnection follows a connection of the API. A hijacked one is about to be reset.
func (s *Server) countConnection(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.connected.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.connected.Add(-1)
	case http.StateActive, http.StateIdle:
	}
}

// resetConnection sends the bytes and then a TCP RST.
func (s *Server) resetConnection(w http.ResponseWriter, last []byte) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		s.log.Warn("connection cannot be reset", "error", err)
		return
	}
	if len(last) > 0 {
		_, err := conn.Write(last)
		s.debugUnsent(err)
	}
	plain := conn
	if secured, isTLS := conn.(*tls.Conn); isTLS {
		plain = secured.NetConn()
	}
	if tcp, isTCP := plain.(*net.TCPConn); isTCP {
		// Without lingering, closing sends RST in place of FIN.
		s.debugUnsent(tcp.SetLinger(0))
	}
	s.debugUnsent(plain.Close())
}

// unbound lifts the server's own time limits, which would end a fault too early.
func (s *Server) unbound(w http.ResponseWriter) {
	control := http.NewResponseController(w)
	s.debugUnsent(control.SetReadDeadline(time.Time{}))
	s.debugUnsent(control.SetWriteDeadline(time.Time{}))
}

// debugUnsent notes that an answer did not get through as meant.
func (s *Server) debugUnsent(err error) {
	if err != nil {
		s.log.Debug("answer not delivered", "error", err)
	}
}
