package controllers

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// issuancePoll is how often a running issuance is looked at. The event of the
// Certificate, or of its Secret, usually comes first.
const issuancePoll = 10 * time.Second

// certificates is cert-manager's resource.
func certificates() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "cert-manager.io", Version: "v1", Resource: "certificates"}
}

// ofCertificates wakes objects when a Certificate changes, from when cert-manager
// is there.
func (r *DomainCertificateReconciler) ofCertificates(cluster dynamic.Interface) source.Source {
	namespaces := r.Namespaces
	if len(namespaces) == 0 {
		namespaces = []string{""}
	}
	return source.Func(func(ctx context.Context, plain workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		queue, ok := plain.(priorityqueue.PriorityQueue[reconcile.Request])
		if !ok {
			return errNoPriorities
		}
		for _, namespace := range namespaces {
			watching := &issuances{
				certificates: cluster.Resource(certificates()).Namespace(namespace),
				pace:         time.Duration(len(namespaces)) * comebackShare,
				wanted:       r.followsCertificates,
				changed: func(ctx context.Context, certificate types.NamespacedName, secret string, priority int) {
					queue.AddWithOpts(priorityqueue.AddOpts{Priority: &priority}, r.ofCertificate(ctx, certificate, secret)...)
				},
			}
			go watching.run(ctx)
		}
		return nil
	})
}

// followsCertificates reports whether a Certificate's change can concern anybody:
// where Secrets are watched, only those who name one.
func (r *DomainCertificateReconciler) followsCertificates(ctx context.Context) bool {
	return !r.Secrets.Watches() || len(r.list(ctx, client.MatchingFields{certificateIndex: anyCertificate}, client.Limit(1))) > 0
}

// ofCertificate are the objects that a Certificate concerns, by its name or by
// that of the Secret that is written for it.
func (r *DomainCertificateReconciler) ofCertificate(ctx context.Context, certificate types.NamespacedName, secret string) []reconcile.Request {
	found := r.list(ctx, client.MatchingFields{certificateIndex: certificate.String()})
	if !r.Secrets.Watches() && secret != "" {
		found = append(found, r.list(ctx, client.MatchingFields{secretIndex: indexKey(certificate.Namespace, secret)})...)
	}
	requests := make([]reconcile.Request, 0, len(found))
	for i := range found {
		requests = append(requests, requestFor(&found[i]))
	}
	return requests
}

// certificateSecret reads the Secret's name from a cert-manager Certificate. It
// is read as it is, without cert-manager's types and past any cache, so that the
// operator runs where cert-manager does not.
func (r *DomainCertificateReconciler) certificateSecret(ctx context.Context, s *scope) (string, *stop) {
	key := types.NamespacedName{Namespace: s.object.Namespace, Name: s.object.Spec.CertificateRef.Name}
	certificate := &unstructured.Unstructured{}
	certificate.SetGroupVersionKind(certificates().GroupVersion().WithKind("Certificate"))
	err := r.Reader.Get(ctx, key, certificate)
	switch {
	case meta.IsNoMatchError(err):
		return "", invalid(domaincertv1alpha1.SecretNotFoundReason, fmt.Sprintf("Certificate %s cannot exist without cert-manager; install it, or use secretRef", key.Name), nextEvent, issuancePoll)
	case apierrors.IsNotFound(err):
		return "", invalid(domaincertv1alpha1.SecretNotFoundReason, fmt.Sprintf("Certificate %s does not exist; create it", key.Name), nextEvent, issuancePoll)
	case apierrors.IsForbidden(err):
		return "", invalid(domaincertv1alpha1.SecretForbiddenReason, fmt.Sprintf("the operator may not read Certificate %s; grant its ServiceAccount the verb get", key.Name), nextHuman, deniedPace)
	case err != nil:
		found := invalid(domaincertv1alpha1.SecretNotFoundReason, fmt.Sprintf("Certificate %s cannot be read now, the API server does not answer; it is tried again", key.Name), nextRetry, 0)
		found.err, found.quiet = err, true
		return "", found
	}
	if issuing(certificate) {
		return "", invalid(domaincertv1alpha1.IssuingReason, fmt.Sprintf("cert-manager is issuing Certificate %s; if it lasts, see kubectl describe certificate %s", key.Name, key.Name), nextLook, issuancePoll)
	}
	name, _, err := unstructured.NestedString(certificate.Object, "spec", "secretName")
	if err != nil || name == "" {
		return "", invalid(domaincertv1alpha1.SecretNotFoundReason, fmt.Sprintf("Certificate %s names no Secret; set its spec.secretName", key.Name), nextHuman, 0)
	}
	return name, nil
}

// issuing reports whether a cert-manager Certificate says Issuing=True.
func issuing(certificate *unstructured.Unstructured) bool {
	conditions, _, err := unstructured.NestedSlice(certificate.Object, "status", "conditions")
	if err != nil {
		return false
	}
	for _, entry := range conditions {
		condition, ok := entry.(map[string]any)
		if ok && condition["type"] == "Issuing" && condition["status"] == "True" {
			return true
		}
	}
	return false
}
