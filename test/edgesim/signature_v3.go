package edgesim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// algorithmV3 is the only algorithm that signature V3 defines.
const algorithmV3 = "ACS3-HMAC-SHA256"

// credential is what a request says about who signed it, read but not yet believed.
type credential struct {
	keyID     string
	token     string
	nonce     string
	timestamp string
	signature string
	// stringToSign is what the server says must have been signed; echo is how it
	// repeats that to a client whose signature is wrong.
	stringToSign string
	echo         string
	// sign computes the right signature.
	sign func(secret, stringToSign string) string
}

// readV3 reads a signature V3 (ACS3-HMAC-SHA256) request.
func readV3(r *http.Request, query url.Values, body []byte) (credential, error) {
	claim, err := parseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		return credential{}, err
	}
	for _, name := range []string{"X-Acs-Action", "X-Acs-Version", "X-Acs-Date", "X-Acs-Signature-Nonce", "X-Acs-Content-Sha256"} {
		if r.Header.Get(name) == "" {
			return credential{}, incompleteSignature("header " + strings.ToLower(name) + " is missing")
		}
	}
	if unsigned := unsignedHeader(r, claim.headers); unsigned != "" {
		// "All request headers that meet the requirements must be signed"; what the
		// real gateway answers when one is not is inferred.
		return credential{}, wrongSignature("header " + unsigned + " is not among SignedHeaders")
	}
	payload := hexSHA256(body)
	if r.Header.Get("X-Acs-Content-Sha256") != payload {
		return credential{}, wrongSignature("x-acs-content-sha256 is not the hash of the body")
	}
	canonical := canonicalRequest(r, query, claim.headers, payload)
	stringToSign := algorithmV3 + "\n" + hexSHA256([]byte(canonical))
	return credential{
		keyID:        claim.keyID,
		token:        r.Header.Get("X-Acs-Security-Token"),
		nonce:        r.Header.Get("X-Acs-Signature-Nonce"),
		timestamp:    r.Header.Get("X-Acs-Date"),
		signature:    claim.signature,
		stringToSign: stringToSign,
		echo:         "server StringToSign is [" + stringToSign + "] server CanonicalRequest is [" + canonical + "]",
		sign:         signV3,
	}, nil
}

// authorization is the parsed Authorization header.
type authorization struct {
	keyID     string
	headers   []string
	signature string
}

// parseAuthorization reads "ACS3-HMAC-SHA256 Credential=…,SignedHeaders=…,Signature=…".
func parseAuthorization(header string) (authorization, error) {
	if header == "" {
		return authorization{}, missing("AccessKeyId")
	}
	fields, found := strings.CutPrefix(header, algorithmV3+" ")
	if !found {
		return authorization{}, incompleteSignature("Authorization does not begin with " + algorithmV3)
	}
	var parsed authorization
	for field := range strings.SplitSeq(fields, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch name {
		case "Credential":
			parsed.keyID = value
		case "SignedHeaders":
			parsed.headers = strings.Split(value, ";")
		case "Signature":
			parsed.signature = value
		}
	}
	if parsed.keyID == "" || len(parsed.headers) == 0 || parsed.signature == "" {
		return authorization{}, incompleteSignature("Authorization needs Credential, SignedHeaders and Signature")
	}
	if !slices.IsSorted(parsed.headers) {
		return authorization{}, incompleteSignature("SignedHeaders are not sorted")
	}
	return parsed, nil
}

// unsignedHeader finds a header that must be signed but is not: host, content-type
// and everything beginning with x-acs-.
func unsignedHeader(r *http.Request, signed []string) string {
	if !slices.Contains(signed, "host") {
		return "host"
	}
	for name := range r.Header {
		name = strings.ToLower(name)
		if (name == "content-type" || strings.HasPrefix(name, "x-acs-")) && !slices.Contains(signed, name) {
			return name
		}
	}
	return ""
}

// canonicalRequest is step one of the signature: the request in normal form.
func canonicalRequest(r *http.Request, query url.Values, signed []string, payload string) string {
	var out strings.Builder
	out.WriteString(r.Method + "\n" + canonicalPath(r.URL.Path) + "\n" + canonicalQuery(query) + "\n")
	for _, name := range signed {
		value := strings.Join(r.Header.Values(name), ",")
		if name == "host" {
			value = r.Host
		}
		out.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
	}
	out.WriteString("\n" + strings.Join(signed, ";") + "\n" + payload)
	return out.String()
}

// canonicalPath encodes each segment of the path.
func canonicalPath(path string) string {
	if path == "" {
		return "/"
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = percentEncode(segment)
	}
	return strings.Join(segments, "/")
}

// canonicalQuery sorts by name, encodes by RFC 3986, and writes "name=" for a
// parameter without value.
func canonicalQuery(query url.Values) string {
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	var pairs []string
	for _, name := range names {
		for _, value := range query[name] {
			pairs = append(pairs, percentEncode(name)+"="+percentEncode(value))
		}
	}
	return strings.Join(pairs, "&")
}

func signV3(secret, stringToSign string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stringToSign))
	return hex.EncodeToString(mac.Sum(nil))
}

func hexSHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
