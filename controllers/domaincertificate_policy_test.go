package controllers_test

import (
	"context"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("what may not be done", func() {
	var w *world
	BeforeEach(func(ctx context.Context) { w = newWorld(ctx) })

	It("repairs a certificate that somebody else changed, once", func(ctx context.Context) {
		ours := w.issue(2)
		w.store(ctx, ours)
		object := w.settle(ctx, w.create(ctx))
		w.pass(time.Hour)
		w.put(w.issue(10))
		object.Annotations = map[string]string{domaincertv1alpha1.ReconcileRequestedAtAnnotation: "1"}
		Expect(kube.Update(ctx, object)).To(Succeed())
		object = w.settle(ctx, object)
		Expect(w.deployed()).To(Equal([]string{ours.Fingerprint, ours.Fingerprint}))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("leaves it alone and says so if driftPolicy is Warn", func(ctx context.Context) {
		w.store(ctx, w.issue(2))
		object := w.settle(ctx, w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) {
			o.Spec.DriftPolicy = domaincertv1alpha1.DriftWarn
		}))
		w.pass(time.Hour)
		theirs := w.issue(10)
		w.put(theirs)
		for _, request := range []string{"1", "2", "3"} {
			object.Annotations = map[string]string{domaincertv1alpha1.ReconcileRequestedAtAnnotation: request}
			Expect(kube.Update(ctx, object)).To(Succeed())
			var err error
			object, _, err = w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			w.pass(time.Hour)
		}
		Expect(w.deployed()).To(HaveLen(1))
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "DriftDetected"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionFalse, "DriftDetected"))
		Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "DriftDetected"))
		Expect(object.Status.Provider.Fingerprint).To(Equal(theirs.Fingerprint))
	})

	It("leaves it alone although the provider could not be asked in between", func(ctx context.Context) {
		w.store(ctx, w.issue(2))
		object := w.settle(ctx, w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) {
			o.Spec.DriftPolicy = domaincertv1alpha1.DriftWarn
		}))
		for _, failure := range []*provider.Error{{Kind: provider.Denied, Code: "IllegalOperation"}, nil, {Kind: provider.Denied, Code: "IllegalOperation"}, nil} {
			w.pass(7 * time.Hour)
			w.provider.FailFor(domain, failure)
			w.put(w.issue(10))
			var err error
			object, _, err = w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
		}
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "DriftDetected"))
		Expect(w.deployed()).To(HaveLen(1))
	})

	It("refuses a certificate older than the one in place, unless told otherwise", func(ctx context.Context) {
		newer, older := w.issue(1), w.issue(30)
		w.store(ctx, newer)
		object := w.settle(ctx, w.create(ctx))
		w.store(ctx, older)
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "OlderThanServed"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Rotating"))
		Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "OlderThanServed"))
		Expect(w.deployed()).To(Equal([]string{newer.Fingerprint}))

		w.annotate(ctx, object, domaincertv1alpha1.AllowOlderAnnotation, "true")
		w.settle(ctx, object)
		Expect(w.deployed()).To(Equal([]string{newer.Fingerprint, older.Fingerprint}))
	})

	It("does nothing while suspended, and goes on afterwards", func(ctx context.Context) {
		yes := true
		w.store(ctx, w.issue(1))
		object, _, err := w.reconcile(ctx, w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) { o.Spec.Suspend = &yes }))
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Accepted", metav1.ConditionFalse, "Suspended"))
		Expect(object).To(haveNoCondition("Stalled"))
		Expect(object).To(haveNoCondition("Reconciling"))
		Expect(w.provider.Calls()).To(BeEmpty())
		Expect(w.secretReads.Load()).To(BeZero())

		object.Spec.Suspend = nil
		Expect(kube.Update(ctx, object)).To(Succeed())
		Expect(w.settle(ctx, object)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("says where providerCertificate is not supported", func(ctx context.Context) {
		pro := &domaincertv1alpha1.EdgeProvider{
			ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "pro"},
			Spec: domaincertv1alpha1.EdgeProviderSpec{CDNPro: &domaincertv1alpha1.CDNProProvider{
				Credentials: domaincertv1alpha1.CDNProCredentials{SecretRef: domaincertv1alpha1.SecretReference{Name: "credentials"}},
			}},
		}
		Expect(kube.Create(ctx, pro)).To(Succeed())
		object, _, err := w.reconcile(ctx, w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) {
			o.Spec.SecretRef = nil
			o.Spec.ProviderRef.Name = "pro"
			o.Spec.ProviderCertificate = &domaincertv1alpha1.ProviderCertificate{Type: domaincertv1alpha1.ProviderCertificateCAS, Name: "x"}
		}))
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Accepted", metav1.ConditionFalse, "NotSupported"))
		Expect(w.provider.Calls()).To(BeEmpty())
	})

	DescribeTable("a provider that does not allow it is never called",
		func(ctx context.Context, reason string, edit func(w *world, object *domaincertv1alpha1.DomainCertificate, cluster *domaincertv1alpha1.ClusterEdgeProvider)) {
			w.store(ctx, w.issue(1))
			cluster := &domaincertv1alpha1.ClusterEdgeProvider{
				ObjectMeta: metav1.ObjectMeta{Name: w.namespace},
				Spec: domaincertv1alpha1.ClusterEdgeProviderSpec{
					EdgeProviderSpec:  liveSpec(),
					AllowedNamespaces: &metav1.LabelSelector{MatchLabels: map[string]string{"team": "video"}},
				},
			}
			object := &domaincertv1alpha1.DomainCertificate{}
			edit(w, object, cluster)
			Expect(kube.Create(ctx, cluster)).To(Succeed())
			if reason != "ProviderNotReady" {
				cluster.Status = readyProvider(cluster.Generation, "1001")
				Expect(kube.Status().Update(ctx, cluster)).To(Succeed())
			}
			object = w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) {
				o.Spec.ProviderRef = domaincertv1alpha1.ProviderReference{Kind: domaincertv1alpha1.ClusterEdgeProviderKind, Name: cluster.Name}
				if object.Spec.ProviderRef.Name != "" {
					o.Spec.ProviderRef = object.Spec.ProviderRef
				}
			})
			object, _, err := w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			if reason == "" {
				Expect(object).To(haveCondition("Accepted", metav1.ConditionTrue, "Accepted"))
				Expect(w.deployed()).To(HaveLen(1))
				return
			}
			Expect(object).To(haveCondition("Accepted", metav1.ConditionFalse, reason))
			Expect(object).To(haveCondition("Ready", metav1.ConditionFalse, reason))
			Expect(w.provider.Calls()).To(BeEmpty())
			Expect(w.secretReads.Load()).To(BeZero())
		},
		Entry("control: this namespace may", "", func(*world, *domaincertv1alpha1.DomainCertificate, *domaincertv1alpha1.ClusterEdgeProvider) {}),
		Entry("a provider that does not exist", "ProviderNotFound", func(_ *world, o *domaincertv1alpha1.DomainCertificate, _ *domaincertv1alpha1.ClusterEdgeProvider) {
			o.Spec.ProviderRef = domaincertv1alpha1.ProviderReference{Kind: domaincertv1alpha1.ClusterEdgeProviderKind, Name: "nobody"}
		}),
		Entry("a provider that was never checked", "ProviderNotReady", func(*world, *domaincertv1alpha1.DomainCertificate, *domaincertv1alpha1.ClusterEdgeProvider) {}),
		Entry("no namespace is allowed by default", "DomainNotAllowed", func(_ *world, _ *domaincertv1alpha1.DomainCertificate, c *domaincertv1alpha1.ClusterEdgeProvider) {
			c.Spec.AllowedNamespaces = nil
		}),
		Entry("other namespaces are allowed", "DomainNotAllowed", func(_ *world, _ *domaincertv1alpha1.DomainCertificate, c *domaincertv1alpha1.ClusterEdgeProvider) {
			c.Spec.AllowedNamespaces.MatchLabels["team"] = "shop"
		}),
		Entry("other domains are allowed", "DomainNotAllowed", func(_ *world, _ *domaincertv1alpha1.DomainCertificate, c *domaincertv1alpha1.ClusterEdgeProvider) {
			c.Spec.AllowedDomains = []string{"*.example.net", "example.com"}
		}),
		Entry("a rule allows the domain to others", "DomainNotAllowed", func(_ *world, _ *domaincertv1alpha1.DomainCertificate, c *domaincertv1alpha1.ClusterEdgeProvider) {
			c.Spec.NamespaceRules = []domaincertv1alpha1.NamespaceRule{{
				NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"team": "shop"}},
				AllowedDomains:    []string{"*.example.com"},
			}}
		}),
		Entry("control: a rule allows it to this one", "", func(_ *world, _ *domaincertv1alpha1.DomainCertificate, c *domaincertv1alpha1.ClusterEdgeProvider) {
			c.Spec.NamespaceRules = []domaincertv1alpha1.NamespaceRule{{
				NamespaceSelector: &metav1.LabelSelector{},
				AllowedDomains:    []string{"*.example.com"},
			}}
		}),
	)

	It("lets the older of two objects have the domain, and the other take over when it goes", func(ctx context.Context) {
		w.store(ctx, w.issue(2))
		first := w.settle(ctx, w.create(ctx))
		// Creation times have a resolution of a second; names decide within it,
		// so that the second one must sort behind in any case.
		second := w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) { o.Name = "live-copy" })
		w.provider.ForgetCalls()

		second, _, err := w.reconcile(ctx, second)
		Expect(err).NotTo(HaveOccurred())
		Expect(second).To(haveCondition("Accepted", metav1.ConditionFalse, "Conflict"))
		Expect(messageOf(second, "Accepted")).To(ContainSubstring("older DomainCertificate live "))
		Expect(w.provider.Calls()).To(BeEmpty())

		Expect(kube.Delete(ctx, first)).To(Succeed())
		second = w.settle(ctx, second)
		Expect(second).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(w.deployed()).To(BeEmpty(), "the certificate is in place already")
	})

	It("names the same owner to everybody, in whatever order the cache lists them", func(ctx context.Context) {
		w.store(ctx, w.issue(2))
		w.create(ctx)
		for _, name := range []string{"live-second", "live-third"} {
			w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) { o.Name = name })
		}
		third := &domaincertv1alpha1.DomainCertificate{}
		Expect(kube.Get(ctx, keyOf(w.namespace, "live-third"), third)).To(Succeed())
		ordered := w.reconciler.Client
		for _, reverse := range []bool{false, true} {
			w.reconciler.Client = interceptor.NewClient(ordered.(client.WithWatch), interceptor.Funcs{
				List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
					err := c.List(ctx, list, options...)
					if found, ok := list.(*domaincertv1alpha1.DomainCertificateList); ok && reverse {
						slices.Reverse(found.Items)
					}
					return err
				},
			})
			var err error
			third, _, err = w.reconcile(ctx, third)
			Expect(err).NotTo(HaveOccurred())
			Expect(messageOf(third, "Accepted")).To(ContainSubstring("older DomainCertificate live "))
		}
		Expect(w.statusWrites.Load()).To(Equal(int32(1)))
	})

	It("counts nobody who is leaving and has nothing left to do", func(ctx context.Context) {
		w.store(ctx, w.issue(2))
		first := w.settle(ctx, w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) { o.Finalizers = []string{"example.com/other"} }))
		second := w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) { o.Name = "live-copy" })
		Expect(kube.Delete(ctx, first)).To(Succeed())
		Expect(w.settle(ctx, second)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("keeps the names of one namespace from another", func(ctx context.Context) {
		cluster := &domaincertv1alpha1.ClusterEdgeProvider{
			ObjectMeta: metav1.ObjectMeta{Name: w.namespace},
			Spec:       domaincertv1alpha1.ClusterEdgeProviderSpec{EdgeProviderSpec: liveSpec(), AllowedNamespaces: &metav1.LabelSelector{}},
		}
		Expect(kube.Create(ctx, cluster)).To(Succeed())
		cluster.Status = readyProvider(cluster.Generation, "1001")
		Expect(kube.Status().Update(ctx, cluster)).To(Succeed())
		worlds := []*world{w, newWorld(ctx)}
		slices.SortFunc(worlds, func(a, b *world) int { return strings.Compare(a.namespace, b.namespace) })
		owner, other := worlds[0], worlds[1]
		through := func(o *domaincertv1alpha1.DomainCertificate) {
			o.Spec.ProviderRef = domaincertv1alpha1.ProviderReference{Kind: domaincertv1alpha1.ClusterEdgeProviderKind, Name: cluster.Name}
		}
		owner.create(ctx, through)
		object, _, err := other.reconcile(ctx, other.create(ctx, through))
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Accepted", metav1.ConditionFalse, "Conflict"))
		Expect(messageOf(object, "Accepted")).To(And(ContainSubstring("in another namespace"), Not(ContainSubstring(owner.namespace)), Not(ContainSubstring("DomainCertificate live"))))
	})

	It("calls nobody while the provider may come round by itself", func(ctx context.Context) {
		edge := &domaincertv1alpha1.EdgeProvider{}
		Expect(kube.Get(ctx, keyOf(w.namespace, "live"), edge)).To(Succeed())
		meta.SetStatusCondition(&edge.Status.Conditions, metav1.Condition{Type: "Ready", Status: metav1.ConditionFalse, Reason: "Unavailable"})
		Expect(kube.Status().Update(ctx, edge)).To(Succeed())
		object, _, err := w.reconcile(ctx, w.create(ctx))
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Reconciling", metav1.ConditionTrue, "ProviderNotReady"))

		meta.SetStatusCondition(&edge.Status.Conditions, metav1.Condition{Type: "Stalled", Status: metav1.ConditionTrue, Reason: "Unavailable"})
		Expect(kube.Status().Update(ctx, edge)).To(Succeed())
		object, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "ProviderNotReady"))
		Expect(result.RequeueAfter).To(BeNumerically("~", time.Hour, 6*time.Minute))
	})

	It("lets the same domain be served by two products of an account", func(ctx context.Context) {
		other := &domaincertv1alpha1.EdgeProvider{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "cdn"}, Spec: liveSpec()}
		other.Spec.AlibabaCloud.Service = domaincertv1alpha1.CDNService
		Expect(kube.Create(ctx, other)).To(Succeed())
		other.Status = readyProvider(other.Generation, "1001")
		Expect(kube.Status().Update(ctx, other)).To(Succeed())
		w.store(ctx, w.issue(2))
		w.settle(ctx, w.create(ctx))
		second := w.settle(ctx, w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) {
			o.Name, o.Spec.ProviderRef.Name = "live-cdn", "cdn"
		}))
		Expect(second).To(haveCondition("Accepted", metav1.ConditionTrue, "Accepted"))
	})

	It("lets the same domain be served through two accounts", func(ctx context.Context) {
		other := w.createProvider(ctx, "other-account")
		other.Status = readyProvider(other.Generation, "2002")
		Expect(kube.Status().Update(ctx, other)).To(Succeed())
		w.store(ctx, w.issue(2))
		w.settle(ctx, w.create(ctx))
		second := w.settle(ctx, w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) {
			o.Name, o.Spec.ProviderRef.Name = "live-other", "other-account"
		}))
		Expect(second).To(haveCondition("Accepted", metav1.ConditionTrue, "Accepted"))
	})
})

