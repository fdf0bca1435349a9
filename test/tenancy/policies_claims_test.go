package tenancy_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

var _ = Describe("The policy of claims", func() {
	DescribeTable("asks RBAC who may create", func(ctx context.Context, domain string, accepted bool, names ...string) {
		tenant := newNamespace(ctx, map[string]string{guarded: "claims"})
		create := grant("domaincertificates", []string{"create", "update"})
		// Rights and policies are in force a moment after they were stored.
		other := certificate(tenant, "other.example.org", anyEdge())
		granted := asUser(ctx, "granted-"+tenant, tenant, create, grant("domains", []string{"claim"}, append(names, "other.example.org")...))
		Eventually(try).WithArguments(ctx, granted, other).Should(Succeed())
		none := asUser(ctx, "none-"+tenant, tenant, create)
		Eventually(try).WithArguments(ctx, none, other).Should(MatchError(ContainSubstring("may not claim other.example.org in namespace " + tenant)))

		err := try(ctx, granted, certificate(tenant, domain, anyEdge()))
		if accepted {
			Expect(err).NotTo(HaveOccurred())
			return
		}
		Expect(err).To(MatchError(apierrors.IsForbidden, "IsForbidden"))
		Expect(err).To(MatchError(ContainSubstring("may not claim " + domain)))
	},
		Entry("the very domain", "play.example.com", true, "play.example.com"),
		Entry("a domain of a zone", "play.example.com", true, "*.example.com"),
		Entry("the wildcard", "*.example.com", true, "*.example.com"),
		Entry("another domain", "play.example.com", false, "stop.example.com"),
		Entry("the apex of a zone", "example.com", false, "*.example.com"),
		Entry("a domain two labels below a zone", "a.play.example.com", false, "*.example.com"),
		Entry("a wildcard two labels below a zone", "*.play.example.com", false, "*.example.com"),
		Entry("the wildcard above a domain", "*.example.com", false, "play.example.com"),
		Entry("a zone that is not written as one", "play.example.com", false, "example.com"),
		Entry("everything, which RBAC's names do not know", "play.example.com", false, "*"),
		Entry("the end of a longer label", "xexample.com", false, "example.com", "*.example.com"),
	)

	It("asks in the namespace of the object", func(ctx context.Context) {
		mine, theirs := newNamespace(ctx, map[string]string{guarded: "claims"}), newNamespace(ctx, map[string]string{guarded: "claims"})
		create, claims := grant("domaincertificates", []string{"create"}), grant("domains", []string{"claim"}, "play.example.com")
		by := asUser(ctx, "both-"+mine, mine, create, claims)
		Eventually(try).WithArguments(ctx, by, certificate(mine, "play.example.com", anyEdge())).Should(Succeed())
		by = asUser(ctx, "both-"+mine, theirs, create)
		Eventually(try).WithArguments(ctx, by, certificate(theirs, "play.example.com", anyEdge())).Should(MatchError(ContainSubstring("may not claim")))
	})

	It("lets those change an object who may not claim its domain, also one of before", func(ctx context.Context) {
		tenant := newNamespace(ctx, nil)
		object := certificate(tenant, "old.example.com", anyEdge())
		Expect(kube.Create(ctx, object)).To(Succeed())
		relabel(ctx, tenant, guarded, "claims")
		by := asUser(ctx, "old-"+tenant, tenant, grant("domaincertificates", []string{"get", "create", "update"}))
		Eventually(try).WithArguments(ctx, by, named(object, "new")).Should(MatchError(ContainSubstring("may not claim old.example.com")))
		object.Spec.SecretRef.Name = "renamed"
		Expect(by.Update(ctx, object)).To(Succeed())
	})
})
