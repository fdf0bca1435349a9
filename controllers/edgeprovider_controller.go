package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
)

// +kubebuilder:rbac:groups=domaincert.io,resources=edgeproviders;clusteredgeproviders,verbs=list;watch
// +kubebuilder:rbac:groups=domaincert.io,resources=edgeproviders/status;clusteredgeproviders/status,verbs=patch

const (
	// checkPace is how often accepted credentials are checked again, in case
	// the account was closed where no event comes from.
	checkPace = 6 * time.Hour
	// refusedPace is how often refused credentials are tried again. One account
	// is never asked more often than this, however many objects use it.
	refusedPace = 5 * time.Minute
	// gaugePace is how often it is looked, while certificates are uploaded, how
	// full their repository is.
	gaugePace = time.Hour
	// checkTimeout of one check.
	checkTimeout = 15 * time.Second
)

// EdgeProviderReconciler checks the credentials of EdgeProviders or
// ClusterEdgeProviders and reports whose they are.
type EdgeProviderReconciler[P ProviderObject] struct {
	Client    client.Client
	Connector *Connector
	Recorder  events.EventRecorder
	Clock     clock.PassiveClock
	Ledger    *Ledger
}

// checkup is what one reconcile of a provider has shown.
type checkup struct {
	now time.Time
	// checked is true if the provider was asked.
	checked bool
	// candidate is filled if the credentials could be read.
	candidate candidate
	// accountID is filled if the credentials were accepted.
	accountID string
	// usage is filled then, if the account has a repository that can be full.
	usage *usage
	// failure is why the account cannot be used, nil if it can.
	failure *CredentialsError
	// retryAfter is the provider's own hint.
	retryAfter time.Duration
}

// Reconcile checks a provider's credentials if they have changed or are due.
func (r *EdgeProviderReconciler[P]) Reconcile(ctx context.Context, edge P) (reconcile.Result, error) {
	if !edge.GetDeletionTimestamp().IsZero() {
		return reconcile.Result{}, nil
	}
	c := &checkup{now: r.Clock.Now()}
	before := edge.DeepCopyObject().(P) //nolint:forcetypeassert // a deep copy has the type of what it copies
	if c.failure = r.mayCheck(edge); c.failure == nil {
		due, wait, err := r.isDue(ctx, edge, c.now)
		if err != nil || !due {
			return reconcile.Result{RequeueAfter: r.looksAgain(edge, wait)}, err
		}
		r.check(ctx, edge, c)
	}
	if err := ctx.Err(); err != nil {
		return reconcile.Result{}, fmt.Errorf("reconcile was cut short: %w", err)
	}
	describeEdgeProvider(edge, c)
	r.settle(edge, c)
	if !equality.Semantic.DeepEqual(before.ProviderStatus(), edge.ProviderStatus()) {
		if err := r.writeStatus(ctx, before, edge); err != nil {
			return reconcile.Result{}, client.IgnoreNotFound(err)
		}
		r.announce(edge, before.ProviderStatus().Conditions)
	}
	return r.outcome(edge, c)
}

// mayCheck asks whether the provider may be called at all.
func (r *EdgeProviderReconciler[P]) mayCheck(edge P) *CredentialsError {
	if found := r.Connector.Permissions.permitted(edge); found != nil {
		return found
	}
	return r.Connector.isSupported(edge)
}

// writeStatus patches the status of exactly the version that was checked, and
// leaves after as it is: what the API server returns may have a newer spec,
// which nobody has checked yet.
func (r *EdgeProviderReconciler[P]) writeStatus(ctx context.Context, before, after P) error {
	patched := after.DeepCopyObject().(P) //nolint:forcetypeassert // a deep copy has the type of what it copies
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Status().Patch(ctx, patched, patch); err != nil {
		return fmt.Errorf("patch status: %w", err)
	}
	return nil
}

// isDue reports whether the credentials must be checked now, and otherwise when.
func (r *EdgeProviderReconciler[P]) isDue(ctx context.Context, edge P, now time.Time) (bool, time.Duration, error) {
	subject, err := r.subject(ctx, edge)
	if err != nil {
		return false, 0, err
	}
	known := r.Ledger.of(edge.GetUID())
	if known.due.IsZero() && inOrder(edge, subject) {
		r.Ledger.plan(edge.GetUID(), subject, now, spread(checkPace))
		known = r.Ledger.of(edge.GetUID())
	}
	if known.subject != subject || !now.Before(known.due) {
		return true, 0, nil
	}
	return false, known.due.Sub(now), nil
}

