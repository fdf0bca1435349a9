package controllers

import (
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/edgeprobe"
	"github.com/domaincert/domaincert/internal/provider"
)

// This file is in the package itself because what it tests, the function that
// speaks, is pure and nobody's but the reconciler's.

var testNow = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// told is a scope of an object that was Ready with fingerprint "old" before.
func told(edit func(s *scope)) *scope {
	object := &domaincertv1alpha1.DomainCertificate{}
	object.Generation = 3
	object.Spec.DomainName = "live.example.com"
	object.Spec.ProviderRef = domaincertv1alpha1.ProviderReference{Kind: "EdgeProvider", Name: "live"}
	object.Status.DeployedFingerprint = "old"
	object.Status.Source = &domaincertv1alpha1.SourceStatus{SecretName: "tls", Fingerprint: "old"}
	object.Status.Provider = &domaincertv1alpha1.ProviderStatus{Fingerprint: "old", CertificateID: "7", CertificateName: "n", RequestID: "r", NotAfter: &metav1.Time{Time: testNow.Add(time.Hour)}}
	for _, question := range []string{"Accepted", "CertificateValid", "Deployed", "Ready"} {
		meta.SetStatusCondition(&object.Status.Conditions, metav1.Condition{
			Type: question, Status: metav1.ConditionTrue, Reason: "Before", ObservedGeneration: 2, LastTransitionTime: metav1.Time{Time: testNow.Add(-time.Hour)},
		})
	}
	s := &scope{object: object, now: testNow, source: &domaincertv1alpha1.SourceStatus{SecretName: "tls", Fingerprint: "new"}}
	edit(s)
	return s
}

// said is a condition as "Status/Reason", empty if it is absent.
func said(status domaincertv1alpha1.DomainCertificateStatus, kind string) string {
	found := meta.FindStatusCondition(status.Conditions, kind)
	if found == nil {
		return ""
	}
	return string(found.Status) + "/" + found.Reason
}

