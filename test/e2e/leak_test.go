package e2e_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/canary"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/stage"
	"github.com/domaincert/domaincert/test/testcerts"
)

const setOperation = "SetLiveDomainCertificate"

// The way of many keys, at the highest log level and through failures: error
// messages are where keys like to leak.
var _ = Describe("A key", Ordered, func() {
	DescribeTable("goes to the edge", func(ctx SpecContext, kind testcerts.KeyKind) { renew(ctx, kind) },
		Entry("if it is RSA", SpecTimeout(timeout), testcerts.RSA2048),
		Entry("if it is ECDSA", SpecTimeout(timeout), testcerts.ECDSAP384),
	)

	DescribeTable("goes to the edge in spite of", func(ctx SpecContext, fault edgesim.Fault) {
		fault.Operation, fault.Count = setOperation, 1
		_, err := world.Admin(ctx, "/faults", fault)
		Expect(err).NotTo(HaveOccurred())
		renew(ctx, testcerts.ECDSAP256)
		Expect(journal(ctx)).To(ContainElement(HaveField("Fault", fault.Kind)))
	},
		Entry("a connection that breaks", SpecTimeout(timeout), edgesim.Fault{Kind: edgesim.FaultReset, Domain: stage.Domain}),
		Entry("an answer that is lost", SpecTimeout(timeout), edgesim.Fault{Kind: edgesim.FaultReset, Applied: true}),
		Entry("a load balancer's error page", SpecTimeout(timeout), edgesim.Fault{Kind: edgesim.FaultHTML}),
		Entry("a redirect to another host", SpecTimeout(timeout), edgesim.Fault{Kind: edgesim.FaultRedirect, Location: "http://127.0.0.1:9/elsewhere"}),
	)

	It("is repeated by a provider that refuses it", func(ctx SpecContext) {
		pair := issue("the key that is repeated", testcerts.ECDSAP256)
		_, err := world.Admin(ctx, "/faults", edgesim.Fault{
			Kind: edgesim.FaultError, Operation: setOperation, Count: 1,
			Status: 400, Code: "SSLPrivateKeyFormat", Message: "cannot read " + string(pair.KeyPEM),
		})
		Expect(err).NotTo(HaveOccurred())
		Expect(world.ApplyCertificate(ctx, pair)).To(Succeed())
		awaitReason(ctx, "dcert/"+stage.Name, "Deployed", "Rejected")
		renew(ctx, testcerts.ECDSAP256)
	}, SpecTimeout(timeout))

	It("waits while the provider cannot be reached", func(ctx SpecContext) {
		_, err := world.Kubectl(ctx, "patch", "cep", "edgesim", "--type=merge", "-p", `{"spec":{"alibabaCloud":{"endpoint":"http://127.0.0.1:9"}}}`)
		Expect(err).NotTo(HaveOccurred())
		awaitReason(ctx, "cep/edgesim", "Ready", "Unavailable")
		pair := issue("the key that waits", testcerts.ECDSAP256)
		Expect(world.ApplyCertificate(ctx, pair)).To(Succeed())
		awaitReason(ctx, "dcert/"+stage.Name, "Accepted", "ProviderNotReady")
		Expect(world.ApplySamples(ctx)).To(Succeed())
		awaitServed(ctx, pair)
	}, SpecTimeout(timeout))

	DescribeTable("stays where it is", func(ctx SpecContext, why string, spoil func(good testcerts.Pair) testcerts.Pair) {
		served := renew(ctx, testcerts.ECDSAP256)
		calls := len(journal(ctx))
		Expect(world.ApplyCertificate(ctx, spoil(issue("the key of a spoilt pair", testcerts.ECDSAP256)))).To(Succeed())
		awaitReason(ctx, "dcert/"+stage.Name, "CertificateValid", why)
		Expect(journal(ctx)[calls:]).NotTo(ContainElement(HaveField("Operation", setOperation)))
		leaf, err := world.Served(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(stage.Fingerprint(leaf)).To(Equal(served.Fingerprint))
	},
		Entry("if it does not fit the certificate", SpecTimeout(timeout), "KeyMismatch", func(good testcerts.Pair) testcerts.Pair {
			return good.WithKeyOf(issue("a key that does not fit", testcerts.ECDSAP256))
		}),
		Entry("if it is garbled", SpecTimeout(timeout), "Malformed", func(good testcerts.Pair) testcerts.Pair {
			good.KeyPEM = []byte(strings.Replace(string(good.KeyPEM), "\n", "\n*", 2))
			return good
		}),
		Entry("if it lies in the wrong place", SpecTimeout(timeout), "Malformed", func(good testcerts.Pair) testcerts.Pair {
			good.CertificatePEM, good.KeyPEM = good.KeyPEM, good.CertificatePEM
			return good
		}),
	)

	It("never travelled in a URL", func(ctx SpecContext) {
		Expect(journal(ctx)).To(And(
			ContainElement(HaveField("Operation", setOperation)),
			HaveEach(HaveField("KeyInURL", BeFalse())),
		))
	})

	It("is left nowhere", func(ctx SpecContext) {
		renew(ctx, testcerts.ECDSAP256)
		Expect(search(artefacts(ctx))).To(BeEmpty())
	}, SpecTimeout(timeout))

	It("would be found", func(ctx SpecContext) {
		planted := issue("the planted key", testcerts.ECDSAP256)
		line := strings.Split(string(planted.KeyPEM), "\n")[2]
		_, err := world.Kubectl(ctx, "create", "configmap", "planted", "-n", stage.Namespace, "--from-literal=line="+line)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func(ctx SpecContext) {
			Expect(world.Kubectl(ctx, "delete", "configmap", "planted", "-n", stage.Namespace)).To(ContainSubstring("deleted"))
		})
		all := artefacts(ctx)
		clean := slices.Sorted(func(yield func(string) bool) {
			for name := range all {
				if name != "objects" && !yield(name) {
					return
				}
			}
		})
		for _, name := range clean {
			all[name] = append(all[name], line...)
		}
		found := search(all)
		for _, name := range append(clean, "objects") {
			Expect(found).To(ContainElement(And(HaveField("Artefact", name), HaveField("Secret", "the planted key"))))
		}
	}, SpecTimeout(timeout))
})

// awaitReason waits for the reason of an object's condition.
func awaitReason(ctx context.Context, object, condition, wanted string) {
	GinkgoHelper()
	path := `jsonpath={.status.conditions[?(@.type=="` + condition + `")].reason}`
	Eventually(world.Kubectl).WithContext(ctx).WithArguments("get", object, "-n", stage.Namespace, "-o", path).
		WithTimeout(patience).Should(Equal(wanted))
}

// journal is every call that the simulator got.
func journal(ctx context.Context) []edgesim.Entry {
	GinkgoHelper()
	text, err := world.Admin(ctx, "/journal", nil)
	Expect(err).NotTo(HaveOccurred())
	var entries []edgesim.Entry
	Expect(json.Unmarshal(text, &entries)).To(Succeed())
	return entries
}

// search returns every secret in every artefact.
func search(all map[string][]byte) []canary.Sighting {
	var found []canary.Sighting
	for name, content := range all {
		found = append(found, searcher.Search(name, content)...)
	}
	return found
}

// artefacts is what the run has left behind.
func artefacts(ctx context.Context) map[string][]byte {
	GinkgoHelper()
	all, err := world.Artefacts(ctx)
	Expect(err).NotTo(HaveOccurred())
	return all
}
