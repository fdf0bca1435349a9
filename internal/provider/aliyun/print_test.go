package aliyun_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// printed is everything that a value tells of itself.
func printed(value any) string {
	GinkgoHelper()
	document, err := json.Marshal(value)
	Expect(err).NotTo(HaveOccurred())
	var text strings.Builder
	text.Write(document)
	slog.New(slog.NewTextHandler(&text, nil)).Info("", "value", value)
	slog.New(slog.NewJSONHandler(&text, nil)).Info("", "value", value)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&text, verb+"\n", value)
	}
	return text.String()
}

var _ = Describe("What is printed", func() {
	It("of credentials that were used holds none of them", func(ctx SpecContext) {
		at := newCloud()
		for name, arm := range arms() {
			GinkgoT().Setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "")
			own := must(arm(at))
			assumed := must(own.AssumeRole(target(), at.exchange()))
			client := at.client(assumed)
			Expect(client.Identify(ctx)).To(Equal(roleAccount), name)
			signers := at.signers()
			everything := ""
			for _, value := range []any{own, &own, assumed, &assumed, aliyun.Config{Credentials: assumed}, []any{own, assumed}} {
				everything += printed(value)
			}
			Expect(everything).To(ContainSubstring("REDACTED"))
			for _, secret := range append(secrets(), accessKeyID, signers[len(signers)-1]) {
				Expect(everything).NotTo(ContainSubstring(secret), name)
				Expect(everything).NotTo(ContainSubstring(fmt.Sprintf("%x", secret)), name)
				Expect(everything).NotTo(ContainSubstring(fmt.Sprintf("%X", secret)), name)
			}
		}
	}, NodeTimeout(nodeTimeout))

	It("of a role is its name, not the external id", func() {
		role := target()
		for _, value := range []any{role, &role, struct{ Role aliyun.Role }{role}, []aliyun.Role{role}} {
			text := printed(value)
			Expect(text).To(ContainSubstring(targetARN + " as domaincert"))
			Expect(text).NotTo(Or(ContainSubstring(externalID), ContainSubstring(fmt.Sprintf("%x", externalID))))
		}
	})

	It("of a source of tokens and of an exchange holds no secret", func() {
		at := newCloud().overTLS()
		for _, value := range []any{federated(), at.exchange()} {
			text := printed(value)
			for _, secret := range secrets() {
				Expect(text).NotTo(ContainSubstring(secret))
			}
		}
	})
})
