package edgesim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Role is a RAM role of an account, with whom its trust policy lets assume it.
type Role struct {
	// Name of the role; its ARN is acs:ram::<account id>:role/<name>.
	Name string `json:"name"`
	// TrustedKeys are the access keys, of this or another account, whose RAM users may
	// assume the role. An account's own keys, those without User, may not, whoever
	// trusts them (AssumeRole, usage notes).
	TrustedKeys []string `json:"trustedKeys,omitempty"`
	// TrustedRoles are the ARNs of the roles whose sessions may assume this one.
	TrustedRoles []string `json:"trustedRoles,omitempty"`
	// ExternalID must be sent by who assumes the role with AssumeRole.
	ExternalID Secret `json:"externalID,omitempty"`
	// OIDC is whose tokens the role can be assumed with.
	OIDC *OIDCTrust `json:"oidc,omitempty"`
	// Instance attaches the role to the instance whose metadata service the simulator
	// is. Of several the first is attached, by account and position.
	Instance bool `json:"instance,omitempty"`
	// SessionLife is how long sessions really last, whatever was asked for; the answers
	// say so. Default: as asked.
	SessionLife Duration `json:"sessionLife,omitempty"`
	// DeniedOperations are refused to the role's sessions with NoPermission.
	DeniedOperations []string `json:"deniedOperations,omitempty"`
}

// OIDCTrust is an OIDC provider, and what a token of it must say.
type OIDCTrust struct {
	// ProviderARN of the provider, acs:ram::<account id>:oidc-provider/<name>.
	ProviderARN string `json:"providerARN"`
	// Issuer, Audience and Subject are the claims iss, aud and sub that a token must
	// have; an empty one allows any.
	Issuer   string `json:"issuer,omitempty"`
	Audience string `json:"audience,omitempty"`
	Subject  string `json:"subject,omitempty"`
	// PublicKey in PEM is what tokens are signed with: RSA (RS256, RS384, RS512) or
	// ECDSA (ES256, ES384). The real service fetches keys from the issuer.
	PublicKey string `json:"publicKey,omitempty"`
	// Tokens are taken as they are, without looking for claims in them.
	Tokens []Secret `json:"tokens,omitempty"`
}

// validate refuses a role that nobody could mean.
func (r Role) validate() error {
	switch {
	case !isName(r.Name, 1):
		return fmt.Errorf("role %q: not a name", r.Name)
	case r.ExternalID == withheld:
		return fmt.Errorf("role %s: the external id is a placeholder; listings withhold it", r.Name)
	case r.SessionLife < 0:
		return fmt.Errorf("role %s: the sessions' life cannot be negative", r.Name)
	case r.OIDC == nil:
		return nil
	}
	if r.OIDC.ProviderARN == "" || r.OIDC.PublicKey == "" && len(r.OIDC.Tokens) == 0 {
		return fmt.Errorf("role %s: oidc needs a providerARN, and a publicKey or tokens", r.Name)
	}
	if slices.Contains(r.OIDC.Tokens, withheld) {
		return fmt.Errorf("role %s: an OIDC token is a placeholder; listings withhold them", r.Name)
	}
	if r.OIDC.PublicKey != "" {
		if _, err := parsePublicKey(r.OIDC.PublicKey); err != nil {
			return fmt.Errorf("role %s: %w", r.Name, err)
		}
	}
	return nil
}

// validateRoles refuses roles that are wrong or have one name.
func validateRoles(roles []Role) error {
	names := map[string]bool{}
	for _, role := range roles {
		if err := role.validate(); err != nil {
			return err
		}
		if names[role.Name] {
			return fmt.Errorf("role %s: there are two of that name", role.Name)
		}
		names[role.Name] = true
	}
	return nil
}

// trusts reports whether the caller may assume the role, and why not.
func (r Role) trusts(c *call) error {
	if c.key.SecurityToken == "" {
		if c.key.User == "" {
			return errors.New("an account's own key cannot assume roles; give the key a user")
		}
		if !slices.Contains(r.TrustedKeys, c.key.ID) {
			return errors.New("the access key is not among the role's trustedKeys")
		}
		return nil
	}
	name, _, _ := strings.Cut(c.key.User, "/")
	if !slices.Contains(r.TrustedRoles, roleARN(c.account.id, name)) {
		return errors.New("the caller's role is not among the role's trustedRoles")
	}
	return nil
}

// life is how long a session lasts for which that many seconds were asked.
func (r Role) life(asked time.Duration) time.Duration {
	if r.SessionLife > 0 {
		return time.Duration(r.SessionLife)
	}
	return asked
}

func roleARN(account, name string) string { return "acs:ram::" + account + ":role/" + name }

// splitRoleARN reads acs:ram::<account id>:role/<name>.
func splitRoleARN(arn string) (account, name string, ok bool) {
	rest, found := strings.CutPrefix(arn, "acs:ram::")
	account, name, separated := strings.Cut(rest, ":role/")
	return account, name, found && separated && isName(account, 1) && isName(name, 1)
}

// isName reports whether the text has from least to 64 of the characters that names
// of roles and sessions are made of (AssumeRole, RoleSessionName).
func isName(text string, least int) bool {
	return len(text) >= least && len(text) <= 64 && !strings.ContainsFunc(text, func(c rune) bool {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		return !letter && !strings.ContainsRune(".@-_", c)
	})
}

// accountOf finds an account.
func (w *world) accountOf(id string) (*account, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	held, known := w.accounts[id]
	return held, known
}

// rolesOf copies an account's roles.
func (w *world) rolesOf(a *account) []Role {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return slices.Clone(a.roles)
}
