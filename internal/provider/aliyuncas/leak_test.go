package aliyuncas_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/aliyuncas"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
)

// setOnCDN puts a certificate on a domain of CDN.
func setOnCDN() aliyun.Operation {
	return aliyun.Operation{Action: "SetCdnDomainSSLCertificate", Version: "2018-05-10"}
}

var _ = Describe("The private key of a stored certificate", func() {
	It("is not kept if it comes although it was not asked for", func(ctx SpecContext) {
		bundle := aBundle()
		key := string(bundle.PrivateKey().Bytes())
		body := string(bundle.CertificatePEM())
		replies := []map[string]any{
			{"Key": key, "EncryptPrivateKey": key, "SignPrivateKey": key},
			{"Key": key, "Cert": body},
			{"Key": key, "Cert": key + body},
			{"Cert": body + key, "Sha2": key},
			{"Cert": key, "Sha2": key},
			{"Sha2": "", "Cert": key},
		}
		printed := alibaba.PrintedDuring(func() {
			for _, reply := range replies {
				stored, err := aliyuncas.New(scripted(answers{detail: described(reply)}), nil).Find(ctx, naming("17", ""))
				expectNoTrace(bundle, stored, err)
			}
		})
		expectNoTrace(bundle, printed)
	})

	It("has no field to be decoded into", func() {
		for _, field := range aliyuncas.DetailFields() {
			Expect(strings.ToLower(field)).NotTo(ContainSubstring("key"))
		}
	})

	It("is told by no error of an upload", func(ctx SpecContext) {
		bundle := aBundle()
		echo := func(form url.Values) (int, any) {
			return 400, map[string]string{"Code": form.Get("Key"), "Message": form.Get("Key"), "RequestId": form.Get("Key")}
		}
		for _, script := range []answers{
			{upload: echo},
			{upload: func(form url.Values) (int, any) { return 500, form.Get("Key") }},
			{upload: func(form url.Values) (int, any) {
				return 200, map[string]any{"RequestId": form.Get("Key"), "CertId": form}
			}},
			{upload: refusing(400, "NameRepeat"), list: echo},
		} {
			handle, err := aliyuncas.New(scripted(script), nil).Upload(ctx, target(), bundle)
			Expect(err).To(HaveOccurred())
			expectNoTrace(bundle, handle, err)
		}
	})

	It("is not in the simulator's journal either", func(ctx SpecContext) {
		simulator := newSimulator(edgesim.Settings{})
		bundle := aBundle()
		_, err := newAdapter(simulator).Upload(ctx, target(), bundle)
		Expect(err).NotTo(HaveOccurred())
		expectNoTrace(bundle, simulator.Journal(edgesim.Query{}))
		Expect(string(bundle.PrivateKey().Bytes())).To(ContainSubstring("PRIVATE KEY"), "it is the caller's still")
	})
})

// expectNoTrace looks for pieces of the bundle's key in all that there is to
// print of the values.
func expectNoTrace(bundle certbundle.Bundle, values ...any) {
	GinkgoHelper()
	var told strings.Builder
	for _, value := range values {
		document, err := json.Marshal(value)
		Expect(err).NotTo(HaveOccurred())
		fmt.Fprintf(&told, "%v %+v %#v %s\n", value, value, value, document)
		if stored, ok := value.(provider.Stored); ok && stored.Leaf != nil {
			fmt.Fprintf(&told, "%#v %v", *stored.Leaf, *stored.Leaf)
		}
	}
	for _, mark := range keyMarks(bundle) {
		Expect(strings.Contains(told.String(), mark)).To(BeFalse(), "a trace of the key")
	}
}

// keyMarks are pieces of an ECDSA key in the forms that it could leak in, all of
// them of its first half: the second is the public key, which anybody may know.
func keyMarks(bundle certbundle.Bundle) []string {
	GinkgoHelper()
	block, _ := pem.Decode(bundle.PrivateKey().Bytes())
	Expect(block).NotTo(BeNil())
	Expect(block.Type).To(Equal("EC PRIVATE KEY"))
	secret := block.Bytes[:30]
	encoded := base64.StdEncoding.EncodeToString(block.Bytes)
	return []string{
		"PRIVATE KEY",
		encoded[:40],
		url.QueryEscape(encoded)[:40],
		hex.EncodeToString(block.Bytes)[:60],
		strings.Trim(fmt.Sprintf("%d", secret), "[]"),
		string(secret),
	}
}
