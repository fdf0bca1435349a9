package model_test

import (
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/test/testcerts"
)

// actions are everything that can happen, each followed by some reconciles.
func (w *world) actions() map[string]func(*rapid.T) {
	all := map[string]func(*rapid.T){}
	for _, some := range []map[string]func(*rapid.T){w.objectActions(), w.secretActions(), w.otherActions(), w.faultActions()} {
		maps.Copy(all, some)
	}
	for name, act := range all {
		all[name] = func(t *rapid.T) {
			t.Logf("%s", name)
			act(t)
			for range rapid.IntRange(0, 6).Draw(t, "reconciles") {
				if !w.step(time.Now().Add(5 * time.Second)) {
					break
				}
			}
		}
	}
	return all
}

func anyKey(t *rapid.T, of []string) types.NamespacedName {
	return types.NamespacedName{Namespace: rapid.SampledFrom(namespaces).Draw(t, "namespace"), Name: rapid.SampledFrom(of).Draw(t, "name")}
}

// anyObject is one of those that exist and are not being deleted.
func (w *world) anyObject(t *rapid.T) *domaincertv1alpha1.DomainCertificate {
	staying, found := map[string]*domaincertv1alpha1.DomainCertificate{}, []string{}
	for _, object := range w.objects() {
		if object.DeletionTimestamp.IsZero() {
			staying[key(&object)], found = &object, append(found, key(&object))
		}
	}
	if len(staying) == 0 {
		t.Skip("no object")
	}
	return staying[rapid.SampledFrom(found).Draw(t, "object")]
}

// objectActions are what users do to DomainCertificates.
func (w *world) objectActions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"create an object": func(t *rapid.T) {
			at := anyKey(t, names)
			object := &domaincertv1alpha1.DomainCertificate{ObjectMeta: metav1.ObjectMeta{Namespace: at.Namespace, Name: at.Name}}
			object.Spec.DomainName = rapid.SampledFrom(domains).Draw(t, "domain")
			object.Spec.ProviderRef = domaincertv1alpha1.ProviderReference{Name: edgeName}
			if rapid.Bool().Draw(t, "shared") {
				object.Spec.ProviderRef = domaincertv1alpha1.ProviderReference{Kind: domaincertv1alpha1.ClusterEdgeProviderKind, Name: sharedName}
			}
			w.drawSpec(t, &object.Spec)
			if w.api.Create(t.Context(), object) != nil {
				t.Skip("it exists")
			}
		},
		"delete an object": func(t *rapid.T) {
			object := w.anyObject(t)
			isSeen := object.Status.ObservedGeneration != nil && *object.Status.ObservedGeneration == object.Generation
			if isSeen && isWithdrawn(object) && len(object.Finalizers) == 0 {
				t.Fatalf("%s has deployed, and nothing holds it until that is withdrawn", key(object))
			}
			w.must(w.api.Delete(t.Context(), object))
		},
		"change a spec": func(t *rapid.T) {
			object := w.anyObject(t)
			w.update(object, func() { w.drawSpec(t, &object.Spec) })
		},
		"suspend, or go on": func(t *rapid.T) {
			object := w.anyObject(t)
			suspend := !isSuspended(object)
			w.update(object, func() { object.Spec.Suspend = &suspend })
		},
		"allow older, or not": func(t *rapid.T) {
			object := w.anyObject(t)
			w.annotate(object, domaincertv1alpha1.AllowOlderAnnotation, rapid.SampledFrom([]string{"true", "no"}).Draw(t, "value"))
		},
		"ask for a read-back": func(t *rapid.T) {
			w.annotate(w.anyObject(t), domaincertv1alpha1.ReconcileRequestedAtAnnotation, time.Now().String())
		},
	}
}

// drawSpec draws the fields that can be changed.
func (w *world) drawSpec(t *rapid.T, spec *domaincertv1alpha1.DomainCertificateSpec) {
	spec.SecretRef = &domaincertv1alpha1.SecretReference{Name: rapid.SampledFrom(secrets).Draw(t, "secret")}
	spec.Interval = metav1.Duration{Duration: rapid.SampledFrom([]time.Duration{30 * time.Minute, 2 * time.Hour, 6 * time.Hour}).Draw(t, "interval")}
	spec.DriftPolicy = rapid.SampledFrom([]domaincertv1alpha1.DriftPolicy{domaincertv1alpha1.DriftRepair, domaincertv1alpha1.DriftWarn}).Draw(t, "drift")
	spec.DeletionPolicy = rapid.SampledFrom([]domaincertv1alpha1.DeletionPolicy{domaincertv1alpha1.DeletionRetain, domaincertv1alpha1.DeletionDisableHTTPS}).Draw(t, "deletion")
	spec.Verification.Mode = rapid.SampledFrom([]domaincertv1alpha1.VerificationMode{domaincertv1alpha1.VerificationNone, domaincertv1alpha1.VerificationEdge}).Draw(t, "verification")
}

