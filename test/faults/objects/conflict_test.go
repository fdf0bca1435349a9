//go:build faults

package objects_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/faults/rig"
)

const (
	accepted = domaincertv1alpha1.AcceptedCondition
	conflict = domaincertv1alpha1.ConflictReason
)

var _ = Describe("row 36:", func() {
	It("of two objects for one domain the older acts, and the other takes over within 2 s when it goes", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)

		theirs := w.Issue(w.Domain)
		w.PutCertificate(ctx, "rival", theirs)
		w.Create(ctx, w.DomainCertificate("rival", w.Domain))
		w.AwaitCondition(ctx, "rival", accepted, metav1.ConditionFalse, conflict)
		Expect(w.Sets(w.Domain)).To(HaveLen(1), "only the older one has sent")

		Expect(w.Client.Delete(ctx, w.Get(ctx, rig.Name))).To(Succeed())
		Eventually(w.Stored).WithArguments(w.Domain).WithTimeout(2 * time.Second).Should(Equal(theirs.Fingerprint))
		w.AwaitReady(ctx, "rival", theirs.Fingerprint)
		Expect(w.Sets(w.Domain)).To(HaveLen(2))
	}, SpecTimeout(timeout))
})

var _ = Describe("row 37:", func() {
	It("an object in another namespace never gets a domain that an older one has", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.StartOperator(ctx, rig.Operator{Arguments: []string{"--watch-namespaces", w.Namespace + "," + attackers(w)}})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)

		theirs := w.Issue(w.Domain)
		attack(ctx, w, theirs.CertificatePEM, theirs.KeyPEM)
		Eventually(func() []metav1.Condition {
			object := attacker(w)
			Expect(w.Client.Get(ctx, rig.KeyOf(object), object)).To(Succeed())
			return object.Status.Conditions
		}).WithTimeout(rig.Patience).Should(ContainElement(And(HaveField("Type", accepted), HaveField("Status", metav1.ConditionFalse), HaveField("Reason", conflict))))
		Expect(w.Sets(w.Domain)).To(HaveEach(HaveField("Fingerprint", w.Pair.Fingerprint)))
		Expect(w.Stored(w.Domain)).To(Equal(w.Pair.Fingerprint))
	}, SpecTimeout(timeout))
})

// attackers is the namespace that is not the domain's owner's.
func attackers(w *rig.World) string { return w.Namespace + "-attacker" }

// attacker is the object that claims the domain there.
func attacker(w *rig.World) *domaincertv1alpha1.DomainCertificate {
	object := w.DomainCertificate("attack", w.Domain)
	object.Namespace = attackers(w)
	return object
}

// attack claims a world's domain from another namespace, with credentials of the
// same account and a certificate that is valid for it.
func attack(ctx context.Context, w *rig.World, certificate, key []byte) {
	GinkgoHelper()
	credentials, edge := w.CredentialsSecret(), w.EdgeProvider()
	credentials.Namespace, edge.Namespace = attackers(w), attackers(w)
	w.Create(ctx,
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: attackers(w)}}, credentials, edge,
		&corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: attackers(w), Name: "attack"}, Type: corev1.SecretTypeTLS,
			Data: map[string][]byte{corev1.TLSCertKey: certificate, corev1.TLSPrivateKeyKey: key},
		}, attacker(w))
}

var _ = Describe("row 38:", func() {
	It("one domain at two products is two domains, each of which is sent its certificate once", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		// In one simulator a domain belongs to one product, as its CNAME does; while a
		// site moves from one product to another it is a domain of both.
		other, err := edgesim.Start(edgesim.Config{Accounts: []edgesim.Account{{
			ID:      w.AccountID,
			Keys:    w.Cloud.Accounts()[0].Keys,
			Domains: []edgesim.Domain{{Name: w.Domain, Product: edgesim.ProductCDN}},
		}}})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { Expect(other.Close()).To(Succeed()) })
		edge := w.EdgeProvider()
		edge.Name, edge.Spec.AlibabaCloud.Service, edge.Spec.AlibabaCloud.Endpoint = "cdn", domaincertv1alpha1.CDNService, "http://"+other.APIAddress()
		object := w.DomainCertificate("cdn-play", w.Domain)
		object.Spec.SecretRef.Name, object.Spec.ProviderRef.Name = rig.Name, edge.Name
		object.Spec.Verification.Address = other.EdgeAddress()
		w.Create(ctx, edge, object)
		w.StartOperator(ctx, rig.Operator{})

		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		w.AwaitReady(ctx, object.Name, w.Pair.Fingerprint)
		Expect(w.Sets(w.Domain)).To(HaveLen(1))
		Expect(other.Journal(edgesim.Query{Operation: "SetCdnDomainSSLCertificate"})).To(HaveLen(1))
	}, SpecTimeout(timeout))
})
