package controllers

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// SecretMode is the permission by which the operator learns of Secrets.
type SecretMode string

const (
	// SecretsWatched needs get, list and watch on all Secrets of the namespaces
	// that are acted in. A change is seen at once. It is the default.
	SecretsWatched SecretMode = "watch"
	// SecretsGot needs get alone: whoever steals the operator's token must know
	// the names of Secrets. What cert-manager issues is seen at once, by its
	// Certificates; other Secrets are looked at from time to time.
	SecretsGot SecretMode = "get"
	// SecretsNamed is the same, with get on Secrets that roles name one by one.
	SecretsNamed SecretMode = "named"
)

// SecretAccess is how the operator learns that a Secret has changed.
type SecretAccess struct {
	// Mode is SecretsWatched if empty.
	Mode SecretMode
	// Poll is the longest time between two looks at a Secret that is not watched;
	// five minutes by default.
	Poll time.Duration
}

// DefaultSecretPoll is how often a Secret is looked at where it is not watched.
const DefaultSecretPoll = 5 * time.Minute

// Watches reports whether Secrets are watched.
func (a SecretAccess) Watches() bool { return a.Mode == "" || a.Mode == SecretsWatched }

// metadata reads the metadata of a Secret, from the cache if it is watched and no
// certain answer is wanted, and otherwise from the API server, which is never asked
// for a body to compare.
func (a SecretAccess) metadata(ctx context.Context, cached, live client.Reader, key types.NamespacedName, certain bool) (*metav1.PartialObjectMetadata, error) {
	reader := live
	if a.Watches() && !certain {
		reader = cached
	}
	metadata := secretMetadata()
	return metadata, reader.Get(ctx, key, metadata)
}

// nextLook at a Secret is in time for its poll. What was to happen after a wait,
// by an event alone if that is zero, happens no later.
func (a SecretAccess) nextLook(wait time.Duration) time.Duration {
	const (
		share    = 5 // what ten thousand objects ask together at a start spreads out
		shortest = time.Millisecond
	)
	if a.Watches() {
		return wait
	}
	poll := a.Poll
	if poll <= 0 {
		poll = DefaultSecretPoll
	}
	poll = max(poll-time.Duration(rand.Int64N(int64(poll)/share+1)), shortest) //nolint:gosec // spreads load; nothing secret hangs on it
	if wait > 0 {
		return min(wait, poll)
	}
	return poll
}

// permission to read a Secret of a namespace, as one would grant it.
func (a SecretAccess) permission(namespace string) string {
	if a.Mode == SecretsNamed {
		return fmt.Sprintf("the verb get for this name: in the chart's values, add it to rbac.secretNames.%s", namespace)
	}
	return "the verb get"
}

// looksAgain is the time until an object is looked at again: in time for the poll
// of its Secret, if it is asked for that at all.
func (r *DomainCertificateReconciler) looksAgain(s *scope, wait time.Duration) time.Duration {
	idle := s.leaving() || s.object.Spec.ProviderCertificate != nil ||
		(s.stop != nil && s.stop.condition == domaincertv1alpha1.AcceptedCondition)
	if idle {
		return wait
	}
	return r.Secrets.nextLook(wait)
}