func (w *world) annotate(object *domaincertv1alpha1.DomainCertificate, name, value string) {
	w.update(object, func() {
		if object.Annotations == nil {
			object.Annotations = map[string]string{}
		}
		object.Annotations[name] = value
	})
}

// secretActions are what becomes of certificates.
func (w *world) secretActions() map[string]func(*rapid.T) {
	const days = 90
	good := func(pair testcerts.Pair) content {
		return content{fingerprint: pair.Fingerprint, notBefore: pair.Leaf.NotBefore}
	}
	return map[string]func(*rapid.T){
		"renew a certificate": func(t *rapid.T) {
			pair := w.issue(time.Second, days)
			w.write(anyKey(t, secrets), pair.CertificatePEM, pair.KeyPEM, good(pair))
		},
		"put an older certificate": func(t *rapid.T) {
			pair := w.issue(time.Duration(rapid.IntRange(1, 20).Draw(t, "days"))*24*time.Hour, days)
			w.write(anyKey(t, secrets), pair.CertificatePEM, pair.KeyPEM, good(pair))
		},
		"put what cannot serve": func(t *rapid.T) { w.writeUnfit(t) },
		"delete a Secret": func(t *rapid.T) {
			at := anyKey(t, secrets)
			if w.api.Delete(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: at.Namespace, Name: at.Name}}) != nil {
				t.Skip("it does not exist")
			}
			delete(w.contents, at.String())
		},
	}
}

// writeUnfit puts something into a Secret that can serve no domain.
func (w *world) writeUnfit(t *rapid.T) {
	const days = 90
	pair := w.issue(time.Second, days)
	what := content{fingerprint: pair.Fingerprint, notBefore: pair.Leaf.NotBefore,
		unfit: rapid.SampledFrom([]string{domaincertv1alpha1.MalformedReason, domaincertv1alpha1.KeyMismatchReason,
			domaincertv1alpha1.DomainNotCoveredReason, domaincertv1alpha1.ExpiredReason}).Draw(t, "flaw")}
	switch what.unfit {
	case domaincertv1alpha1.MalformedReason:
		pair.CertificatePEM = []byte("no certificate")
	case domaincertv1alpha1.KeyMismatchReason:
		pair = pair.WithKeyOf(w.issue(time.Second, days))
	case domaincertv1alpha1.DomainNotCoveredReason:
		pair = w.issue(time.Second, days, "elsewhere.example.org")
	default:
		pair = w.issue(48*time.Hour, 1)
	}
	what.fingerprint = pair.Fingerprint
	w.write(anyKey(t, secrets), pair.CertificatePEM, pair.KeyPEM, what)
}

// otherActions are what others do, and time.
func (w *world) otherActions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"somebody else changes a domain": func(t *rapid.T) {
			domain := rapid.SampledFrom(domains).Draw(t, "domain")
			pair := w.issue(time.Duration(rapid.IntRange(0, 9).Draw(t, "days"))*24*time.Hour, 30)
			delete(w.judge.accepted, domain)
			w.accounts[accountOf(domain)].Put(domain, w.issued[pair.Fingerprint])
		},
		"somebody else turns HTTPS off": func(t *rapid.T) {
			domain := rapid.SampledFrom(domains).Draw(t, "domain")
			delete(w.judge.accepted, domain)
			w.accounts[accountOf(domain)].Change(domain, func(held *provider.Observation) { held.HTTPS = provider.HTTPSOff })
		},
		"let other domains in": func(t *rapid.T) {
			var edge client.Object = &domaincertv1alpha1.ClusterEdgeProvider{ObjectMeta: metav1.ObjectMeta{Name: sharedName}}
			allowed := rapid.SliceOfNDistinct(rapid.SampledFrom(domains), 0, 2, rapid.ID).Draw(t, "domains")
			if rapid.Bool().Draw(t, "namespaced") {
				namespace := rapid.SampledFrom(namespaces).Draw(t, "namespace")
				mine := &domaincertv1alpha1.EdgeProvider{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: edgeName}}
				w.update(mine, func() { mine.Spec.AllowedDomains = allowed })
				return
			}
			shared, _ := edge.(*domaincertv1alpha1.ClusterEdgeProvider)
			w.update(shared, func() { shared.Spec.AllowedDomains = allowed })
		},
		"relabel a namespace": func(t *rapid.T) {
			namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: rapid.SampledFrom(namespaces).Draw(t, "namespace")}}
			label := rapid.SampledFrom([]string{"yes", "no"}).Draw(t, "label")
			w.update(namespace, func() { namespace.Labels = map[string]string{door: label} })
		},
		"time passes": func(t *rapid.T) {
			passing := rapid.SampledFrom([]time.Duration{10 * time.Second, 15 * time.Minute, 3 * time.Hour, 8 * time.Hour}).Draw(t, "duration")
			for deadline, n := time.Now().Add(passing), 0; n < 60 && w.step(deadline); n++ {
				continue
			}
		},
		"everything settles": func(t *rapid.T) { w.settle(t) },
	}
}
