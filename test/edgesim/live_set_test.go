package edgesim_test

import (
	"encoding/pem"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

// refusedSet is one way to have a Set refused.
type refusedSet struct {
	// change changes the parameters of a Set that would be accepted.
	change func(good upload) params
	// domain is what is wrong with the domain.
	domain edgesim.Domain
	// settings change the simulator.
	settings func(*edgesim.Settings)
	status   int
	code     string
	message  string
}

// send is a change by literal values; an empty value drops the parameter.
func send(changes params) func(upload) params { return func(upload) params { return changes } }

// block makes a PEM block of bytes that mean nothing.
func block(kind string, content ...byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}))
}

var _ = Describe("SetLiveDomainCertificate", func() {
	restricted := func(r edgesim.Restriction) edgesim.Domain {
		return edgesim.Domain{Name: domainName, Restrictions: []edgesim.Restriction{r}}
	}
	off := send(params{"SSLProtocol": "off"})
	none := send(nil)
	rsaKey := testcerts.PKCS1(testcerts.NewKey(testcerts.RSA2048))
	provide := func(kind, status string) func(*edgesim.Config) {
		return func(c *edgesim.Config) {
			bought := issueFor(domainName)
			c.Accounts[0].Certificates = append(c.Accounts[0].Certificates, edgesim.ProvidedCertificate{Name: kind + "-" + status, Type: kind,
				Status: status, Certificate: bought.pub, PrivateKey: edgesim.Secret(bought.pri)})
		}
	}

	DescribeTable("is refused, and changes nothing",
		func(r refusedSet) {
			sim := start(provide("cas", "success"), provide("cas", "failed"), provide("free", "checking"))
			c := newClient(sim.APIAddress())
			Expect(c.call(setOperation, issueFor(domainName).on()).status).To(Equal(http.StatusOK))
			before, _ := sim.Edge(domainName)
			if r.domain.Name != "" {
				Expect(sim.PutDomain(accountID, r.domain)).To(Succeed())
			}
			if r.settings != nil {
				mustSet(sim, r.settings)
			}
			good := issueFor(domainName)

			got := c.call(setOperation, good.on().with(r.change(good)))

			Expect(got.code()).To(Equal(r.code), got.raw)
			Expect(got.status).To(Equal(max(r.status, http.StatusBadRequest)))
			if r.message != "" {
				Expect(got.body["Message"]).To(Equal(r.message))
			}
			after, _ := sim.Edge(domainName)
			Expect(after).To(Equal(before))
			last := sim.Journal(edgesim.Query{})[1]
			Expect(last.Outcome).To(Equal(r.code))
			Expect(last.Applied).To(BeFalse())
		},
		Entry("no DomainName", refusedSet{change: send(params{"DomainName": ""}), code: "MissingDomainName"}),
		Entry("a domain that nobody has", refusedSet{change: send(params{"DomainName": "nobody.example.com"}), status: 404, code: "InvalidDomain.NotFound"}),
		Entry("a wildcard in the notation of certificates", refusedSet{change: send(params{"DomainName": "*.wild.example.com"}), status: 404, code: "InvalidDomain.NotFound"}),
		Entry("no SSLProtocol", refusedSet{change: send(params{"SSLProtocol": ""}), code: "InvalidSSLProtocol.ValueNotSupported"}),
		Entry("SSLProtocol in capitals", refusedSet{change: send(params{"SSLProtocol": "ON"}), code: "InvalidSSLProtocol.ValueNotSupported"}),
		Entry("no SSLPub", refusedSet{change: send(params{"SSLPub": ""}), code: "SSLPub.MissingParameter"}),
		Entry("no SSLPri", refusedSet{change: send(params{"SSLPri": ""}), code: "SSLPri.MissingParameter"}),
		Entry("SSLPub is not PEM", refusedSet{change: send(params{"SSLPub": "garbage"}), code: "InvalidSSLPub"}),
		Entry("SSLPri is not PEM", refusedSet{change: send(params{"SSLPri": "garbage"}), code: "InvalidSSLPri"}),
		Entry("neither is PEM", refusedSet{change: send(params{"SSLPub": "x", "SSLPri": "y"}), code: "InvalidSSLPubOrInvalidSSLPri"}),
		Entry("SSLPub with a byte order mark", refusedSet{change: func(u upload) params { return params{"SSLPub": "\ufeff" + u.pub} }, code: "sslPub.Error"}),
		Entry("SSLPri with a byte order mark", refusedSet{change: func(u upload) params { return params{"SSLPri": "\ufeff" + u.pri} }, code: "sslPri.Error"}),
		Entry("SSLPub with a character that is not base64", refusedSet{change: func(u upload) params {
			return params{"SSLPub": strings.Replace(u.pub, "MII", "M!I", 1)}
		}, code: "Decode.Error"}),
		Entry("SSLPri cut short", refusedSet{change: func(u upload) params { return params{"SSLPri": u.pri[:len(u.pri)/2]} }, code: "Decode.Error"}),
		Entry("SSLPub is a certificate request", refusedSet{change: send(params{"SSLPub": block("CERTIFICATE REQUEST", 1, 2)}), code: "Certificate.FormatError"}),
		Entry("SSLPub is PEM around garbage", refusedSet{change: send(params{"SSLPub": block("CERTIFICATE", 1, 2)}), code: "Certificate.FormatError"}),
		Entry("SSLPub with a blank line between certificates", refusedSet{change: func(u upload) params {
			return params{"SSLPub": strings.Replace(u.pub, "-----\n-----BEGIN", "-----\n\n-----BEGIN", 1)}
		}, code: "Certificate.FormatError"}),
		Entry("SSLPub after a comment", refusedSet{change: func(u upload) params { return params{"SSLPub": "subject=x\n" + u.pub} }, code: "Certificate.FormatError"}),
		Entry("SSLPri is blank", refusedSet{change: send(params{"SSLPri": " \n"}), code: "Certificate.KeyNull", message: "The private key is not null."}),
		Entry("SSLPri is an empty block", refusedSet{change: send(params{"SSLPri": block("EC PRIVATE KEY")}), code: "Certificate.KeyNull"}),
		Entry("SSLPri is PEM around garbage", refusedSet{change: send(params{"SSLPri": block("RSA PRIVATE KEY", 1, 2)}), code: "Key.Malformed"}),
		Entry("SSLPri is PKCS#8, which the pages tell users to convert", refusedSet{change: send(params{
			"SSLPri": string(testcerts.PKCS8(testcerts.NewKey(testcerts.ECDSAP256))),
		}), code: "Key.Malformed"}),
		Entry("SSLPri is encrypted", refusedSet{change: send(params{
			"SSLPri": string(testcerts.EncryptedPKCS8(testcerts.NewKey(testcerts.ECDSAP256), "secret")),
		}), code: "Key.Malformed"}),
		Entry("SSLPri is encrypted the old way", refusedSet{change: send(params{
			"SSLPri": string(testcerts.LegacyEncrypted(testcerts.NewKey(testcerts.RSA2048), "secret")),
		}), code: "Key.Malformed"}),
		Entry("another key of the same kind", refusedSet{change: func(upload) params { return params{"SSLPri": issueFor(domainName).pri} },
			code: "Certificate.MissMatch", message: "The SSLPri does not math the specified Certificate!"}),
		Entry("a key of another kind", refusedSet{change: send(params{"SSLPri": string(rsaKey)}),
			code: "Certificate.MissMatch", message: "The certificate is not match the private key."}),
		Entry("an intermediate first", refusedSet{change: func(u upload) params {
			leaf, rest, _ := strings.Cut(u.pub, "-----END CERTIFICATE-----\n")
			return params{"SSLPub": rest + leaf + "-----END CERTIFICATE-----\n"}
		}, code: "Certificate.MissMatch"}),
		Entry("an expired certificate", refusedSet{change: func(upload) params {
			expired := issue(testcerts.Options{DNSNames: []string{domainName}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-time.Hour)})
			return params{"SSLPub": expired.pub, "SSLPri": expired.pri}
		}, code: "Certificate.Expired"}),
		Entry("SSLPub over the limit", refusedSet{change: func(u upload) params { return params{"SSLPub": u.pub + strings.Repeat("x", 64<<10)} }, code: "InvalidCertificate.TooLong"}),
		Entry("no CertName", refusedSet{change: send(params{"CertName": ""}), status: 404, code: "CertName.MissingParameter"}),
		Entry("CertName of 129 characters", refusedSet{change: send(params{"CertName": strings.Repeat("n", 129)}), code: "InvalidCertName.TooLong"}),
		Entry("CertName taken, without ForceSet", refusedSet{change: send(params{"ForceSet": ""}), code: "Certificate.Duplicated"}),
		Entry("CertName of a bought certificate, even with ForceSet", refusedSet{change: send(params{"CertName": "cas-success"}), code: "Certificate.Duplicated"}),
		Entry("unknown CertType", refusedSet{change: send(params{"CertType": "letsencrypt"}), code: "SetDomainCertificate.ParameterError"}),
		Entry("ForceSet other than 1", refusedSet{change: send(params{"ForceSet": "true"}), code: "SetDomainCertificate.ParameterError"}),
		Entry("CertType cas with an unknown name", refusedSet{change: send(params{"CertType": "cas", "CertName": "unknown"}), code: "Certificate.NotFind"}),
		Entry("CertType free with a bought one's name", refusedSet{change: send(params{"CertType": "free", "CertName": "cas-success"}), code: "Certificate.NotFind"}),
		Entry("CertType cas in a bad state", refusedSet{change: send(params{"CertType": "cas", "CertName": "cas-failed"}),
			code: "Certificate.StatusError", message: "Certificate is not exist or its status is error."}),
		Entry("CertType free in a bad state", refusedSet{change: send(params{"CertType": "free", "CertName": "free-checking"}),
			code: "Certificate.StatusError", message: "The certificate status is error."}),
		Entry("domain offline", refusedSet{change: none, domain: edgesim.Domain{Name: domainName, Status: "offline"}, code: "InvalidDomain.notOnline"}),
		Entry("domain configuring", refusedSet{change: none, domain: edgesim.Domain{Name: domainName, Status: "configuring"}, status: 403, code: "ServiceBusy"}),
		Entry("denied by RAM", refusedSet{change: none, domain: restricted(edgesim.RestrictionDenied), status: 403, code: "NoPermission"}),
		Entry("domain of somebody else", refusedSet{change: none, domain: restricted(edgesim.RestrictionNotOwned), code: "IllegalOperationDomain"}),
		Entry("illegal operation", refusedSet{change: none, domain: restricted(edgesim.RestrictionIllegalOperation), status: 403, code: "IllegalOperation"}),
		Entry("authentication failed", refusedSet{change: none, domain: restricted(edgesim.RestrictionAuthentication), code: "AuthenticationFailed"}),
		Entry("safe mode", refusedSet{change: none, domain: restricted(edgesim.RestrictionSafeMode), code: "DomainInSafeMode"}),
		Entry("protected mode", refusedSet{change: none, domain: restricted(edgesim.RestrictionProtectedMode), code: "DomainInProtectedMode"}),
		Entry("function mutex", refusedSet{change: none, domain: restricted(edgesim.RestrictionFunctionMutex), code: "FunctionMutex"}),
		Entry("storage failed", refusedSet{change: none, domain: restricted(edgesim.RestrictionStorageFailed), code: "CertStorage.failed"}),
		Entry("off, deletion failed", refusedSet{change: off, domain: restricted(edgesim.RestrictionDeleteFailed), code: "DeleteFailed"}),
		Entry("off, not permitted", refusedSet{change: off, domain: restricted(edgesim.RestrictionNotPermittedOff), code: "Certificate.NotPermittedOff"}),
	)

	It("refuses stored content under another name only where the setting says so", func() {
		sim := start()
		c := newClient(sim.APIAddress())
		cert := issueFor("*.example.com")
		Expect(c.call(setOperation, cert.on()).status).To(Equal(http.StatusOK))
		second := cert.on().with(params{"DomainName": "two.example.com", "CertName": "second"})
		mustSet(sim, func(s *edgesim.Settings) { s.DuplicateContent = edgesim.DuplicateReject })
		Expect(c.call(setOperation, second).code()).To(Equal("CertificateContent.Duplicated"))
		Expect(c.call(setOperation, second.with(params{"CertName": "first"})).status).To(Equal(http.StatusOK), "by its stored name")
		mustSet(sim, func(s *edgesim.Settings) { s.DuplicateContent = edgesim.DuplicateReplace })
		Expect(c.call(setOperation, second).status).To(Equal(http.StatusOK))
	})

	It("stores but holds back under settedNotEffect, and lets go once it is lifted", func() {
		sim := start()
		c := newClient(sim.APIAddress())
		first, second := issueFor(domainName), issueFor(domainName)
		Expect(c.call(setOperation, first.on()).status).To(Equal(http.StatusOK))
		Expect(sim.PutDomain(accountID, restricted(edgesim.RestrictionSettedNotEffect))).To(Succeed())
		Expect(c.call(setOperation, second.on()).code()).To(Equal("Certificate.SettedNotEffect"))
		Expect(handshake(sim, domainName)).To(Equal(first.fingerprint))
		Expect(c.call("DescribeLiveCertificateDetail", params{"CertName": "first"}).body["Cert"]).To(Equal(second.pub), "it is stored")
		Expect(sim.PutDomain(accountID, edgesim.Domain{Name: domainName})).To(Succeed())
		Expect(handshake(sim, domainName)).To(Equal(second.fingerprint))
	})

	It("destroys the certificate when switched off, unless another domain uses it", func() {
		sim := start()
		c := newClient(sim.APIAddress())
		cert := issueFor("*.example.com")
		two := cert.on().with(params{"DomainName": "two.example.com"})
		Expect(c.call(setOperation, cert.on()).status).To(Equal(http.StatusOK))
		Expect(c.call(setOperation, two).status).To(Equal(http.StatusOK))
		for range 2 {
			Expect(c.call(setOperation, params{"DomainName": domainName, "SSLProtocol": "off"}).status).To(Equal(http.StatusOK))
		}
		Expect(handshake(sim, domainName)).Error().To(MatchError(ContainSubstring("unrecognized name")))
		Expect(handshake(sim, "two.example.com")).To(Equal(cert.fingerprint))
		Expect(c.call("DescribeLiveCertificateDetail", params{"CertName": "first"}).status).To(Equal(http.StatusOK))
		Expect(c.call(setOperation, params{"DomainName": "two.example.com", "SSLProtocol": "off"}).status).To(Equal(http.StatusOK))
		Expect(c.call("DescribeLiveCertificateDetail", params{"CertName": "first"}).code()).To(Equal("Certificate.NotFind"))
	})

	It("puts certificates that live at the provider on a domain by name", func() {
		sim := start(provide("cas", "success"), provide("free", "success"))
		c := newClient(sim.APIAddress())
		for _, kind := range []string{"cas", "free"} {
			Expect(c.call(setOperation, params{"DomainName": domainName, "SSLProtocol": "on", "CertType": kind, "CertName": kind + "-success"}).status).To(Equal(http.StatusOK))
			got := c.call(describe, params{"DomainName": domainName})
			Expect(got.at("CertInfos", "CertInfo", "CertType")).To(Equal(kind))
			Expect(got.at("CertInfos", "CertInfo", "Status")).To(Equal(map[string]string{"cas": "", "free": "success"}[kind]))
		}
	})

	DescribeTable("accepts",
		func(options testcerts.Options, change func(upload, params) params) {
			sim := start()
			options.DNSNames = []string{domainName}
			cert := issue(options)
			got := newClient(sim.APIAddress()).call(setOperation, change(cert, cert.on()))
			Expect(got.status).To(Equal(http.StatusOK), got.raw)
			Expect(handshake(sim, domainName)).To(Equal(cert.fingerprint))
		},
		Entry("RSA as PKCS#1", testcerts.Options{Key: testcerts.RSA2048}, func(_ upload, p params) params { return p }),
		Entry("ECDSA as SEC1", testcerts.Options{Key: testcerts.ECDSAP384}, func(_ upload, p params) params { return p }),
		Entry("no CertType, which is an upload", testcerts.Options{}, func(_ upload, p params) params { return p.with(params{"CertType": ""}) }),
		Entry("a new name without ForceSet", testcerts.Options{}, func(_ upload, p params) params { return p.with(params{"ForceSet": ""}) }),
		Entry("the domain in capitals", testcerts.Options{}, func(_ upload, p params) params { return p.with(params{"DomainName": "Live.Example.COM"}) }),
		Entry("a certificate not valid before tomorrow, against which no error is documented",
			testcerts.Options{NotBefore: time.Now().Add(24 * time.Hour)}, func(_ upload, p params) params { return p }),
		Entry("CRLF line ends", testcerts.Options{}, func(u upload, p params) params {
			return p.with(params{"SSLPub": strings.ReplaceAll(u.pub, "\n", "\r\n")})
		}),
	)

	It("takes PKCS#8 and blank lines where PEM is read leniently", func() {
		sim := start(func(c *edgesim.Config) { c.Settings.PEM = edgesim.PEMLenient })
		pair := testcerts.NewCA("edgesim test CA").Issue(testcerts.Options{DNSNames: []string{domainName}})
		spaced := strings.ReplaceAll(string(pair.CertificatePEM), "-----BEGIN", "\n-----BEGIN")
		got := newClient(sim.APIAddress()).call(setOperation, params{"DomainName": domainName, "SSLProtocol": "on",
			"CertName": "first", "SSLPub": spaced, "SSLPri": string(pair.KeyPEM)})
		Expect(got.status).To(Equal(http.StatusOK), got.raw)
		Expect(handshake(sim, domainName)).To(Equal(pair.Fingerprint))
	})
})
