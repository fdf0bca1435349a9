package edgesim

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // signature V1 is defined with HMAC-SHA1
	"encoding/base64"
	"net/url"
)

// readV1 reads a signature V1 (RPC, HMAC-SHA1) request: its parameters, from query
// and form together, carry the signature and everything that is signed.
func readV1(method string, query, form url.Values) (credential, error) {
	all := url.Values{}
	for _, source := range []url.Values{query, form} {
		for name, values := range source {
			all[name] = values
		}
	}
	for _, name := range []string{"AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp"} {
		if all.Get(name) == "" {
			return credential{}, missing(name)
		}
	}
	if all.Get("SignatureMethod") != "HMAC-SHA1" || all.Get("SignatureVersion") != "1.0" {
		return credential{}, incompleteSignature("SignatureMethod must be HMAC-SHA1 and SignatureVersion 1.0")
	}
	claim := credential{
		keyID:     all.Get("AccessKeyId"),
		token:     all.Get("SecurityToken"),
		nonce:     all.Get("SignatureNonce"),
		timestamp: all.Get("Timestamp"),
		signature: all.Get("Signature"),
		sign:      signV1,
	}
	delete(all, "Signature")
	claim.stringToSign = method + "&%2F&" + percentEncode(canonicalQuery(all))
	claim.echo = "server string to sign is:" + claim.stringToSign
	return claim, nil
}

func signV1(secret, stringToSign string) string {
	mac := hmac.New(sha1.New, []byte(secret+"&"))
	mac.Write([]byte(stringToSign))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
