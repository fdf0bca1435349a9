package edgesim

import (
	"crypto/tls"
	"strings"
	"time"
)

// activity is how long a hostname counts as in use after a request for it (POST
// /cdn/deploymentTasks, Check-Usage).
const activity = 24 * time.Hour

// property finds what an edge has for a server name: the property of that hostname, or
// of the wildcard one label above.
func (w *cdnproWorld) property(target CDNProTarget, serverName string, now time.Time) (*cdnproProperty, *cdnproPropertyVersion) {
	names := []string{serverName}
	if dot := strings.IndexByte(serverName, '.'); dot > 0 {
		names = append(names, "*"+serverName[dot:])
	}
	for _, name := range names {
		for _, property := range w.hostnames[name] {
			version, deployed := property.version(property.deployed[target].served(now))
			if !deployed || !version.serves(name) {
				continue
			}
			return property, version
		}
	}
	return nil, nil
}

// served is what an edge presents for a server name; known tells that the name is a
// hostname there at all.
func (w *cdnproWorld) served(target CDNProTarget, serverName string, now time.Time) (held *certificate, known bool) {
	property, configs := w.property(target, serverName, now)
	if property == nil {
		return nil, false
	}
	if version := property.account.presented(configs, target, now); version != nil {
		held = version.certificate
	}
	return held, true
}

// asked is served at the production edge, and notes that the hostname is in use.
func (w *cdnproWorld) asked(serverName string, now time.Time) (held *certificate, known bool) {
	if property, _ := w.property(CDNProProduction, serverName, now); property != nil {
		property.lastAsked.Store(now.UnixNano())
	}
	return w.served(CDNProProduction, serverName, now)
}

// idle reports whether no hostname of the property was asked for lately.
func (p *cdnproProperty) idle(now time.Time) bool {
	return now.Sub(time.Unix(0, p.lastAsked.Load())) >= activity
}

// presented is the version of the configuration's certificate that an edge has.
func (a *cdnproAccount) presented(configs *cdnproPropertyVersion, target CDNProTarget, now time.Time) *cdnproVersion {
	for _, id := range []string{configs.TLSCertificateID, configs.TLSCertificateID1} {
		held, known := a.certificates[id]
		if !known {
			continue
		}
		if version, deployed := held.version(held.deployed[target].served(now)); deployed {
			return version
		}
	}
	return nil
}

// edge tells what became of a hostname's certificate in production: the latest version,
// the deployed one, and the one served.
func (w *cdnproWorld) edge(hostname string, now time.Time) (EdgeState, bool) {
	for _, property := range w.hostnames[hostname] {
		configs, deployed := property.inForce(CDNProProduction, anyRevision)
		if !deployed || !configs.serves(hostname) {
			continue
		}
		state := EdgeState{Domain: hostname}
		if held, known := property.account.certificates[configs.TLSCertificateID]; known {
			state.Stored = held.latest().certificate.edge()
			if version := held.in(CDNProProduction); version != nil {
				state.Described = version.certificate.edge()
			}
		}
		if served, _ := w.served(CDNProProduction, strings.Replace(hostname, "*", "any", 1), now); served != nil {
			state.Served = served.edge()
		}
		return state, true
	}
	return EdgeState{}, false
}

// settleCDNPro lets tasks that have ended take effect, for the edges, which look without
// any call to the API.
func (s *Server) settleCDNPro() {
	now := s.now()
	s.world.mu.RLock()
	due := s.world.cdnpro.due(now)
	s.world.mu.RUnlock()
	if due {
		s.world.mu.Lock()
		s.world.cdnpro.settle(now)
		s.world.mu.Unlock()
	}
}

// stagingTLS serves what was deployed to staging, by SNI. CDN Pro alone has a staging
// environment; every other name is refused as at the other edge.
func (s *Server) stagingTLS() *tls.Config {
	config := s.edgeTLS()
	config.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		s.settleCDNPro()
		s.world.mu.RLock()
		defer s.world.mu.RUnlock()
		if held, _ := s.world.cdnpro.served(CDNProStaging, strings.ToLower(hello.ServerName), s.now()); held != nil {
			return held.pair, nil
		}
		return nil, nil
	}
	return config
}