var _ = Describe("what the status says", func() {
	type answers struct{ accepted, valid, deployed, verified, ready, progress string }

	DescribeTable("conditions",
		func(edit func(s *scope), expected answers) {
			status := describe(told(edit))
			progress := ""
			for _, kind := range []string{"Reconciling", "Stalled"} {
				if found := said(status, kind); found != "" {
					Expect(progress).To(BeEmpty(), "Reconciling and Stalled exclude each other")
					progress = kind + " " + found
				}
			}
			Expect(answers{said(status, "Accepted"), said(status, "CertificateValid"), said(status, "Deployed"), said(status, "Verified"), said(status, "Ready"), progress}).To(Equal(expected))
			Expect(*status.ObservedGeneration).To(Equal(int64(3)))
		},
		Entry("the walk came to its end", func(*scope) {},
			answers{"True/Accepted", "True/Valid", "True/Deployed", "", "True/Served", ""}),
		Entry("not accepted: what was known of the rest stays, but Ready does not", func(s *scope) {
			s.stop = &stop{condition: "Accepted", reason: "Conflict", next: nextHuman}
		}, answers{"False/Conflict", "True/Before", "True/Before", "", "False/Conflict", "Stalled True/Conflict"}),
		Entry("suspended is neither progress nor a stall", func(s *scope) {
			s.stop = &stop{condition: "Accepted", reason: "Suspended", next: nextEvent}
		}, answers{"False/Suspended", "True/Before", "True/Before", "", "False/Suspended", ""}),
		Entry("a bad Secret while a good certificate is served", func(s *scope) {
			s.stop = &stop{condition: "CertificateValid", reason: "Malformed", next: nextHuman}
		}, answers{"True/Accepted", "False/Malformed", "True/Before", "", "True/Rotating", "Stalled True/Malformed"}),
		Entry("a bad Secret does not unmake what the edge serves", func(s *scope) {
			s.object.Spec.Verification.Mode = "Edge"
			s.object.Status.Edge = &domaincertv1alpha1.EdgeStatus{Fingerprint: "old"}
			meta.SetStatusCondition(&s.object.Status.Conditions, metav1.Condition{Type: "Verified", Status: metav1.ConditionTrue, Reason: "Before"})
			s.stop = &stop{condition: "CertificateValid", reason: "DomainNotCovered", next: nextHuman}
		}, answers{"True/Accepted", "False/DomainNotCovered", "True/Before", "True/Before", "True/Rotating", "Stalled True/DomainNotCovered"}),
		Entry("a bad Secret, and what is served has expired", func(s *scope) {
			s.object.Status.Provider.NotAfter.Time = testNow
			s.stop = &stop{condition: "CertificateValid", reason: "Expired", next: nextHuman}
		}, answers{"True/Accepted", "False/Expired", "True/Before", "", "False/Expired", "Stalled True/Expired"}),
		Entry("a bad Secret before anything was served", func(s *scope) {
			s.object.Status = domaincertv1alpha1.DomainCertificateStatus{}
			s.stop = &stop{condition: "CertificateValid", reason: "Malformed", next: nextHuman}
		}, answers{"True/Accepted", "False/Malformed", "", "", "False/Malformed", "Stalled True/Malformed"}),
		Entry("a renewed certificate on its way", func(s *scope) {
			s.sent = &provider.Handle{}
			s.stop = &stop{condition: "Deployed", reason: "Deploying", next: nextLook}
		}, answers{"True/Accepted", "True/Valid", "False/Deploying", "", "True/Rotating", "Reconciling True/Deploying"}),
		Entry("a renewed certificate on its way, to be verified", func(s *scope) {
			s.object.Spec.Verification.Mode = "Edge"
			s.object.Status.Edge = &domaincertv1alpha1.EdgeStatus{Fingerprint: "old"}
			s.stop = &stop{condition: "Deployed", reason: "Deploying", next: nextLook}
		}, answers{"True/Accepted", "True/Valid", "False/Deploying", "False/Propagating", "True/Rotating", "Reconciling True/Deploying"}),
		Entry("the provider cannot be read, but was known to hold the certificate", func(s *scope) {
			s.source.Fingerprint = "old"
			s.stop = &stop{condition: "Deployed", reason: "Unavailable", next: nextRetry}
		}, answers{"True/Accepted", "True/Valid", "True/Deployed", "", "True/Served", "Reconciling True/Unavailable"}),
		Entry("the provider cannot be read, and the certificate is a new one", func(s *scope) {
			s.stop = &stop{condition: "Deployed", reason: "Unavailable", next: nextRetry}
		}, answers{"True/Accepted", "True/Valid", "False/Unavailable", "", "True/Rotating", "Reconciling True/Unavailable"}),
		Entry("the provider was read and refuses to be changed", func(s *scope) {
			s.observation = &provider.Observation{Found: true, Fingerprint: "old", NotAfter: testNow.Add(time.Hour)}
			s.stop = &stop{condition: "Deployed", reason: "Unavailable", next: nextRetry}
		}, answers{"True/Accepted", "True/Valid", "False/Unavailable", "", "True/Rotating", "Reconciling True/Unavailable"}),
		Entry("a failure that should have passed", func(s *scope) {
			meta.SetStatusCondition(&s.object.Status.Conditions, metav1.Condition{Type: "Reconciling", Status: metav1.ConditionTrue, Reason: "Unavailable", LastTransitionTime: metav1.Time{Time: testNow.Add(-patience)}})
			s.stop = &stop{condition: "Deployed", reason: "Unavailable", next: nextRetry}
		}, answers{"True/Accepted", "True/Valid", "False/Unavailable", "", "True/Rotating", "Stalled True/Unavailable"}),
		Entry("a failure that still may pass", func(s *scope) {
			meta.SetStatusCondition(&s.object.Status.Conditions, metav1.Condition{Type: "Reconciling", Status: metav1.ConditionTrue, Reason: "Unavailable", LastTransitionTime: metav1.Time{Time: testNow.Add(time.Second - patience)}})
			s.stop = &stop{condition: "Deployed", reason: "Unavailable", next: nextRetry}
		}, answers{"True/Accepted", "True/Valid", "False/Unavailable", "", "True/Rotating", "Reconciling True/Unavailable"}),
		Entry("a failure that has lasted in two forms", func(s *scope) {
			meta.SetStatusCondition(&s.object.Status.Conditions, metav1.Condition{Type: "Reconciling", Status: metav1.ConditionTrue, Reason: "ProviderTLSError", LastTransitionTime: metav1.Time{Time: testNow.Add(-patience)}})
			s.stop = &stop{condition: "Deployed", reason: "Unavailable", next: nextRetry}
		}, answers{"True/Accepted", "True/Valid", "False/Unavailable", "", "True/Rotating", "Stalled True/Unavailable"}),
		Entry("a failure after having waited in line for long", func(s *scope) {
			meta.SetStatusCondition(&s.object.Status.Conditions, metav1.Condition{Type: "Reconciling", Status: metav1.ConditionTrue, Reason: "Throttled", LastTransitionTime: metav1.Time{Time: testNow.Add(-patience)}})
			s.stop = &stop{condition: "Deployed", reason: "Unavailable", next: nextEvent, queued: true}
		}, answers{"True/Accepted", "True/Valid", "False/Unavailable", "", "True/Rotating", "Reconciling True/Unavailable"}),
		Entry("an account that has been out of reach for long", func(s *scope) {
			meta.SetStatusCondition(&s.object.Status.Conditions, metav1.Condition{Type: "Reconciling", Status: metav1.ConditionTrue, Reason: "Unavailable", LastTransitionTime: metav1.Time{Time: testNow.Add(-patience)}})
			s.stop = &stop{condition: "Deployed", reason: "Unavailable", next: nextEvent, queued: true}
		}, answers{"True/Accepted", "True/Valid", "False/Unavailable", "", "True/Rotating", "Stalled True/Unavailable"}),
		Entry("an account that is out of reach, where what is wanted is in place", func(s *scope) {
			s.source.Fingerprint = "old"
			s.stop = &stop{condition: "Deployed", reason: "Unavailable", next: nextEvent, queued: true}
		}, answers{"True/Accepted", "True/Valid", "True/Deployed", "", "True/Served", "Reconciling True/Unavailable"}),
		Entry("a domain that is fought over", func(s *scope) {
			s.stop = &stop{condition: "Deployed", reason: "Conflict", next: nextHuman}
		}, answers{"True/Accepted", "True/Valid", "False/Conflict", "", "False/Conflict", "Stalled True/Conflict"}),
		Entry("a failure after something else was waited for", func(s *scope) {
			meta.SetStatusCondition(&s.object.Status.Conditions, metav1.Condition{Type: "Reconciling", Status: metav1.ConditionTrue, Reason: "SecretNotFound", LastTransitionTime: metav1.Time{Time: testNow.Add(-patience)}})
			s.stop = &stop{condition: "Deployed", reason: "Unavailable", next: nextRetry}
		}, answers{"True/Accepted", "True/Valid", "False/Unavailable", "", "True/Rotating", "Reconciling True/Unavailable"}),
		Entry("a failure after a human has mended something else", func(s *scope) {
			meta.SetStatusCondition(&s.object.Status.Conditions, metav1.Condition{Type: "Stalled", Status: metav1.ConditionTrue, Reason: "Malformed", LastTransitionTime: metav1.Time{Time: testNow.Add(-patience)}})
			s.stop = &stop{condition: "Deployed", reason: "Unavailable", next: nextRetry}
		}, answers{"True/Accepted", "True/Valid", "False/Unavailable", "", "True/Rotating", "Reconciling True/Unavailable"}),
		Entry("a failure that a human was called for stays so", func(s *scope) {
			meta.SetStatusCondition(&s.object.Status.Conditions, metav1.Condition{Type: "Stalled", Status: metav1.ConditionTrue, Reason: "Unavailable", LastTransitionTime: metav1.Time{Time: testNow}})
			s.stop = &stop{condition: "Deployed", reason: "Unavailable", next: nextRetry}
		}, answers{"True/Accepted", "True/Valid", "False/Unavailable", "", "True/Rotating", "Stalled True/Unavailable"}),
		Entry("waiting in line for a read-back of what is in order says nothing", func(s *scope) {
			s.source.Fingerprint = "old"
			s.stop = &stop{condition: "Deployed", reason: "Throttled", next: nextEvent, queued: true}
		}, answers{"True/Accepted", "True/Valid", "True/Deployed", "", "True/Served", ""}),
		Entry("changed by somebody else is not a rotation", func(s *scope) {
			s.stop = &stop{condition: "Deployed", reason: "DriftDetected", next: nextHuman}
		}, answers{"True/Accepted", "True/Valid", "False/DriftDetected", "", "False/DriftDetected", "Stalled True/DriftDetected"}),
		Entry("the repair of what somebody else changed is not a rotation", func(s *scope) {
			s.source.Fingerprint = "old"
			s.observation = &provider.Observation{Found: true, Fingerprint: "theirs", NotAfter: testNow.Add(time.Hour)}
			s.decision = provider.Decision{Action: provider.Deploy, Cause: provider.Drifted}
			s.sent = &provider.Handle{}
			s.stop = &stop{condition: "Deployed", reason: "Deploying", next: nextLook}
		}, answers{"True/Accepted", "True/Valid", "False/Deploying", "", "False/Deploying", "Reconciling True/Deploying"}),
		Entry("what is in place and must not be read is not a rotation", func(s *scope) {
			s.source.Fingerprint = "old"
			s.stop = &stop{condition: "Deployed", reason: "Denied", next: nextHuman}
		}, answers{"True/Accepted", "True/Valid", "False/Denied", "", "True/Served", "Stalled True/Denied"}),
		Entry("a renewed certificate that must not be deployed is one", func(s *scope) {
			s.stop = &stop{condition: "Deployed", reason: "Denied", next: nextHuman}
		}, answers{"True/Accepted", "True/Valid", "False/Denied", "", "True/Rotating", "Stalled True/Denied"}),
		Entry("what the edge served and cannot be asked for now is not a rotation", func(s *scope) {
			s.object.Spec.Verification.Mode = "Edge"
			s.source.Fingerprint = "old"
			s.object.Status.Edge = &domaincertv1alpha1.EdgeStatus{Fingerprint: "old"}
			s.stop = &stop{condition: "Verified", reason: "Unreachable", next: nextRetry}
		}, answers{"True/Accepted", "True/Valid", "True/Deployed", "False/Unreachable", "True/Served", "Reconciling True/Unreachable"}),
		Entry("a renewed certificate that the edge was never seen with is one", func(s *scope) {
			s.object.Spec.Verification.Mode = "Edge"
			s.object.Status.Edge = &domaincertv1alpha1.EdgeStatus{Fingerprint: "old"}
			s.observation = &provider.Observation{Found: true, Fingerprint: "new", NotAfter: testNow.Add(time.Hour)}
			s.decision = provider.Decision{Action: provider.Hold, Cause: provider.InSync}
			s.stop = &stop{condition: "Verified", reason: "Unreachable", next: nextRetry}
		}, answers{"True/Accepted", "True/Valid", "True/Deployed", "False/Unreachable", "True/Rotating", "Reconciling True/Unreachable"}),
		Entry("nothing is served for a domain that the account does not have", func(s *scope) {
			s.stop = &stop{condition: "Deployed", reason: "DomainNotFound", next: nextHuman}
		}, answers{"True/Accepted", "True/Valid", "False/DomainNotFound", "", "False/DomainNotFound", "Stalled True/DomainNotFound"}),
		Entry("HTTPS off is not a rotation", func(s *scope) {
			s.object.Status.Provider.HTTPS = "Off"
			s.stop = &stop{condition: "Deployed", reason: "Deploying", next: nextLook}
		}, answers{"True/Accepted", "True/Valid", "False/Deploying", "", "False/Deploying", "Reconciling True/Deploying"}),
		Entry("a first deployment is not a rotation", func(s *scope) {
			meta.SetStatusCondition(&s.object.Status.Conditions, metav1.Condition{Type: "Ready", Status: metav1.ConditionFalse, Reason: "x"})
			s.stop = &stop{condition: "Deployed", reason: "Deploying", next: nextLook}
		}, answers{"True/Accepted", "True/Valid", "False/Deploying", "", "False/Deploying", "Reconciling True/Deploying"}),
		Entry("the edge serves it", func(s *scope) {
			s.object.Spec.Verification.Mode = "Edge"
			s.probe = &edgeprobe.Result{Fingerprint: "new"}
		}, answers{"True/Accepted", "True/Valid", "True/Deployed", "True/Verified", "True/Served", ""}),
		Entry("the edge serves another one for good", func(s *scope) {
			s.object.Spec.Verification.Mode = "Edge"
			s.probe = &edgeprobe.Result{Fingerprint: "other"}
			s.stop = &stop{condition: "Verified", reason: "ServesOther", next: nextHuman}
		}, answers{"True/Accepted", "True/Valid", "True/Deployed", "False/ServesOther", "False/ServesOther", "Stalled True/ServesOther"}),
	)

	It("keeps an id that could not be looked up, but only for the same certificate", func() {
		same := describe(told(func(s *scope) {
			s.observation = &provider.Observation{Found: true, Fingerprint: "old", CertificateName: "n"}
		}))
		Expect(same.Provider.CertificateID).To(Equal("7"))
		Expect(same.Provider.RequestID).To(Equal("r"))
		other := describe(told(func(s *scope) {
			s.observation = &provider.Observation{Found: true, Fingerprint: "new", CertificateName: "n"}
		}))
		Expect(other.Provider.CertificateID).To(BeEmpty())
	})

	It("begins to lose its patience with the failure, not with what was waited for before", func() {
		begun := func(reason string) time.Time {
			status := describe(told(func(s *scope) {
				meta.SetStatusCondition(&s.object.Status.Conditions, metav1.Condition{Type: "Reconciling", Status: metav1.ConditionTrue, Reason: reason, LastTransitionTime: metav1.Time{Time: testNow.Add(-time.Minute)}})
				s.stop = &stop{condition: "Deployed", reason: "Unavailable", next: nextRetry}
			}))
			return meta.FindStatusCondition(status.Conditions, "Reconciling").LastTransitionTime.Time
		}
		Expect(begun("Deploying")).To(BeTemporally("==", testNow))
		Expect(begun("Throttled")).To(BeTemporally("==", testNow), "it had waited in line, and nothing was wrong")
		Expect(begun("ProviderTLSError")).To(BeTemporally("==", testNow.Add(-time.Minute)))
	})

	It("moves a transition time only with the status", func() {
		status := describe(told(func(*scope) {}))
		Expect(meta.FindStatusCondition(status.Conditions, "Deployed").LastTransitionTime.Time).To(BeTemporally("==", testNow.Add(-time.Hour)))
	})

	It("cuts messages without breaking a character", func() {
		status := describe(told(func(s *scope) {
			long := make([]byte, 0, 3*longestMessage)
			for range longestMessage {
				long = append(long, "ä"...)
			}
			s.stop = &stop{condition: "Deployed", reason: "Rejected", message: "x" + string(long), next: nextHuman}
		}))
		message := meta.FindStatusCondition(status.Conditions, "Deployed").Message
		Expect(message).To(HaveLen(longestMessage - 1))
		Expect(message).To(HaveSuffix("ä"))
	})

	It("does not change what it reads", func() {
		s := told(func(s *scope) {
			s.observation = &provider.Observation{Found: true, Fingerprint: "new"}
			s.stop = &stop{condition: "Verified", reason: "Propagating", next: nextLook}
		})
		before := s.object.DeepCopy()
		describe(s)
		Expect(s.object).To(Equal(before))
	})
})

