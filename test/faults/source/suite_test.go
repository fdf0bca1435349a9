//go:build faults

// Package source_test has the rows of the fault suite about Secrets and what is
// in them.
package source_test

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/faults/rig"
	"github.com/domaincert/domaincert/test/testcerts"
)

// timeout of a row.
const timeout = time.Minute

// plane is set before the first spec.
var plane *rig.Plane

func TestSource(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Faults of Secrets")
}

var _ = BeforeSuite(func(ctx SpecContext) {
	plane = rig.Start(ctx, rig.PlaneOptions{})
}, NodeTimeout(5*time.Minute))

var _ = ReportAfterEach(rig.ReportRow)

// content is what a Secret holds.
type content = map[string][]byte

func pem(certificate, key []byte) content {
	return content{corev1.TLSCertKey: certificate, corev1.TLSPrivateKeyKey: key}
}

func contentOf(pair testcerts.Pair) content { return pem(pair.CertificatePEM, pair.KeyPEM) }

// secret is an object's Secret as it is now.
func secret(ctx context.Context, w *rig.World, name string) *corev1.Secret {
	GinkgoHelper()
	found := &corev1.Secret{}
	Expect(w.Client.Get(ctx, client.ObjectKey{Namespace: w.Namespace, Name: name}, found)).To(Succeed())
	return found
}

// awaitRead waits until an object's status speaks of its Secret as it is now.
func awaitRead(ctx context.Context, w *rig.World, name string) {
	GinkgoHelper()
	now := secret(ctx, w, name)
	Eventually(func() *domaincertv1alpha1.SourceStatus { return status(w, name).Source }).WithContext(ctx).
		WithTimeout(rig.Patience).WithPolling(10 * time.Millisecond).Should(And(
		Not(BeNil()), HaveField("UID", string(now.UID)), HaveField("ResourceVersion", now.ResourceVersion)))
}

// status is an object's as it was last seen.
func status(w *rig.World, name string) domaincertv1alpha1.DomainCertificateStatus {
	seen := w.Sightings(name)
	if len(seen) == 0 {
		return domaincertv1alpha1.DomainCertificateStatus{}
	}
	return seen[len(seen)-1].Object.Status
}

// isReady reports whether an object was last seen to be Ready.
func isReady(w *rig.World, name string) bool {
	return meta.IsStatusConditionTrue(status(w, name).Conditions, domaincertv1alpha1.ReadyCondition)
}

// reasonOf a condition of an object, as it was last seen; empty without it.
func reasonOf(w *rig.World, name, condition string) string {
	found := meta.FindStatusCondition(status(w, name).Conditions, condition)
	if found == nil {
		return ""
	}
	return found.Reason
}

// firstFalse is when a condition of an object was first seen to be False, after it
// had been True; zero if it never was.
func firstFalse(w *rig.World, name, condition string) time.Time {
	wasTrue := false
	for _, seen := range w.Sightings(name) {
		found := meta.FindStatusCondition(seen.Object.Status.Conditions, condition)
		switch {
		case found == nil:
		case found.Status == metav1.ConditionTrue:
			wasTrue = true
		case wasTrue:
			return seen.At
		}
	}
	return time.Time{}
}
