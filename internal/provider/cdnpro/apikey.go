package cdnpro

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the product's authentication is made of it
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// redacted is what credentials say of themselves.
const redacted = "REDACTED"

// APIKey is the key of a user of the API: it signs requests and encrypts private
// keys. It cannot print itself, and since it is behind a function neither can fmt,
// which with some verbs asks no type how to. The zero value is no key.
type APIKey struct{ reveal func() []byte }

// NewAPIKey returns a key. Space around it is dropped: Secrets made from files often
// end in a newline.
func NewAPIKey(key string) APIKey {
	trimmed := []byte(strings.TrimSpace(key))
	return APIKey{func() []byte { return trimmed }}
}

// isEmpty reports whether there is no key.
func (k APIKey) isEmpty() bool { return k.reveal == nil || len(k.reveal()) == 0 }

// Format does not tell the key, whatever the verb: with a wrong one fmt would
// print what is inside.
func (APIKey) Format(state fmt.State, _ rune) { fmt.Fprint(state, redacted) }

// String does not tell the key.
func (APIKey) String() string { return redacted }

// MarshalText does not tell the key, neither as text nor as JSON.
func (APIKey) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue does not tell the key.
func (APIKey) LogValue() slog.Value { return slog.StringValue(redacted) }

// identity is who calls.
type identity struct {
	user       string
	key        APIKey
	onBehalfOf string
}

// newIdentity is the identity of a user with a key.
func newIdentity(user string, key APIKey, onBehalfOf string) *identity {
	return &identity{user: user, key: key, onBehalfOf: onBehalfOf}
}

// stamp is the date of one request and all that is made of it. The product
// decrypts a private key with the Date header of the request that brings it, so
// there is no other way to seal one than with the stamp that also signs the
// request, and only [Client.call] makes a stamp.
type stamp struct {
	who  *identity
	date string
}

// stamp dates a request.
func (i *identity) stamp(now time.Time) stamp {
	return stamp{who: i, date: now.UTC().Format(http.TimeFormat)}
}

// sign adds the headers that say who calls and when (API overview, request
// headers): Basic authentication whose password is an HMAC-SHA1 of the date.
func (s stamp) sign(request *http.Request) {
	mac := hmac.New(sha1.New, s.who.key.reveal())
	mac.Write([]byte(s.date))
	request.SetBasicAuth(s.who.user, base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	request.Header.Set("Date", s.date)
	if s.who.onBehalfOf != "" {
		request.Header.Set("On-Behalf-Of", s.who.onBehalfOf)
	}
}

// seal encrypts a private key (create a certificate, newVersion.privateKey):
// AES-128-CBC with PKCS#7, in base64; the halves of an HMAC-SHA256 of the date are
// the vector and the key. The page names only the cipher; the rest is how two
// independent programs (certimate, dnsmgr) do it.
func (s stamp) seal(privateKey []byte) (string, error) {
	mac := hmac.New(sha256.New, s.who.key.reveal())
	mac.Write([]byte(s.date))
	secret := mac.Sum(nil)
	vector, key := secret[:aes.BlockSize], secret[aes.BlockSize:]
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", err
	}
	padding := aes.BlockSize - len(privateKey)%aes.BlockSize
	sealed := make([]byte, len(privateKey)+padding)
	copy(sealed, privateKey)
	for i := len(privateKey); i < len(sealed); i++ {
		sealed[i] = byte(padding)
	}
	cipher.NewCBCEncrypter(block, vector).CryptBlocks(sealed, sealed) // in place: no copy of the key stays
	return base64.StdEncoding.EncodeToString(sealed), nil
}
