package edgesim

import (
	"crypto/subtle"
	"time"
)

const (
	// signatureWindow is how far a request's time may be from the server's
	// (signature V3 and V1 pages).
	signatureWindow = 15 * time.Minute
	// signatureTime is the form of x-acs-date and Timestamp.
	signatureTime = "2006-01-02T15:04:05Z"
)

// authenticate finds out who calls and whether they may. The order of the checks is
// inferred.
func (s *Server) authenticate(c *call, settings Settings, now time.Time) error {
	if unsigned(c) {
		return s.admitUnsigned(c)
	}
	claim, err := readCredential(c)
	if err != nil {
		return err
	}
	key, known := s.accessKey(claim.keyID)
	if !known {
		return unknownKey()
	}
	c.key, c.account = key, key.account
	c.entry.Account, c.entry.AccessKeyID = key.account.id, key.ID
	if key.Disabled {
		return disabledKey()
	}
	signed, err := time.Parse(signatureTime, claim.timestamp)
	if err != nil {
		return malformedTime()
	}
	if now.Sub(signed).Abs() > signatureWindow {
		return expiredTime()
	}
	if err := checkToken(key.AccessKey, claim.token, now); err != nil {
		return err
	}
	expected := claim.sign(string(key.Secret), claim.stringToSign)
	if subtle.ConstantTimeCompare([]byte(expected), []byte(claim.signature)) != 1 {
		refused := wrongSignature("the secret differs, or the request was signed in another form")
		if !settings.OmitStringToSign {
			refused.message += " " + claim.echo
		}
		return refused
	}
	if !s.nonces.first(key.ID, claim.nonce, now) {
		return usedNonce()
	}
	return nil
}

// readCredential reads the signature in the version that the request uses.
func readCredential(c *call) (credential, error) {
	if c.signedV3() {
		c.entry.Signature = "V3"
		return readV3(c.http, c.query, c.body)
	}
	c.entry.Signature = "V1"
	return readV1(c.http.Method, c.query, c.form)
}

// checkToken checks the security token, which temporary credentials must carry and
// others must not.
func checkToken(key AccessKey, token string, now time.Time) error {
	switch {
	case key.SecurityToken == "" && token == "":
		return nil
	case token == "":
		return missing("SecurityToken")
	case token != string(key.SecurityToken):
		return foreignToken()
	case !key.Expires.IsZero() && !now.Before(key.Expires):
		return expiredToken()
	}
	return nil
}