var _ = Describe("what a provider answers", func() {
	var w *world
	BeforeEach(func(ctx context.Context) { w = newWorld(ctx) })

	DescribeTable("an error becomes a reason and a pace",
		func(ctx context.Context, method fake.Method, failure provider.Error, reason string, stalled bool, pace time.Duration) {
			w.store(ctx, w.issue(1))
			w.provider.FailNext(method, &failure)
			object, result, err := w.reconcile(ctx, w.create(ctx))
			Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, reason))
			Expect(object).To(haveCondition("Ready", metav1.ConditionFalse, reason))
			kind := "Reconciling"
			if stalled {
				kind = "Stalled"
			}
			Expect(object).To(haveCondition(kind, metav1.ConditionTrue, reason))
			if pace == 0 {
				Expect(err).To(HaveOccurred(), "the workqueue backs off")
				return
			}
			Expect(err).NotTo(HaveOccurred())
			Expect(result.RequeueAfter).To(And(BeNumerically(">=", pace*9/10), BeNumerically("<=", pace*11/10)))

			calls := len(w.provider.Calls())
			object, _, err = w.reconcile(ctx, object)
			Expect(err).NotTo(HaveOccurred())
			Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, reason))
			if stalled {
				Expect(w.provider.Calls()).To(HaveLen(calls), "an event that changes nothing does not hammer the provider")
			}
			w.pass(result.RequeueAfter)
			object = w.settle(ctx, object)
			Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"), "it recovers by itself")
		},
		Entry("rejected", fake.Deploy, provider.Error{Kind: provider.Rejected, Code: "InvalidSSLPub"}, "Rejected", true, time.Hour),
		Entry("an unknown domain", fake.Observe, provider.Error{Kind: provider.NotFound, Code: "InvalidDomain.NotFound"}, "DomainNotFound", true, time.Hour),
		Entry("denied", fake.Deploy, provider.Error{Kind: provider.Denied, Code: "IllegalOperation"}, "Denied", true, 5*time.Minute),
		Entry("unavailable", fake.Observe, provider.Error{Kind: provider.Unavailable, Code: "timeout"}, "Unavailable", false, time.Duration(0)),
		Entry("a host that is not trusted", fake.Observe, provider.Error{Kind: provider.Unavailable, Code: provider.CodeTLS}, "ProviderTLSError", false, time.Duration(0)),
		Entry("a clock that is off, for this product alone", fake.Observe, provider.Error{Kind: provider.Unavailable, Code: provider.CodeClockSkew}, "ClockSkew", true, 5*time.Minute),
		Entry("an equal certificate under another name", fake.Deploy, provider.Error{Kind: provider.Conflict, Code: "CertificateContent.Duplicated", RetryAfter: time.Second}, "Deploying", false, time.Second),
		Entry("another change in the way, for nobody knows how long", fake.Deploy, provider.Error{Kind: provider.Conflict, Code: "FunctionMutex"}, "Deploying", false, time.Duration(0)),
	)

	It("looks again within the interval, even at what only a human can mend", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		w.provider.RemoveDomain(domain)
		object, result, err := w.reconcile(ctx, w.create(ctx, func(o *domaincertv1alpha1.DomainCertificate) {
			o.Spec.Interval = metav1.Duration{Duration: 10 * time.Minute}
		}))
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "DomainNotFound"))
		Expect(result.RequeueAfter).To(BeNumerically("<=", 11*time.Minute))
	})

	It("says when what is served expires before its successor is accepted", func(ctx context.Context) {
		w.store(ctx, ca.Issue(testcerts.Options{
			DNSNames: []string{domain}, NotBefore: w.clock.Now().AddDate(0, 0, -90), NotAfter: w.clock.Now().Add(30 * time.Minute),
		}))
		object := w.settle(ctx, w.create(ctx))
		w.provider.FailNext(fake.Deploy, &provider.Error{Kind: provider.Rejected, Code: "InvalidSSLPub"})
		w.store(ctx, w.issue(1))
		object, result, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Rotating"))
		Expect(result.RequeueAfter).To(BeNumerically("<=", 30*time.Minute))
		w.pass(result.RequeueAfter)
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Ready", metav1.ConditionFalse, "Rejected"))
	})

	It("honours the provider's own hint", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		w.provider.FailNext(fake.Deploy, &provider.Error{Kind: provider.Conflict, Code: "FunctionMutex", RetryAfter: 20 * time.Second})
		_, result, err := w.reconcile(ctx, w.create(ctx))
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(And(BeNumerically(">=", 18*time.Second), BeNumerically("<=", 22*time.Second)))
	})

	It("does not push again what the provider holds back", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		w.provider.FailNext(fake.Deploy, &provider.Error{Kind: provider.HeldBack, Code: "Certificate.SettedNotEffect"})
		object, result, err := w.reconcile(ctx, w.create(ctx))
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "HeldBack"))
		Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "HeldBack"))
		w.pass(result.RequeueAfter)
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "HeldBack"))
		Expect(w.deployed()).To(HaveLen(1))
	})

	It("keeps what it knew when a read-back fails, and calls a human after ten minutes", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx))
		w.provider.FailFor(domain, &provider.Error{Kind: provider.Unavailable, Code: "timeout"})
		w.pass(7 * time.Hour)
		object, _, err := w.reconcile(ctx, object)
		Expect(err).To(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionTrue, "Deployed"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object).To(haveCondition("Reconciling", metav1.ConditionTrue, "Unavailable"))
		Expect(object.Status.Provider.Fingerprint).NotTo(BeEmpty())

		w.pass(11 * time.Minute)
		object, _, err = w.reconcile(ctx, object)
		Expect(err).To(HaveOccurred())
		Expect(object).To(haveCondition("Stalled", metav1.ConditionTrue, "Unavailable"))
		Expect(object).To(haveNoCondition("Reconciling"))

		w.provider.FailFor(domain, nil)
		object = w.settle(ctx, object)
		Expect(object).To(haveNoCondition("Stalled"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("stays Ready while the provider's credentials are being checked", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx))
		w.recorder.take()
		w.opener.failure = &controllers.CredentialsError{Reason: "ProviderNotReady", Message: "the credentials have changed and are being checked", Transient: true}
		w.pass(7 * time.Hour)
		object, _, err := w.reconcile(ctx, object)
		Expect(err).To(HaveOccurred(), "the workqueue backs off")
		Expect(object).To(haveCondition("Accepted", metav1.ConditionTrue, "Accepted"))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
		Expect(object).To(haveCondition("Reconciling", metav1.ConditionTrue, "Unavailable"))
		Expect(messageOf(object, "Reconciling")).To(ContainSubstring("are being checked"))
		Expect(w.recorder.take()).To(BeEmpty())
	})

	It("makes up for a read-back for which the account could not be used", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		object := w.settle(ctx, w.create(ctx))
		w.provider.ForgetCalls()
		w.opener.failure = &controllers.CredentialsError{Reason: "CredentialsNotFound", Message: "the Secret does not exist"}
		w.pass(7 * time.Hour)
		object, _, err := w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Accepted", metav1.ConditionFalse, "ProviderNotReady"))
		Expect(w.recheck.asked).To(Equal(1))

		w.opener.failure = nil
		object, _, err = w.reconcile(ctx, object)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.provider.Calls(fake.Observe)).To(HaveLen(1))
		Expect(object).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})

	It("has the account checked when its credentials are refused, and tries again at once when they are mended", func(ctx context.Context) {
		w.store(ctx, w.issue(1))
		w.provider.FailNext(fake.Observe, &provider.Error{Kind: provider.Denied, Code: "InvalidAccessKeyId.NotFound", Account: true})
		object, _, err := w.reconcile(ctx, w.create(ctx))
		Expect(err).NotTo(HaveOccurred())
		Expect(object).To(haveCondition("Deployed", metav1.ConditionFalse, "Denied"))
		Expect(w.recheck.asked).To(Equal(1))

		edge := &domaincertv1alpha1.EdgeProvider{}
		Expect(kube.Get(ctx, keyOf(w.namespace, "live"), edge)).To(Succeed())
		edge.Status.Credentials.ResourceVersion = "2"
		Expect(kube.Status().Update(ctx, edge)).To(Succeed())
		Expect(w.settle(ctx, object)).To(haveCondition("Ready", metav1.ConditionTrue, "Served"))
	})
})
