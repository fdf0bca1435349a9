package edgesim_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

// describeValue is everything that values tell of themselves.
func describeValue(values ...any) string {
	GinkgoHelper()
	document, err := json.Marshal(values)
	Expect(err).NotTo(HaveOccurred())
	return fmt.Sprintf("%v %+v %#v", values, values, values) + string(document)
}

// jwt makes a token with a signer of RSA (RS256) or ECDSA (ES256) keys.
func jwt(signer crypto.Signer, claims map[string]any) string {
	GinkgoHelper()
	algorithm := "RS256"
	if _, is := signer.(*ecdsa.PrivateKey); is {
		algorithm = "ES256"
	}
	part := func(value any) string {
		text, err := json.Marshal(value)
		Expect(err).NotTo(HaveOccurred())
		return base64.RawURLEncoding.EncodeToString(text)
	}
	signed := part(map[string]string{"alg": algorithm, "typ": "JWT"}) + "." + part(claims)
	digest := sha256.Sum256([]byte(signed))
	var signature []byte
	if key, is := signer.(*ecdsa.PrivateKey); is {
		r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
		Expect(err).NotTo(HaveOccurred())
		signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	} else {
		made, err := signer.Sign(rand.Reader, digest[:], crypto.SHA256)
		Expect(err).NotTo(HaveOccurred())
		signature = made
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func publicPEM(signer crypto.Signer) string {
	GinkgoHelper()
	der, err := x509.MarshalPKIXPublicKey(signer.Public())
	Expect(err).NotTo(HaveOccurred())
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// exchange calls AssumeRoleWithOIDC, which is not signed, in the form body.
func exchange(sim *edgesim.Server, p params) answer {
	GinkgoHelper()
	form := url.Values{"Action": {"AssumeRoleWithOIDC"}, "Version": {"2015-04-01"}, "Format": {"JSON"}}
	for name, value := range p {
		form.Set(name, value)
	}
	c := newClient(sim.APIAddress())
	c.changeBeforeSend = func(r *http.Request) {
		bare := c.plain(GinkgoT().Context(), http.MethodPost, "", form.Encode())
		bare.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		*r = *bare
	}
	return c.call("", nil)
}

var _ = Describe("AssumeRoleWithOIDC", func() {
	const issuer, audience, subject = "https://issuer.example", "sts.aliyuncs.com", "system:serviceaccount:ns:operator"
	var (
		key   crypto.Signer
		trust *edgesim.OIDCTrust
		at    *clock
		sim   *edgesim.Server
	)
	BeforeEach(func() {
		generated, err := rsa.GenerateKey(rand.Reader, 2048)
		Expect(err).NotTo(HaveOccurred())
		key, at = generated, newClock()
		trust = &edgesim.OIDCTrust{ProviderARN: providerARN, Issuer: issuer, Audience: audience, Subject: subject,
			PublicKey: publicPEM(key), Tokens: []edgesim.Secret{"static-token"}}
		sim = start(withRoles(trust), func(c *edgesim.Config) { c.Clock = at.Now })
	})
	said := func(changes map[string]any) map[string]any {
		claims := map[string]any{"iss": issuer, "aud": []string{audience, "other"}, "sub": subject, "exp": at.Now().Add(time.Hour).Unix()}
		for name, value := range changes {
			claims[name] = value
		}
		return claims
	}
	with := func(token string) params {
		return params{"RoleArn": roleARN, "OIDCProviderArn": providerARN, "RoleSessionName": "session", "OIDCToken": token}
	}

	It("hands out a key for a token that the role trusts", func() {
		got := exchange(sim, with(jwt(key, said(nil))))
		c := ramUser(sim)
		c.use(got)
		c.now = at.Now
		Expect(c.call("GetCallerIdentity", nil).body).To(HaveKeyWithValue("AccountId", otherAccountID))
		Expect(got.at("OIDCTokenInfo", "Subject")).To(Equal(subject))
		entries := sim.Journal(edgesim.Query{Operation: "AssumeRoleWithOIDC"})
		Expect(entries).To(HaveLen(1))
		Expect(entries[0]).To(And(HaveField("Account", otherAccountID), HaveField("KeyInURL", false), HaveField("Signature", "")))
	})

	It("takes a token as it is configured, one audience that is no list, and ECDSA", func() {
		Expect(exchange(sim, with("static-token")).status).To(Equal(http.StatusOK))
		Expect(exchange(sim, with(jwt(key, said(map[string]any{"aud": audience})))).status).To(Equal(http.StatusOK))
		elliptical, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		Expect(err).NotTo(HaveOccurred())
		other := start(withRoles(&edgesim.OIDCTrust{ProviderARN: providerARN, PublicKey: publicPEM(elliptical)}))
		Expect(exchange(other, with(jwt(elliptical, said(nil)))).status).To(Equal(http.StatusOK))
		Expect(exchange(other, with(jwt(key, said(nil)))).code()).To(Equal("AuthenticationFail.OIDCToken.InvalidSignature"))
	})

	It("notes a token in the URL", func() {
		c := newClient(sim.APIAddress())
		c.version, c.viaQuery = "2015-04-01", true
		Expect(c.call("AssumeRoleWithOIDC", with("static-token")).status).To(Equal(http.StatusOK))
		Expect(sim.Journal(edgesim.Query{})[0].KeyInURL).To(BeTrue())
	})

	DescribeTable("refuses", Label("codes"),
		func(changes params, claims map[string]any, status int, code string) {
			token := jwt(key, said(claims))
			got := exchange(sim, with(token).with(changes))
			Expect(got.code()).To(Equal(code), got.raw)
			Expect(got.status).To(Equal(status))
			Expect(got.raw + describeValue(sim.Journal(edgesim.Query{}))).NotTo(ContainSubstring(strings.Split(token, ".")[1]))
		},
		Entry("an expired token", nil, map[string]any{"exp": 1}, 401, "AuthenticationFail.OIDCToken.Expired"),
		Entry("a token of the future", nil, map[string]any{"nbf": 9e9}, 401, "AuthenticationFail.OIDCToken.Invalid"),
		Entry("another audience", nil, map[string]any{"aud": "other"}, 401, "AuthenticationFail.OIDCToken.AudienceNotMatch"),
		Entry("another issuer", nil, map[string]any{"iss": "https://other.example"}, 401, "AuthenticationFail.OIDCToken.IssuerNotMatch"),
		Entry("another subject", nil, map[string]any{"sub": "other"}, 401, "AuthenticationFail.NoPermission"),
		Entry("a provider that is not registered", params{"OIDCProviderArn": providerARN + "2"}, nil, 401, "AuthenticationFail.NoPermission"),
		Entry("a role that trusts no provider", params{"RoleArn": chainedARN}, nil, 401, "AuthenticationFail.NoPermission"),
		Entry("a role that there is not", params{"RoleArn": roleARN + "2"}, nil, 404, "EntityNotExist.Role"),
		Entry("an account that there is not", params{"RoleArn": "acs:ram::1:role/x"}, nil, 404, "EntityNotExist.Role"),
		Entry("no role", params{"RoleArn": ""}, nil, 400, "MissingRoleArn"),
		Entry("something else than a role", params{"RoleArn": "x"}, nil, 400, "InvalidParameter.RoleArn"),
		Entry("no provider", params{"OIDCProviderArn": ""}, nil, 400, "MissingOIDCProviderArn"),
		Entry("no token", params{"OIDCToken": ""}, nil, 401, "AuthenticationFail.OIDCToken.Invalid"),
		Entry("a token of one part", params{"OIDCToken": "token"}, nil, 401, "AuthenticationFail.OIDCToken.Invalid"),
		Entry("a token that is not base64url", params{"OIDCToken": "a.%.c"}, nil, 401, "AuthenticationFail.OIDCToken.Invalid"),
		Entry("a token that is not JSON", params{"OIDCToken": "YQ.YQ.YQ"}, nil, 401, "AuthenticationFail.OIDCToken.Invalid"),
		Entry("an algorithm that proves nothing", params{"OIDCToken": "eyJhbGciOiJub25lIn0.e30."}, nil, 401, "AuthenticationFail.OIDCToken.Invalid"),
		Entry("a session too short", params{"DurationSeconds": "1"}, nil, 400, "InvalidParameter.DurationSeconds"),
	)
})
