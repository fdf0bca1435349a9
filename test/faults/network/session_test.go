//go:build faults

package network_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/faults/rig"
)

var _ = Describe("row 18:", func() {
	It("a session that ends in the middle of a renewal is replaced, and the call repeated once", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		key := w.Credentials[domaincertv1alpha1.AccessKeyIDKey]
		Expect(w.Cloud.PutAccount(edgesim.Account{
			ID:    w.AccountID,
			Keys:  []edgesim.AccessKey{{ID: key, Secret: edgesim.Secret(w.Credentials[domaincertv1alpha1.AccessKeySecretKey]), User: "operator"}},
			Roles: []edgesim.Role{{Name: "deployer", TrustedKeys: []string{key}}},
		})).To(Succeed())
		edge := w.EdgeProvider()
		Expect(w.Client.Get(ctx, rig.KeyOf(edge), edge)).To(Succeed())
		w.Change(ctx, edge, func() {
			edge.Spec.AlibabaCloud.Credentials.AssumeRole = &domaincertv1alpha1.AssumeRole{RoleARN: "acs:ram::" + w.AccountID + ":role/deployer"}
		})
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		said := len(w.Reasons(rig.Name, ready))
		Expect(outcomes(w, "AssumeRole")).To(Equal([]string{edgesim.OutcomeOK}))

		// The session ends while the provider is read, before anything is sent.
		w.AddFault(edgesim.Fault{Kind: edgesim.FaultDelay, Delay: edgesim.Second, Count: 1, Operation: rig.DescribeOperation})
		next := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, next)
		Eventually(func() int { return w.Cloud.Faults()[0].Struck }).WithTimeout(rig.Patience).Should(Equal(1))
		w.Cloud.ExpireSessions()
		w.AwaitReady(ctx, rig.Name, next.Fingerprint)

		const ended = "InvalidSecurityToken.Expired"
		Expect(outcomes(w, rig.SetOperation)).To(Equal([]string{edgesim.OutcomeOK, ended, edgesim.OutcomeOK}))
		Expect(outcomes(w, "AssumeRole")).To(HaveLen(2))
		Expect(w.Cloud.Journal(edgesim.Query{Outcome: ended})).To(HaveLen(1))
		Expect(w.Reasons(rig.Name, deployed)).NotTo(ContainElement("Denied"))
		Expect(w.Reasons(rig.Name, ready)[said:]).NotTo(ContainElement("ProviderNotReady"), "nobody was told that the account is refused")
	}, SpecTimeout(timeout))
})
