package edgesim

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// The operations of the metadata listener, as journal and faults know them.
const (
	// MetadataToken is PUT /latest/api/token (IMDSv2).
	MetadataToken = "MetadataToken"
	// MetadataRole is GET /latest/meta-data/ram/security-credentials/.
	MetadataRole = "MetadataRole"
	// MetadataCredentials is the same path with a role's name behind it.
	MetadataCredentials = "MetadataCredentials"
	// CredentialsURI is GET /credentials, which takes no token.
	CredentialsURI = "CredentialsURI"
)

const (
	metadataRolePath = "/latest/meta-data/ram/security-credentials/"
	// credentialsPath is made up: a credentials URI can be any.
	credentialsPath = "/credentials"
	// instanceSession names the instance in its role's sessions.
	instanceSession = "i-edgesim"
	// instanceLife is how long they last (inferred).
	instanceLife = 6 * time.Hour
	// longestMetadataToken bounds a token's life, in seconds (ECS, instance metadata).
	longestMetadataToken = 21600
)

// metadataTokens are the tokens that were handed out, with their ends.
type metadataTokens struct {
	mu   sync.Mutex
	ends map[string]time.Time
}

func (t *metadataTokens) issue(life time.Duration, now time.Time) string {
	token := rand.Text() + rand.Text()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ends == nil {
		t.ends = map[string]time.Time{}
	}
	maps.DeleteFunc(t.ends, func(_ string, end time.Time) bool { return !now.Before(end) })
	t.ends[token] = now.Add(life)
	return token
}

func (t *metadataTokens) good(token string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	end, known := t.ends[token]
	return known && now.Before(end)
}

func (t *metadataTokens) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ends = nil
}

// MetadataAddress is the host:port of the instance's metadata service, and of the
// credentials URI.
func (s *Server) MetadataAddress() string { return s.metadata.Addr().String() }

// CredentialsURI is where credentials of the instance's role are answered to whoever asks.
func (s *Server) CredentialsURI() string { return "http://" + s.MetadataAddress() + credentialsPath }

// metadataRoutes is what the metadata listener answers. They are answers of the
// simulator's own making where the pages give none: a refusal is bare text.
func (s *Server) metadataRoutes() http.Handler {
	routes := http.NewServeMux()
	for pattern, row := range map[string]struct {
		operation string
		answer    func(*Server, *call) reply
	}{
		"PUT /latest/api/token":              {MetadataToken, (*Server).getMetadataToken},
		"GET " + metadataRolePath + "{$}":    {MetadataRole, (*Server).getMetadataRole},
		"GET " + metadataRolePath + "{role}": {MetadataCredentials, (*Server).getMetadataCredentials},
		"GET " + credentialsPath:             {CredentialsURI, (*Server).getCredentials},
	} {
		routes.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serveMetadata(w, r, row.operation, row.answer) })
	}
	return routes
}

// serveMetadata answers one request, as the gateway does with a call.
func (s *Server) serveMetadata(w http.ResponseWriter, r *http.Request, operation string, answer func(*Server, *call) reply) {
	c := &call{http: r, action: operation, format: formatJSON}
	c.entry.RequestID, c.entry.Operation = requestID(), operation
	if f, struck := s.faults.strikeEarly(c, s.now()); struck {
		s.resetEarly(r.Context(), w, c, f)
		return
	}
	if account, _, attached := s.attachedRole(); attached {
		c.entry.Account = account.id
	}
	run := func() reply { return answer(s, c) }
	if f, struck := s.faults.strike(c, true, s.now()); struck {
		s.answerWithFault(r.Context(), &strike{w: w, call: c, fault: f, run: run})
		return
	}
	s.write(w, c, run())
}

// attachedRole is the role that the instance has.
func (s *Server) attachedRole() (*account, Role, bool) {
	for _, listed := range s.world.listAccounts() {
		account, known := s.world.accountOf(listed.ID)
		if !known {
			continue
		}
		roles := s.world.rolesOf(account)
		if at := slices.IndexFunc(roles, func(r Role) bool { return r.Instance }); at >= 0 {
			return account, roles[at], true
		}
	}
	return nil, Role{}, false
}

// getMetadataToken opens a session with the metadata service.
func (s *Server) getMetadataToken(c *call) reply {
	seconds, err := strconv.Atoi(c.http.Header.Get("X-Aliyun-Ecs-Metadata-Token-Ttl-Seconds"))
	if err != nil || seconds < 1 || seconds > longestMetadataToken {
		return plainRefusal(c, http.StatusBadRequest, "the header with the token's life is missing or not from 1 to 21600 seconds")
	}
	token := s.imds.issue(time.Duration(seconds)*time.Second, s.now())
	return reply{status: http.StatusOK, contentType: "text/plain", body: []byte(token), outcome: OutcomeOK}
}

// refusesMetadata is the refusal of a request without a good token, if any.
func (s *Server) refusesMetadata(c *call) (reply, bool) {
	token := c.http.Header.Get("X-Aliyun-Ecs-Metadata-Token")
	switch {
	case token == "" && s.Settings().MetadataTokensRequired:
		return plainRefusal(c, http.StatusForbidden, "the setting metadataTokensRequired asks for a token"), true
	case token != "" && !s.imds.good(token, s.now()):
		return plainRefusal(c, http.StatusForbidden, "the token is unknown or has expired"), true
	}
	return reply{}, false
}

func (s *Server) getMetadataRole(c *call) reply {
	if refused, is := s.refusesMetadata(c); is {
		return refused
	}
	_, role, attached := s.attachedRole()
	if !attached {
		return plainRefusal(c, http.StatusNotFound, "no role has instance set")
	}
	return reply{status: http.StatusOK, contentType: "text/plain", body: []byte(role.Name), outcome: OutcomeOK}
}

func (s *Server) getMetadataCredentials(c *call) reply {
	if refused, is := s.refusesMetadata(c); is {
		return refused
	}
	if _, role, attached := s.attachedRole(); !attached || role.Name != c.http.PathValue("role") {
		return plainRefusal(c, http.StatusNotFound, "the role asked for is not the instance's")
	}
	return s.getCredentials(c)
}

// getCredentials answers a new session of the instance's role.
func (s *Server) getCredentials(c *call) reply {
	account, role, attached := s.attachedRole()
	if !attached {
		return plainRefusal(c, http.StatusNotFound, "no role has instance set")
	}
	now := s.now()
	key := s.sessions.issue(account.id, role, instanceSession, role.life(instanceLife), now)
	c.entry.Role, c.entry.Applied = key.User, true
	body, err := json.Marshal(document{
		"Code":            "Success",
		"AccessKeyId":     key.ID,
		"AccessKeySecret": string(key.Secret),
		"SecurityToken":   string(key.SecurityToken),
		"Expiration":      key.Expires.UTC().Format(instantForm),
		"LastUpdated":     now.UTC().Format(instantForm),
	})
	if err != nil {
		return plainRefusal(c, http.StatusInternalServerError, err.Error())
	}
	return reply{status: http.StatusOK, contentType: "application/json", body: body, outcome: OutcomeOK}
}

// plainRefusal is a refusal that is not the API's; the journal has the reason.
func plainRefusal(c *call, status int, reason string) reply {
	c.entry.Reason = reason
	return reply{status: status, contentType: "text/plain", body: []byte(http.StatusText(status)), outcome: "http-" + strconv.Itoa(status)}
}
