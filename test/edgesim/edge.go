package edgesim

import (
	"crypto/tls"
	"net/http"
	"strings"
	"time"
)

// EdgeState is what became of a domain's certificate on its way to clients.
type EdgeState struct {
	// Domain is the domain's name in the API's notation.
	Domain string `json:"domain"`
	// Stored was set last; nil when HTTPS is off or was never on.
	Stored *EdgeCertificate `json:"stored,omitempty"`
	// Described is what describe calls show.
	Described *EdgeCertificate `json:"described,omitempty"`
	// Served is what TLS clients get.
	Served *EdgeCertificate `json:"served,omitempty"`
}

// EdgeCertificate is a certificate without its key or body.
type EdgeCertificate struct {
	// Name, ID and Type are those it is stored under.
	Name string `json:"name"`
	ID   int64  `json:"id"`
	Type string `json:"type"`
	// Fingerprint is the SHA-256 of the leaf's DER, lower hex.
	Fingerprint string    `json:"fingerprint"`
	NotBefore   time.Time `json:"notBefore"`
	NotAfter    time.Time `json:"notAfter"`
}

func (c *certificate) edge() *EdgeCertificate {
	if c == nil {
		return nil
	}
	return &EdgeCertificate{Name: c.name, ID: c.id, Type: c.kind, Fingerprint: c.fingerprint(),
		NotBefore: c.leaf.NotBefore, NotAfter: c.leaf.NotAfter}
}

// Edge tells what is stored, described and served for a domain (wildcards as
// ".example.com") or, in production, a hostname of CDN Pro (wildcards as "*.example.com");
// false when no account has it.
func (s *Server) Edge(domainName string) (EdgeState, bool) {
	s.settleCDNPro()
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	held, known := s.world.domains[strings.ToLower(domainName)]
	now := s.now()
	if !known {
		return s.world.cdnpro.edge(strings.ToLower(domainName), now)
	}
	return EdgeState{Domain: held.Name, Stored: held.stored().edge(),
		Described: held.described(now, false).edge(), Served: held.served(now).edge()}, true
}

// edgeTLS serves by SNI, and refuses everything else with unrecognized_name: a
// handshake without SNI, an unknown name, a domain whose HTTPS is off.
func (s *Server) edgeTLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		// A resumed session would show the certificate of an earlier handshake.
		SessionTicketsDisabled: true,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if served := s.servedFor(hello.ServerName); served != nil {
				return served.pair, nil
			}
			// Neither certificate nor error makes crypto/tls send unrecognized_name.
			return nil, nil
		},
	}
}

// servedFor finds what a server name gets: the domain of that name, or the wildcard
// one label above it.
func (s *Server) servedFor(serverName string) *certificate {
	serverName = strings.ToLower(serverName)
	s.settleCDNPro()
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	if held, known := s.world.domains[serverName]; known {
		return held.served(s.now())
	}
	if held, known := s.world.cdnpro.asked(serverName, s.now()); known {
		return held
	}
	if dot := strings.IndexByte(serverName, '.'); dot > 0 {
		if held, known := s.world.domains[serverName[dot:]]; known {
			return held.served(s.now())
		}
	}
	return nil
}

// serveEdge answers what got through the handshake, for people with curl.
func (s *Server) serveEdge(w http.ResponseWriter, _ *http.Request) {
	s.send(w, reply{status: http.StatusOK, contentType: "text/plain", body: []byte("edgesim\n")})
}
