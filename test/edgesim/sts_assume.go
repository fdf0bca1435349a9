package edgesim

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bounds of parameters (AssumeRole and AssumeRoleWithOIDC, request parameters).
const (
	defaultSession  = time.Hour
	shortestSession = 15 * time.Minute
	longestSession  = 12 * time.Hour
	longestPolicy   = 2048
	longestExternal = 1224
)

// instantForm is the form of Expiration.
const instantForm = "2006-01-02T15:04:05Z"

// assumption is what both ways to assume a role ask for.
type assumption struct {
	account  *account
	role     Role
	session  string
	duration time.Duration
}

// assumeRole is AssumeRole. The order of the checks is inferred.
func (s *Server) assumeRole(c *call, _ Settings) (document, error) {
	asked, err := s.readAssumption(c)
	if err != nil {
		return nil, err
	}
	external := c.param("ExternalId")
	if external != "" && (len(external) < 2 || len(external) > longestExternal) {
		return nil, wronglyFormed("ExternalId")
	}
	if err := asked.role.trusts(c); err != nil {
		return nil, notAuthorized(err.Error())
	}
	if asked.role.ExternalID != "" && external != string(asked.role.ExternalID) {
		return nil, notAuthorized("the external id is not the role's")
	}
	return s.hand(c, asked), nil
}

// assumeRoleWithOIDC is AssumeRoleWithOIDC. The order of the checks is inferred.
func (s *Server) assumeRoleWithOIDC(c *call, _ Settings) (document, error) {
	provider, token := c.param("OIDCProviderArn"), c.param("OIDCToken")
	if provider == "" {
		return nil, missing("OIDCProviderArn")
	}
	asked, err := s.readAssumption(c)
	if err != nil {
		return nil, err
	}
	registered := slices.ContainsFunc(s.world.rolesOf(asked.account), func(r Role) bool {
		return r.OIDC != nil && r.OIDC.ProviderARN == provider
	})
	if !registered {
		return nil, failedAuthentication("NoPermission", "No such OIDC Provider registered.", "no role of the account has that providerARN")
	}
	trust := asked.role.OIDC
	if trust == nil || trust.ProviderARN != provider {
		return nil, failedAuthentication("NoPermission", "There is no permission", "the role trusts another provider, or none")
	}
	claims, err := trust.verify(token, s.now())
	if err != nil {
		return nil, err
	}
	answer := s.hand(c, asked)
	answer["OIDCTokenInfo"] = document{"Issuer": claims.Issuer, "Subject": claims.Subject,
		"ClientIds": strings.Join(claims.Audience, ","), "VerificationInfo": "Success"}
	return answer, nil
}

// readAssumption reads and checks the parameters that both operations have.
func (s *Server) readAssumption(c *call) (assumption, error) {
	arn, session := c.param("RoleArn"), c.param("RoleSessionName")
	for name, value := range map[string]string{"RoleArn": arn, "RoleSessionName": session} {
		if value == "" {
			return assumption{}, missing(name)
		}
	}
	owner, name, ok := splitRoleARN(arn)
	if !ok {
		return assumption{}, wronglyFormed("RoleArn")
	}
	if !isName(session, 2) {
		return assumption{}, wronglyFormed("RoleSessionName")
	}
	duration := defaultSession
	if text := c.param("DurationSeconds"); text != "" {
		seconds, err := strconv.Atoi(text)
		duration = time.Duration(seconds) * time.Second
		if err != nil || duration < shortestSession || duration > longestSession {
			return assumption{}, invalidDuration()
		}
	}
	if policy := c.param("Policy"); policy != "" && (len(policy) > longestPolicy || !json.Valid([]byte(policy))) {
		return assumption{}, invalidPolicy()
	}
	account, known := s.world.accountOf(owner)
	if !known {
		return assumption{}, unknownRole()
	}
	roles := s.world.rolesOf(account)
	at := slices.IndexFunc(roles, func(r Role) bool { return r.Name == name })
	if at < 0 {
		return assumption{}, unknownRole()
	}
	return assumption{account, roles[at], session, duration}, nil
}

// hand hands out a session.
func (s *Server) hand(c *call, asked assumption) document {
	key := s.sessions.issue(asked.account.id, asked.role, asked.session, asked.role.life(asked.duration), s.now())
	c.entry.Role, c.entry.Applied = key.User, true
	return document{
		"AssumedRoleUser": document{
			"Arn":           assumedARN(asked.account.id, key.User),
			"AssumedRoleId": asked.role.Name + ":" + asked.session,
		},
		"Credentials": document{
			"AccessKeyId":     key.ID,
			"AccessKeySecret": string(key.Secret),
			"SecurityToken":   string(key.SecurityToken),
			"Expiration":      key.Expires.UTC().Format(instantForm),
		},
	}
}

// unsigned reports whether the call is one that proves itself by its token.
func unsigned(c *call) bool { return c.action == assumeWithOIDC && c.version == stsVersion }

// admitUnsigned finds the account that an unsigned call is about: the role's.
func (s *Server) admitUnsigned(c *call) error {
	arn := c.param("RoleArn")
	if arn == "" {
		return missing("RoleArn")
	}
	owner, _, ok := splitRoleARN(arn)
	if !ok {
		return wronglyFormed("RoleArn")
	}
	account, known := s.world.accountOf(owner)
	if !known {
		return unknownRole()
	}
	c.account, c.entry.Account = account, account.id
	return nil
}