// subject is what a check is about: the spec and, if the credentials lie in a
// Secret, its version. One that may not be read is as good as none: the check
// will say so.
func (r *EdgeProviderReconciler[P]) subject(ctx context.Context, edge P) (string, error) {
	name := credentialsSecret(edge.ProviderSpec())
	if name == "" {
		return subjectOf(edge.GetGeneration(), "", ""), nil
	}
	metadata, err := r.Connector.Secrets.metadata(ctx, r.Client, r.Connector.Reader, r.Connector.credentialsKey(edge), false)
	if client.IgnoreNotFound(err) != nil && !apierrors.IsForbidden(err) {
		return "", fmt.Errorf("read the credentials' metadata: %w", err)
	}
	return subjectOf(edge.GetGeneration(), string(metadata.UID), metadata.ResourceVersion), nil
}

func subjectOf(generation int64, uid, resourceVersion string) string {
	return fmt.Sprintf("%d %s %s", generation, uid, resourceVersion)
}

// inOrder reports whether the status says that exactly this was checked and
// accepted before.
func inOrder(edge ProviderObject, subject string) bool {
	status := edge.ProviderStatus()
	return status.Credentials != nil && status.ObservedGeneration != nil &&
		meta.IsStatusConditionTrue(status.Conditions, domaincertv1alpha1.ReadyCondition) &&
		subject == subjectOf(*status.ObservedGeneration, status.Credentials.UID, status.Credentials.ResourceVersion)
}

// check reads the credentials and asks whose they are.
func (r *EdgeProviderReconciler[P]) check(ctx context.Context, edge P, c *checkup) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	c.checked = true
	found, err := r.Connector.open(ctx, edge)
	if err != nil {
		c.failure = asCredentialsError(err)
		return
	}
	c.candidate = found
	if c.accountID, err = found.account.Identify(ctx); err != nil {
		c.retryAfter, c.failure = provider.AsError(err).RetryAfter, refusal(provider.AsError(err))
		return
	}
	c.usage = measure(ctx, found.account.Access(c.accountID).Gauge, retentionOf(edge.ProviderSpec()))
}

// refusal is what an account's answer to the question whose it is means.
func refusal(failed *provider.Error) *CredentialsError {
	if failed.Kind == provider.Denied {
		return &CredentialsError{Reason: domaincertv1alpha1.CredentialsRefusedReason, Message: failed.Error()}
	}
	return &CredentialsError{
		Reason:    unavailableReason(failed),
		Message:   failed.Error(),
		Transient: failed.Code != provider.CodeClockSkew, // nobody is let in until a clock is set
	}
}

// settle keeps the account for those who use it, so that its Secret need not be
// read again, or gives it up.
func (r *EdgeProviderReconciler[P]) settle(edge P, c *checkup) {
	switch {
	case c.candidate.account == nil:
	case c.failure == nil:
		r.Connector.keep(edge, c.candidate)
	default:
		c.candidate.account.Close()
	}
}

// outcome says when a provider is looked at again.
func (r *EdgeProviderReconciler[P]) outcome(edge P, c *checkup) (reconcile.Result, error) {
	if c.failure != nil && !c.checked {
		return reconcile.Result{}, nil
	}
	subject := subjectOf(edge.GetGeneration(), c.candidate.credentials.UID, c.candidate.credentials.ResourceVersion)
	pace := checkPace
	switch {
	case c.failure != nil && c.failure.Transient && c.retryAfter == 0:
		r.Ledger.plan(edge.GetUID(), "", c.now, 0)
		return reconcile.Result{}, fmt.Errorf("check credentials: %w", errors.Join(c.failure, errRetry))
	case c.failure != nil && c.failure.Transient:
		pace = c.retryAfter
	case c.failure != nil:
		pace = refusedPace * 10 / 9 // not sooner, whatever is taken off it
	}
	wait := jittered(pace)
	r.Ledger.plan(edge.GetUID(), subject, c.now, wait)
	return reconcile.Result{RequeueAfter: r.looksAgain(edge, wait)}, nil
}

// looksAgain is the time until a provider is looked at again: in time for the
// poll of its credentials, if they lie in a Secret.
func (r *EdgeProviderReconciler[P]) looksAgain(edge P, wait time.Duration) time.Duration {
	if credentialsSecret(edge.ProviderSpec()) == "" {
		return wait
	}
	return r.Connector.Secrets.nextLook(wait)
}

// announce tells of a change of Ready, and of a repository that fills up.
func (r *EdgeProviderReconciler[P]) announce(edge P, before []metav1.Condition) {
	for _, condition := range []string{domaincertv1alpha1.ReadyCondition, domaincertv1alpha1.RepositoryNearlyFullCondition} {
		was := meta.FindStatusCondition(before, condition)
		is := meta.FindStatusCondition(edge.ProviderStatus().Conditions, condition)
		if is == nil || (was != nil && was.Status == is.Status && was.Reason == is.Reason) {
			continue
		}
		kind := eventWarning
		if is.Reason == domaincertv1alpha1.CredentialsAcceptedReason {
			kind = eventNormal
		}
		r.Recorder.Eventf(edge, nil, kind, is.Reason, condition, "%s", is.Message)
	}
}
