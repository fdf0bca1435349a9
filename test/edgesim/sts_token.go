package edgesim

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"strings"
	"time"

	// Registered for crypto.Hash.New.
	_ "crypto/sha256"
	_ "crypto/sha512"
)

// Bounds of an OIDC token (AssumeRoleWithOIDC, OIDCToken).
const (
	shortestToken = 4
	longestToken  = 20_000
)

// claims are what a token says.
type claims struct {
	Issuer   string
	Subject  string
	Audience []string
}

// verify checks a token and returns what it says. The order of the checks is inferred;
// that only the subject is a matter of the trust policy is, too.
func (t *OIDCTrust) verify(token string, now time.Time) (claims, error) {
	if len(token) < shortestToken || len(token) > longestToken {
		return claims{}, invalidToken("The OIDCToken can not empty.", "4 to 20,000 characters are a token")
	}
	for _, known := range t.Tokens {
		if subtle.ConstantTimeCompare([]byte(known), []byte(token)) == 1 {
			return claims{Issuer: t.Issuer, Subject: t.Subject, Audience: []string{t.Audience}}, nil
		}
	}
	said, err := t.open(token)
	if err != nil {
		return claims{}, err
	}
	got := claims{said.Issuer, said.Subject, said.Audience}
	switch {
	case t.Issuer != "" && got.Issuer != t.Issuer:
		return got, failedAuthentication("OIDCToken.IssuerNotMatch", "The issuer in the OIDC Token doesn't match the OIDC Provider registered.", "the claim iss is another")
	case said.Expires != nil && !now.Before(instant(*said.Expires)):
		return got, failedAuthentication("OIDCToken.Expired", "This JsonWebToken is expired.", "the claim exp has passed")
	case said.NotBefore != nil && now.Before(instant(*said.NotBefore)):
		return got, invalidToken("The Jwt content is invalid that cannot be recognized.", "the claim nbf is in the future")
	case t.Audience != "" && !slices.Contains(got.Audience, t.Audience):
		return got, failedAuthentication("OIDCToken.AudienceNotMatch", "Invalid audience.", "the claim aud is another")
	case t.Subject != "" && got.Subject != t.Subject:
		return got, failedAuthentication("NoPermission", "There is no permission", "the claim sub is another")
	}
	return got, nil
}

// payload is the middle part of a token, as far as it matters.
type payload struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Audience  audience `json:"aud"`
	Expires   *float64 `json:"exp"`
	NotBefore *float64 `json:"nbf"`
}

// audience is one text or a list of them (RFC 7519, section 4.1.3).
type audience []string

// UnmarshalJSON reads both.
func (a *audience) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte("[")) {
		return json.Unmarshal(data, (*[]string)(a))
	}
	var single string
	if err := json.Unmarshal(data, &single); err != nil {
		return err
	}
	*a = audience{single}
	return nil
}

func instant(seconds float64) time.Time { return time.Unix(int64(seconds), 0) }

// open reads a token and checks its signature.
func (t *OIDCTrust) open(token string) (payload, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return payload{}, invalidToken("The number of Jwt field should be divided into 3 parts with '.' .", "the token has not three parts")
	}
	var decoded [3][]byte
	for i, part := range parts {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			return payload{}, invalidToken("Cannot decode base64 encoded response(format invalided).", "a part is not base64url")
		}
		decoded[i] = raw
	}
	var header struct{ Alg string }
	var said payload
	if json.Unmarshal(decoded[0], &header) != nil || json.Unmarshal(decoded[1], &said) != nil {
		return payload{}, invalidToken("The Jwt content is invalid that cannot be recognized.", "header or payload is not the JSON expected")
	}
	key, err := parsePublicKey(t.PublicKey)
	if err != nil {
		return payload{}, failedAuthentication("OIDCToken.IssuerConfigurationBroken", "Get public keys from OIDC Provider failed.", "the trust has no publicKey")
	}
	hash, known := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[strings.TrimLeft(header.Alg, "ERS")]
	if !known {
		return payload{}, invalidToken("The algorithm that be specified in Jwt header is unknown.", "the algorithm is none of RS256 and its like")
	}
	digest := hash.New()
	digest.Write([]byte(parts[0] + "." + parts[1]))
	if !verifySignature(key, header.Alg, hash, digest.Sum(nil), decoded[2]) {
		return payload{}, failedAuthentication("OIDCToken.InvalidSignature", "OIDC token validate failed: invalid signature.", "the signature is not of the trust's publicKey")
	}
	return said, nil
}

// verifySignature checks a signature of RFC 7518, sections 3.3 and 3.4.
func verifySignature(key crypto.PublicKey, algorithm string, hash crypto.Hash, digest, signature []byte) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(algorithm, "RS") && rsa.VerifyPKCS1v15(key, hash, digest, signature) == nil
	case *ecdsa.PublicKey:
		half := len(signature) / 2
		r, s := new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])
		return strings.HasPrefix(algorithm, "ES") && ecdsa.Verify(key, digest, r, s)
	default:
		return false
	}
}

// parsePublicKey reads a key in PEM, as PKIX or PKCS#1.
func parsePublicKey(text string) (crypto.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("the OIDC public key is not PEM")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	}
	if err != nil {
		return nil, errors.New("the OIDC public key is neither PKIX nor PKCS#1")
	}
	switch key.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey:
		return key, nil
	default:
		return nil, errors.New("the OIDC public key is neither RSA nor ECDSA")
	}
}
