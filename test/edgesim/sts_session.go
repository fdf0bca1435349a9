package edgesim

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"
)

// sessions are the temporary access keys that were handed out.
type sessions struct {
	mu   sync.Mutex
	keys map[string]issuedKey
}

// issuedKey is a temporary access key and the account that it acts for.
type issuedKey struct {
	AccessKey
	accountID string
}

// expiredSessions is how long an expired key is remembered, to be told apart from one
// that never was.
const expiredSessions = time.Hour

// issue makes a key for a session of the role.
func (s *sessions) issue(accountID string, role Role, sessionName string, life time.Duration, now time.Time) AccessKey {
	key := AccessKey{
		ID:               "STS." + rand.Text(),
		Secret:           Secret(rand.Text()),
		SecurityToken:    Secret(rand.Text() + rand.Text() + rand.Text()),
		Expires:          now.Add(life),
		User:             role.Name + "/" + sessionName,
		DeniedOperations: role.DeniedOperations,
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, old := range s.keys {
		if now.Sub(old.Expires) > expiredSessions {
			delete(s.keys, id)
		}
	}
	if s.keys == nil {
		s.keys = map[string]issuedKey{}
	}
	s.keys[key.ID] = issuedKey{key, accountID}
	return key
}

// find finds a key that was handed out.
func (s *sessions) find(id string) (issuedKey, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, known := s.keys[id]
	return key, known
}

// revoke forgets all keys, or makes them expired if they are to be remembered.
func (s *sessions) revoke(remember bool, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !remember {
		s.keys = nil
		return
	}
	for id, key := range s.keys {
		if key.Expires.After(now) {
			key.Expires = now
			s.keys[id] = key
		}
	}
}

// ExpireSessions ends all temporary access keys that were handed out, whatever was said
// about their end: calls with one are answered with InvalidSecurityToken.Expired.
func (s *Server) ExpireSessions() { s.sessions.revoke(true, s.now()) }

func (s *Server) deleteSessions(w http.ResponseWriter, _ *http.Request) {
	s.ExpireSessions()
	w.WriteHeader(http.StatusNoContent)
}

// accessKey finds a key by its id: a configured one, or a temporary one.
func (s *Server) accessKey(id string) (accessKey, bool) {
	if key, known := s.world.key(id); known {
		return key, true
	}
	issued, known := s.sessions.find(id)
	if !known {
		return accessKey{}, false
	}
	owner, known := s.world.accountOf(issued.accountID)
	return accessKey{AccessKey: issued.AccessKey, account: owner}, known
}
