package edgesim

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the product's authentication is made of it
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"time"
)

// authenticateCDNPro finds out who calls: Basic authentication whose password is an HMAC
// of the Date header (API overview, request headers). Codes and order of the checks are
// inferred.
func (s *Server) authenticateCDNPro(c *cdnproCall) error {
	if method := c.http.Header.Get("X-Cnc-Auth-Method"); method != "" && method != "BASIC" {
		return unauthorizedCDNPro("of x-cnc-auth-method the simulator knows only BASIC")
	}
	user, password, sent := c.http.BasicAuth()
	if !sent {
		return unauthorizedCDNPro("the Authorization header is not Basic user:password")
	}
	// x-cnc-date stands in for Date where a client cannot set it.
	c.date = firstOf(c.http.Header.Get("X-Cnc-Date"), c.http.Header.Get("Date"))
	signed, err := time.Parse(http.TimeFormat, c.date)
	if err != nil {
		return badCDNProDate("neither Date nor x-cnc-date is a date as RFC 1123 writes it, in GMT")
	}
	if !s.identifyCDNPro(c, user) {
		return unauthorizedCDNPro("nobody has this user")
	}
	if subtle.ConstantTimeCompare([]byte(password), []byte(cdnproPassword(string(c.user.APIKey), c.date))) != 1 {
		return unauthorizedCDNPro("the password is not the HMAC-SHA1 of the date sent, with the user's API key, in base64")
	}
	if c.now.Sub(signed).Abs() > time.Duration(c.settings.CDNPro.ClockWindow) {
		return badCDNProDate("the date is too far from the simulator's clock")
	}
	return nil
}

// identifyCDNPro finds the user. With it, a call about a certificate that serves just one
// hostname is known by that hostname to faults and the journal.
func (s *Server) identifyCDNPro(c *cdnproCall, user string) (known bool) {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	account, known := s.world.cdnpro.users[user]
	if !known {
		return false
	}
	c.account, c.user = account, *account
	c.entry.Account, c.entry.AccessKeyID = account.id, account.User
	if hostnames := account.hostnamesWith(c.entry.CertID); len(hostnames) == 1 {
		c.entry.Domain = hostnames[0]
	}
	return true
}

// cdnproPassword is the password of a request with a date.
func cdnproPassword(apiKey, date string) string {
	mac := hmac.New(sha1.New, []byte(apiKey))
	mac.Write([]byte(date))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
