package certbundle_test

import (
	"errors"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/domaincert/domaincert/internal/certbundle"
)

func TestCertbundle(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "certbundle")
}

// BeRefused matches an *Error with this reason whose message contains what is
// to be done, is ASCII and fits a condition.
func BeRefused(reason certbundle.Reason, advice string) types.GomegaMatcher {
	message := func(err error) string {
		var refusal *certbundle.Error
		if !errors.As(err, &refusal) {
			return ""
		}
		return refusal.Message
	}
	return SatisfyAll(
		BeAssignableToTypeOf(&certbundle.Error{}),
		HaveField("Reason", reason),
		WithTransform(message, SatisfyAll(
			ContainSubstring(advice),
			MatchRegexp(`^[ -~]{1,512}$`),
		)),
	)
}

func mustParse(certificatePEM, keyPEM []byte) certbundle.Bundle {
	GinkgoHelper()
	bundle, err := certbundle.Parse(certificatePEM, keyPEM)
	Expect(err).NotTo(HaveOccurred())
	return bundle
}