var _ = DescribeTable("which domains a pattern covers",
	func(pattern, domain string, expected bool) { Expect(covered(pattern, domain)).To(Equal(expected)) },
	Entry("itself", "example.com", "example.com", true),
	Entry("nothing below itself", "example.com", "a.example.com", false),
	Entry("not its wildcard", "example.com", "*.example.com", false),
	Entry("a wildcard: one label below", "*.example.com", "a.example.com", true),
	Entry("a wildcard: any label below", "*.example.com", "a.b.example.com", true),
	Entry("a wildcard: the wildcard domain", "*.example.com", "*.example.com", true),
	Entry("a wildcard: a wildcard further below", "*.example.com", "*.a.example.com", true),
	Entry("a wildcard: not the name itself", "*.example.com", "example.com", false),
	Entry("a wildcard: not a name that ends alike", "*.example.com", "badexample.com", false),
	Entry("a star within a label: nothing", "*example.com", "badexample.com", false),
	Entry("a star alone: nothing", "*", "example.com", false),
	Entry("a star alone: not itself either", "*", "*", false),
	Entry("a wildcard of nothing: nothing", "*.", "example.com.", false),
	Entry("two stars: nothing", "*.*.com", "a.*.com", false),
	Entry("nothing: nothing", "", "", false),
)

func BenchmarkDescribe(b *testing.B) {
	s := told(func(s *scope) {
		s.observation = &provider.Observation{Found: true, Fingerprint: "new", NotAfter: testNow.Add(time.Hour)}
		s.decision = provider.Decision{Action: provider.Hold, Cause: provider.InSync}
	})
	b.ReportAllocs()
	for b.Loop() {
		describe(s)
	}
}
