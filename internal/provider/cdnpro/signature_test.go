package cdnpro_test

import (
	"encoding/base64"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider/cdnpro"
)

var _ = Describe("A request's date", func() {
	at := time.Date(2026, time.November, 21, 18, 0, 0, 999, time.FixedZone("CET", 3600))

	It("is what it is signed with", func() {
		header, _, err := cdnpro.Stamped(user, apiKey, at, "")
		Expect(err).NotTo(HaveOccurred())
		Expect(header).To(HaveKeyWithValue("Date", []string{"Sat, 21 Nov 2026 17:00:00 GMT"}))
		sent := http.Request{Header: header}
		name, password, ok := sent.BasicAuth()
		Expect(ok).To(BeTrue())
		Expect(name).To(Equal(user))
		// As openssl has it: printf DATE | openssl dgst -sha1 -hmac KEY -binary | base64.
		Expect(password).To(Equal("1+2Qh5XE4MDuRt78vYpbBtjezR8="))
	})

	It("is what a private key is encrypted with", func() {
		_, sealed, err := cdnpro.Stamped(user, apiKey, at, "TEST-PEM")
		Expect(err).NotTo(HaveOccurred())
		// As openssl enc -aes-128-cbc has it, with the halves of the HMAC-SHA256.
		Expect(sealed).To(Equal("sm3GJu10gP/U3X3vy54U/w=="))
	})

	DescribeTable("pads a private key to whole blocks, and always by something",
		func(length, expected int) {
			_, sealed, err := cdnpro.Stamped(user, apiKey, at, string(make([]byte, length)))
			Expect(err).NotTo(HaveOccurred())
			raw, err := base64.StdEncoding.DecodeString(sealed)
			Expect(err).NotTo(HaveOccurred())
			Expect(raw).To(HaveLen(expected))
		},
		Entry("nothing", 0, 16),
		Entry("one less than a block", 15, 16),
		Entry("a block", 16, 32),
	)
})
