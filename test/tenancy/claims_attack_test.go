package tenancy_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("A tenant who wants a domain that another one has", func() {
	var (
		o               *operator
		owner, attacker string
	)
	BeforeEach(func(ctx context.Context) {
		o = newOperator(controllers.Permissions{})
		owner, attacker = twoNamespaces(ctx)
	})

	// shared makes a provider for both, and the owner's object, whose certificate is
	// in place.
	shared := func(ctx context.Context, domain string) (*domaincertv1alpha1.ClusterEdgeProvider, *domaincertv1alpha1.DomainCertificate) {
		GinkgoHelper()
		key := newKey()
		o.newAccount([]string{domain}, key)
		edge := o.newClusterEdge(ctx, key, nil)
		object := o.settle(ctx, claim(ctx, owner, domain, edge))
		Expect(object).To(served())
		return edge, object
	}
	// fails has the attacker's object looked at, which must come to nothing.
	fails := func(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) *domaincertv1alpha1.DomainCertificate {
		GinkgoHelper()
		domain := object.Spec.DomainName
		before := len(o.calls("", domain))
		object, _ = o.look(ctx, object)
		Expect(object).To(refused("Conflict"))
		Expect(o.calls("", domain)).To(HaveLen(before))
		return object
	}

	It("attack 20: comes later, through the same provider", func(ctx context.Context) {
		edge, _ := shared(ctx, "a20.example.com")
		fails(ctx, claim(ctx, attacker, "a20.example.com", edge))
	})

	It("attack 21: comes later, through a provider and a key of its own", func(ctx context.Context) {
		first, second := newKey(), newKey()
		account := o.newAccount([]string{"a21.example.com"}, first, second)
		Expect(o.settle(ctx, claim(ctx, owner, "a21.example.com", o.newEdge(ctx, owner, first)))).To(served())
		edge := o.newEdge(ctx, attacker, second)
		Expect(edge.Status.AccountID).To(Equal(account))
		fails(ctx, claim(ctx, attacker, "a21.example.com", edge))
		Expect(o.calls(second.ID, "a21.example.com")).To(BeEmpty())
	})

	It("attack 22: is first to be looked at after a restart", func(ctx context.Context) {
		edge, _ := shared(ctx, "a22.example.com")
		object := claim(ctx, attacker, "a22.example.com", edge)
		o.restart(controllers.Permissions{})
		fails(ctx, object)
	})

	It("attack 23: says that its object is older than it is", func(ctx context.Context) {
		edge, first := shared(ctx, "a23.example.com")
		object := claim(ctx, attacker, "a23.example.com", edge, func(o *domaincertv1alpha1.DomainCertificate) {
			o.CreationTimestamp = metav1.NewTime(time.Unix(0, 0))
		})
		Expect(object.CreationTimestamp.Before(&first.CreationTimestamp)).To(BeFalse())
		fails(ctx, object)
	})

	It("attack 24: is created anew until it wins", func(ctx context.Context) {
		edge, _ := shared(ctx, "a24.example.com")
		object := claim(ctx, attacker, "a24.example.com", edge)
		for range 3 {
			fails(ctx, object)
			Expect(kube.Delete(ctx, object)).To(Succeed())
			object = certificate(attacker, "a24.example.com", edge)
			Expect(kube.Create(ctx, object)).To(Succeed())
		}
		fails(ctx, object)
	})

	It("attack 25: waits for its owner to pause", func(ctx context.Context) {
		edge, first := shared(ctx, "a25.example.com")
		yes := true
		first.Spec.Suspend = &yes
		Expect(kube.Update(ctx, first)).To(Succeed())
		fails(ctx, claim(ctx, attacker, "a25.example.com", edge))
	})

	It("attack 26: waits for its owner's credentials to be refused", func(ctx context.Context) {
		first, second := newKey(), newKey()
		account := o.newAccount([]string{"a26.example.com"}, first, second)
		mine := o.newEdge(ctx, owner, first)
		Expect(o.settle(ctx, claim(ctx, owner, "a26.example.com", mine))).To(served())
		theirs := o.newEdge(ctx, attacker, second)
		o.revoke(account, second)
		o.restart(controllers.Permissions{})
		o.clock.SetTime(o.clock.Now().Add(24 * time.Hour))
		Expect(o.check(ctx, touch(ctx, mine))).To(haveReady(metav1.ConditionFalse, "CredentialsRefused"))
		fails(ctx, claim(ctx, attacker, "a26.example.com", theirs))
		Expect(o.calls(second.ID, "a26.example.com")).To(BeEmpty())
	})

	DescribeTable("attack 64: was there first, and holds the domain back", func(ctx context.Context, patience time.Duration, status metav1.ConditionStatus, reason string) {
		look := func(object *domaincertv1alpha1.DomainCertificate) *domaincertv1alpha1.DomainCertificate {
			GinkgoHelper()
			after, _ := o.look(ctx, object)
			return after
		}
		owner, attacker = attacker, owner
		first, second := newKey(), newKey()
		account := o.newAccount([]string{"a64.example.com"}, first, second)
		theirs := o.newEdge(ctx, attacker, first)
		squatter := claim(ctx, attacker, "a64.example.com", theirs)
		mine := o.newEdge(ctx, owner, second)
		o.revoke(account, second)
		o.check(ctx, touch(ctx, theirs))
		Expect(theirs).To(haveReady(metav1.ConditionFalse, "CredentialsRefused"))
		object := claim(ctx, owner, "a64.example.com", mine)
		Expect(look(object)).To(refused("Conflict"), "its owner may mend it yet")

		o.clock.SetTime(o.clock.Now().Add(patience))
		Expect(o.settle(ctx, object)).To(haveCondition("Ready", status, reason))
		Expect(o.calls(first.ID, "a64.example.com")).To(BeEmpty())
		Expect(look(squatter)).To(refused("ProviderNotReady"))
	},
		Entry("for hours, by a key that is refused", 23*time.Hour, metav1.ConditionFalse, "Conflict"),
		Entry("for days, by a key that was revoked", 25*time.Hour, metav1.ConditionTrue, "Served"),
	)

	It("attack 65: was there first, with what its product does not do", func(ctx context.Context) {
		owner, attacker = attacker, owner
		edge := o.newPro(ctx, "a65.example.com")
		squatter := certificate(attacker, "a65.example.com", edge)
		squatter.Spec.SecretRef = nil
		squatter.Spec.ProviderCertificate = &domaincertv1alpha1.ProviderCertificate{Type: domaincertv1alpha1.ProviderCertificateFree}
		Expect(kube.Create(ctx, squatter)).To(Succeed())
		squatter, _ = o.look(ctx, squatter)
		Expect(squatter).To(refused("NotSupported"))
		object, _ := o.look(ctx, claim(ctx, owner, "a65.example.com", edge))
		Expect(object).To(haveCondition("Accepted", metav1.ConditionTrue, "Accepted"))
	})

	It("attack 27: was there first, and may not have it", func(ctx context.Context) {
		owner, attacker = attacker, owner
		key := newKey()
		o.newAccount([]string{"a27.example.com"}, key)
		edge := o.newClusterEdge(ctx, key, func(s *domaincertv1alpha1.ClusterEdgeProviderSpec) {
			s.AllowedNamespaces = &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": owner}}
		})
		squatter, _ := o.look(ctx, claim(ctx, attacker, "a27.example.com", edge))
		Expect(squatter).To(refused("DomainNotAllowed"))
		Expect(o.settle(ctx, claim(ctx, owner, "a27.example.com", edge))).To(served())
		Expect(o.changes("a27.example.com")).To(HaveLen(1))
	})

	It("attack 28: was there first, by a host of its own that names the owner's account", func(ctx context.Context) {
		owner, attacker = attacker, owner
		allowed := controllers.Permissions{NamespacedEndpoints: true, InsecureEndpoints: true}
		o.restart(allowed)
		key, forged := newKey(), newKey()
		account := o.newAccount([]string{"a28.example.com"}, key)
		liar := newOperator(allowed)
		liar.forge(account, forged)
		spec := live(storeKey(ctx, attacker, forged))
		spec.AlibabaCloud.Endpoint = liar.cloud()
		theirs := createEdge(ctx, attacker, spec)
		Expect(o.check(ctx, theirs)).To(haveReady(metav1.ConditionTrue, "CredentialsAccepted"))
		Expect(theirs.Status.AccountID).To(Equal(account), "it names the account of another one")
		claim(ctx, attacker, "a28.example.com", theirs)

		Expect(o.settle(ctx, claim(ctx, owner, "a28.example.com", o.newEdge(ctx, owner, key)))).To(served())
		Expect(o.calls(forged.ID, "a28.example.com")).To(BeEmpty())
	})

	It("attack 29: has HTTPS turned off, by an object that never had the domain", func(ctx context.Context) {
		edge, _ := shared(ctx, "a29.example.com")
		object := fails(ctx, claim(ctx, attacker, "a29.example.com", edge, turnsOff))
		Expect(kube.Delete(ctx, object)).To(Succeed())
		o.look(ctx, object)
		Expect(isGone(ctx, object)).To(BeTrue())
		Expect(o.changes("a29.example.com")).To(HaveLen(1))
	})

	It("attack 30: has HTTPS turned off, by a status that says that it had the domain", func(ctx context.Context) {
		edge, _ := shared(ctx, "a30.example.com")
		object := fails(ctx, claim(ctx, attacker, "a30.example.com", edge, turnsOff))
		object.Status.DeployedFingerprint = authority.Issue(testcerts.Options{DNSNames: []string{"a30.example.com"}}).Fingerprint
		Expect(kube.Status().Update(ctx, object)).To(Succeed())
		Expect(kube.Delete(ctx, object)).To(Succeed())
		o.look(ctx, object)
		Expect(isGone(ctx, object)).To(BeTrue())
		Expect(o.changes("a30.example.com")).To(HaveLen(1))
	})

	It("attack 31: has HTTPS turned off for a domain that was taken away", func(ctx context.Context) {
		key := newKey()
		o.newAccount([]string{"a31.example.com"}, key)
		edge := o.newClusterEdge(ctx, key, nil)
		object := o.settle(ctx, claim(ctx, attacker, "a31.example.com", edge, turnsOff))
		Expect(object).To(served())
		Expect(kube.Get(ctx, client.ObjectKeyFromObject(edge), edge)).To(Succeed())
		edge.Spec.AllowedDomains = []string{"other.example.com"}
		Expect(kube.Update(ctx, edge)).To(Succeed())
		Expect(kube.Delete(ctx, object)).To(Succeed())
		object, _ = o.look(ctx, object)
		Expect(object).To(refused("DomainNotAllowed"))
		Expect(o.changes("a31.example.com")).To(HaveLen(1))
	})

	It("attack 32: is created in the same second, and both agree on who is older", func(ctx context.Context) {
		key := newKey()
		o.newAccount([]string{"a32.example.com"}, key)
		edge := o.newClusterEdge(ctx, key, nil)
		first, second := claim(ctx, attacker, "a32.example.com", edge), claim(ctx, owner, "a32.example.com", edge)
		for !first.CreationTimestamp.Equal(&second.CreationTimestamp) {
			Expect(kube.Delete(ctx, first)).To(Succeed())
			Expect(kube.Delete(ctx, second)).To(Succeed())
			first, second = certificate(attacker, "a32.example.com", edge), certificate(owner, "a32.example.com", edge)
			Expect(kube.Create(ctx, first)).To(Succeed())
			Expect(kube.Create(ctx, second)).To(Succeed())
		}
		for range 2 {
			fails(ctx, first)
			Expect(o.settle(ctx, second)).To(served())
			o.restart(controllers.Permissions{})
		}
		Expect(o.changes("a32.example.com")).To(HaveLen(1))
	})

	It("attack 33: has the wildcard above it, which is a domain of its own", func(ctx context.Context) {
		key := newKey()
		o.newAccount([]string{"*.a33.example.com", "play.a33.example.com"}, key)
		edge := o.newClusterEdge(ctx, key, nil)
		Expect(o.settle(ctx, claim(ctx, owner, "play.a33.example.com", edge))).To(served())
		before := o.calls("", "play.a33.example.com")
		Expect(o.settle(ctx, claim(ctx, attacker, "*.a33.example.com", edge))).To(served())
		Expect(o.calls("", "play.a33.example.com")).To(Equal(before))
	})

	It("attack 63: has the same user of CDN Pro in its own namespace", func(ctx context.Context) {
		o.newPro(ctx, "a63.example.com")
		credentials := secretOf(ctx, operatorNamespace, o.simulator.Accounts()[0].CDNPro.User)
		pro := func(namespace string) *domaincertv1alpha1.EdgeProvider {
			createSecret(ctx, namespace, credentials.Name, credentials.Data)
			edge := createEdge(ctx, namespace, domaincertv1alpha1.EdgeProviderSpec{CDNPro: &domaincertv1alpha1.CDNProProvider{
				Credentials: domaincertv1alpha1.CDNProCredentials{SecretRef: domaincertv1alpha1.SecretReference{Name: credentials.Name}},
			}})
			Expect(o.check(ctx, edge)).To(haveReady(metav1.ConditionTrue, "CredentialsAccepted"))
			return edge
		}
		mine, _ := o.look(ctx, claim(ctx, owner, "a63.example.com", pro(owner)))
		Expect(mine).To(haveCondition("Accepted", metav1.ConditionTrue, "Accepted"))
		theirs := pro(attacker)
		before := len(o.simulator.Journal(edgesim.Query{}))
		object, _ := o.look(ctx, claim(ctx, attacker, "a63.example.com", theirs))
		Expect(object).To(refused("Conflict"))
		Expect(o.simulator.Journal(edgesim.Query{})).To(HaveLen(before))
	})
})
