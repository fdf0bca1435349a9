package integration_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

var _ = Describe("A DomainCertificate", func() {
	DescribeTable("is accepted", func(ctx SpecContext, change change, matcher types.GomegaMatcher) {
		object := domainCertificate()
		create(ctx, object, change)
		accepted := &domaincertv1alpha1.DomainCertificate{}
		Expect(k8s.Get(ctx, client.ObjectKeyFromObject(object), accepted)).To(Succeed())
		Expect(accepted).To(matcher)
	},
		Entry("and an EdgeProvider is meant unless told", unchanged, HaveField("Spec.ProviderRef.Kind", domaincertv1alpha1.EdgeProviderKind)),
		Entry("and read back every six hours unless told", unchanged, HaveField("Spec.Interval.Duration", 6*time.Hour)),
		Entry("and repairs unless told", unchanged, HaveField("Spec.DriftPolicy", domaincertv1alpha1.DriftRepair)),
		Entry("and leaves the domain as it is when deleted unless told", unchanged, HaveField("Spec.DeletionPolicy", domaincertv1alpha1.DeletionRetain)),
		Entry("and does not ask the edge unless told", unchanged, HaveField("Spec.Verification.Mode", domaincertv1alpha1.VerificationNone)),
		Entry("and acts unless told", unchanged, HaveField("Spec.Suspend", BeNil())),
		Entry("and not observed yet", unchanged, HaveField("Status.ObservedGeneration", HaveValue(BeEquivalentTo(-1)))),
		Entry("with a verification that has no mode", set("spec.verification.address", "edge.example.net"), HaveField("Spec.Verification.Mode", domaincertv1alpha1.VerificationNone)),

		Entry("for a domain of two labels", set("spec.domainName", "example.com"), HaveField("Spec.DomainName", "example.com")),
		Entry("for the shortest domain", set("spec.domainName", "a.cn"), HaveField("Spec.DomainName", "a.cn")),
		Entry("for a domain of 253 characters", set("spec.domainName", length253), HaveField("Spec.DomainName", HaveLen(253))),
		Entry("for a label of 63 characters", set("spec.domainName", label63+".example.com"), HaveField("Spec.DomainName", HavePrefix(label63))),
		Entry("for an internationalised domain as A-labels", set("spec.domainName", "xn--fiq228c.xn--fiqs8s"), HaveField("Spec.DomainName", "xn--fiq228c.xn--fiqs8s")),
		Entry("for a label of digits", set("spec.domainName", "2026.example.com"), HaveField("Spec.DomainName", "2026.example.com")),
		Entry("for a wildcard without verification", set("spec.domainName", "*.example.com"), HaveField("Spec.DomainName", "*.example.com")),
		Entry("for a wildcard that is verified one label below", wildcard, HaveField("Spec.Verification.Host", "probe.example.com")),
		Entry("for a wildcard of an internationalised domain", set("spec.domainName", "*.xn--fiqs8s.cn"), HaveField("Spec.DomainName", "*.xn--fiqs8s.cn")),

		Entry("with a Secret whose name has dots", set("spec.secretRef.name", "live.example.com-tls"), HaveField("Spec.SecretRef.Name", "live.example.com-tls")),
		Entry("with a Certificate", all(unset("spec.secretRef"), set("spec.certificateRef", fields{"name": "live"})), HaveField("Spec.CertificateRef.Name", "live")),
		Entry("with a provider's certificate by id", all(unset("spec.secretRef"), set("spec.providerCertificate", fields{"type": "CAS", "id": "9223372036854775807"})), HaveField("Spec.ProviderCertificate.ID", "9223372036854775807")),
		Entry("with a provider's certificate by name", all(unset("spec.secretRef"), set("spec.providerCertificate", fields{"type": "Free", "name": "证书 2026"})), HaveField("Spec.ProviderCertificate.Name", "证书 2026")),
		Entry("with a ClusterEdgeProvider", set("spec.providerRef.kind", "ClusterEdgeProvider"), HaveField("Spec.ProviderRef.Kind", domaincertv1alpha1.ClusterEdgeProviderKind)),

		Entry("with the shortest interval", set("spec.interval", "1m"), HaveField("Spec.Interval.Duration", time.Minute)),
		Entry("with the longest interval", set("spec.interval", "720h"), HaveField("Spec.Interval.Duration", 720*time.Hour)),
		Entry("with the longest interval in seconds", set("spec.interval", "2592000s"), HaveField("Spec.Interval.Duration", 720*time.Hour)),
		Entry("with an interval of several units", set("spec.interval", "1h30m0.5s"), HaveField("Spec.Interval.Duration", 90*time.Minute+500*time.Millisecond)),
		Entry("that warns", set("spec.driftPolicy", "Warn"), HaveField("Spec.DriftPolicy", domaincertv1alpha1.DriftWarn)),
		Entry("that turns HTTPS off", set("spec.deletionPolicy", "DisableHTTPS"), HaveField("Spec.DeletionPolicy", domaincertv1alpha1.DeletionDisableHTTPS)),
		Entry("that is suspended", set("spec.suspend", true), HaveField("Spec.Suspend", HaveValue(BeTrue()))),

		Entry("with the edge as a name and a port", set("spec.verification", fields{"mode": "Edge", "address": "Edge-1.example.net:8443"}), HaveField("Spec.Verification.Address", "Edge-1.example.net:8443")),
		Entry("with the edge as a single label", set("spec.verification", fields{"mode": "Edge", "address": "localhost:65535"}), HaveField("Spec.Verification.Address", "localhost:65535")),
		Entry("with the edge as an IPv4 address", set("spec.verification", fields{"mode": "Edge", "address": "255.0.2.10:1"}), HaveField("Spec.Verification.Address", "255.0.2.10:1")),
		Entry("with the edge as an IPv6 address", set("spec.verification", fields{"mode": "Edge", "address": "[2001:db8::A]"}), HaveField("Spec.Verification.Address", "[2001:db8::A]")),
		Entry("with the edge as the loopback IPv6 address and a port", set("spec.verification", fields{"mode": "Edge", "address": "[::1]:443"}), HaveField("Spec.Verification.Address", "[::1]:443")),
		Entry("with the edge as a full IPv6 address", set("spec.verification", fields{"mode": "Edge", "address": "[2001:db8:1:2:3:4:5:6]:443"}), HaveField("Spec.Verification.Address", "[2001:db8:1:2:3:4:5:6]:443")),
	)

	DescribeTable("is not changed", func(ctx SpecContext, change change, field, words string) {
		object := domainCertificate()
		create(ctx, object, unchanged)
		change(object)
		expectRefused(k8s.Update(ctx, object), field, words)
	},
		Entry("to another domain", set("spec.domainName", "other.example.com"), "spec.domainName", "domainName cannot be changed"),
		Entry("to no domain", unset("spec.domainName"), "spec.domainName", "Required value"),
		Entry("to another provider", set("spec.providerRef.name", "other"), "spec.providerRef", "providerRef cannot be changed"),
		Entry("to another kind of provider", set("spec.providerRef.kind", "ClusterEdgeProvider"), "spec.providerRef", "providerRef cannot be changed"),
		Entry("to no provider", unset("spec.providerRef"), "spec.providerRef", "Required value"),
		Entry("to a Certificate beside the Secret", set("spec.certificateRef", fields{"name": "live"}), "spec", "exactly one of"),
		Entry("to no certificate", unset("spec.secretRef"), "spec", "exactly one of"),
		Entry("to an interval that is too short", set("spec.interval", "1s"), "spec.interval", "between 1m and 720h"),
	)

	DescribeTable("is changed", func(ctx SpecContext, change change, matcher types.GomegaMatcher) {
		object := domainCertificate()
		create(ctx, object, unchanged)
		change(object)
		Expect(k8s.Update(ctx, object)).To(Succeed())
		accepted := &domaincertv1alpha1.DomainCertificate{}
		Expect(k8s.Get(ctx, client.ObjectKeyFromObject(object), accepted)).To(Succeed())
		Expect(accepted).To(matcher)
	},
		Entry("to another Secret", set("spec.secretRef.name", "other-tls"), HaveField("Spec.SecretRef.Name", "other-tls")),
		Entry("from a Secret to a Certificate", all(unset("spec.secretRef"), set("spec.certificateRef", fields{"name": "live"})), HaveField("Spec.CertificateRef.Name", "live")),
		Entry("to another interval", set("spec.interval", "12h"), HaveField("Spec.Interval.Duration", 12*time.Hour)),
		Entry("to no interval, which is the default", unset("spec.interval"), HaveField("Spec.Interval.Duration", 6*time.Hour)),
		Entry("to be suspended", set("spec.suspend", true), HaveField("Spec.Suspend", HaveValue(BeTrue()))),
		Entry("to be verified", set("spec.verification.mode", "Edge"), HaveField("Spec.Verification.Mode", domaincertv1alpha1.VerificationEdge)),
		Entry("to warn", set("spec.driftPolicy", "Warn"), HaveField("Spec.DriftPolicy", domaincertv1alpha1.DriftWarn)),
		Entry("to turn HTTPS off when deleted", set("spec.deletionPolicy", "DisableHTTPS"), HaveField("Spec.DeletionPolicy", domaincertv1alpha1.DeletionDisableHTTPS)),
		Entry("in nothing but its provider's kind being spelled out", set("spec.providerRef.kind", "EdgeProvider"), HaveField("Generation", BeEquivalentTo(1))),
	)

	DescribeTable("is listed", func(ctx SpecContext, selector client.MatchingFields, found types.GomegaMatcher) {
		namespace := newNamespace(ctx, nil)
		for domain, provider := range map[string]string{"a.example.com": "one", "b.example.com": "one", "c.example.com": "two"} {
			object := domainCertificate()
			object.SetNamespace(namespace)
			create(ctx, object, all(set("spec.domainName", domain), set("spec.providerRef.name", provider)))
		}
		list := &domaincertv1alpha1.DomainCertificateList{}
		Expect(k8s.List(ctx, list, client.InNamespace(namespace), selector)).To(Succeed())
		Expect(list.Items).To(found)
	},
		Entry("by its domain", client.MatchingFields{"spec.domainName": "b.example.com"},
			ConsistOf(HaveField("Spec.DomainName", "b.example.com"))),
		Entry("by its provider's name", client.MatchingFields{"spec.providerRef.name": "one"},
			ConsistOf(HaveField("Spec.DomainName", "a.example.com"), HaveField("Spec.DomainName", "b.example.com"))),
		Entry("by both", client.MatchingFields{"spec.domainName": "c.example.com", "spec.providerRef.name": "one"}, BeEmpty()),
	)
})
