package rig

import (
	"maps"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

// SetOperation is the call that puts a certificate on a domain.
const SetOperation = "SetLiveDomainCertificate"

// DescribeOperation is the call that reads it back.
const DescribeOperation = "DescribeLiveDomainCertificateInfo"

// Sets are the calls that put a certificate on a domain of the account's, or
// would have but for their answer: what reached the cloud and was not refused.
func (w *World) Sets(domain string) []edgesim.Entry {
	return slices.DeleteFunc(w.Cloud.Journal(edgesim.Query{Account: w.AccountID, Operation: SetOperation, Domain: domain}), func(e edgesim.Entry) bool {
		return e.Outcome != edgesim.OutcomeOK && !e.Applied
	})
}

// Calls are all calls to the cloud for an operation; empty is every one.
func (w *World) Calls(operation string) []edgesim.Entry {
	return w.Cloud.Journal(edgesim.Query{Operation: operation})
}

// SetOutOfBand changes a domain's certificate as somebody at the console would.
func (w *World) SetOutOfBand(domain string, pair testcerts.Pair) {
	GinkgoHelper()
	Expect(w.Cloud.SetOutOfBand(domain, "by-hand", pair.CertificatePEM, pair.KeyPEM)).To(Succeed())
}

// Stored is the certificate that the cloud holds for a domain; empty for none.
func (w *World) Stored(domain string) string {
	GinkgoHelper()
	state, known := w.Cloud.Edge(domain)
	Expect(known).To(BeTrue())
	if state.Stored == nil {
		return ""
	}
	return state.Stored.Fingerprint
}

// Served is the certificate that the simulated edge serves; empty for none.
func (w *World) Served(domain string) string {
	GinkgoHelper()
	state, known := w.Cloud.Edge(domain)
	Expect(known).To(BeTrue())
	if state.Served == nil {
		return ""
	}
	return state.Served.Fingerprint
}

// Check asks what must hold after every row, whatever happened in it.
func (w *World) Check() {
	GinkgoHelper()
	w.checkSets()
	w.checkThrottled()
	w.checkNothingFalse()
	if !w.OtherWriters {
		w.checkNoIdleWrites()
	}
}

// checkSets asks that no certificate was sent more often than the row allows (O3),
// and none after a newer one (O2).
func (w *World) checkSets() {
	GinkgoHelper()
	type sent struct{ domain, fingerprint string }
	times, newest := map[sent]int{}, map[string]time.Time{}
	for _, set := range w.Sets("") {
		times[sent{set.Domain, set.Fingerprint}]++
		pair, known := w.issued[set.Fingerprint]
		if !known {
			continue
		}
		Expect(pair.Leaf.NotBefore).NotTo(BeTemporally("<", newest[set.Domain]), "O2: %s went back to an older certificate", set.Domain)
		newest[set.Domain] = pair.Leaf.NotBefore
	}
	for what, count := range times {
		Expect(count).To(BeNumerically("<=", w.MostSets), "O3: %s was sent for %s", what.fingerprint, what.domain)
	}
}

// checkThrottled asks that the operator stayed within the quotas (O6).
func (w *World) checkThrottled() {
	GinkgoHelper()
	if !w.ThrottledAllowed {
		Expect(w.Cloud.Journal(edgesim.Query{Outcome: edgesim.OutcomeThrottled})).To(BeEmpty(), "O6: calls beyond a quota")
	}
}

// checkNothingFalse asks that no object ever said Deployed of a certificate that
// the cloud had not been given before (O4).
func (w *World) checkNothingFalse() {
	GinkgoHelper()
	ahead := time.Duration(w.Cloud.Settings().ClockSkew) // of the journal's times
	for _, name := range w.sightings.names() {
		for _, seen := range w.Sightings(name) {
			status, spec := seen.Object.Status, seen.Object.Spec
			if status.DeployedFingerprint == "" || !meta.IsStatusConditionTrue(status.Conditions, domaincertv1alpha1.DeployedCondition) {
				continue
			}
			given := slices.ContainsFunc(w.Cloud.Journal(edgesim.Query{Fingerprint: status.DeployedFingerprint}), func(e edgesim.Entry) bool {
				return !e.Time.Add(-ahead).After(seen.At)
			})
			Expect(given).To(BeTrue(), "O4: %s said Deployed of %s, which the cloud never held for %s", name, status.DeployedFingerprint, spec.DomainName)
		}
	}
}

// checkNoIdleWrites asks that no status was written in which nothing but times had
// changed (O9).
func (w *World) checkNoIdleWrites() {
	GinkgoHelper()
	for _, name := range w.sightings.names() {
		versions := w.Sightings(name)
		for i := 1; i < len(versions); i++ {
			before, after := versions[i-1].Object, versions[i].Object
			if before.UID != after.UID || before.Generation != after.Generation ||
				before.ResourceVersion == after.ResourceVersion || !maps.Equal(before.Annotations, after.Annotations) ||
				!before.DeletionTimestamp.Equal(after.DeletionTimestamp) || !slices.Equal(before.Finalizers, after.Finalizers) ||
				!maps.Equal(before.Labels, after.Labels) {
				continue
			}
			Expect(essence(after.Status)).NotTo(Equal(essence(before.Status)), "O9: the status of %s was written again without a change", name)
		}
	}
}

// essence is a status without the times of its conditions.
func essence(status domaincertv1alpha1.DomainCertificateStatus) domaincertv1alpha1.DomainCertificateStatus {
	status = *status.DeepCopy()
	for i := range status.Conditions {
		status.Conditions[i].LastTransitionTime = metav1.Time{}
	}
	return status
}
