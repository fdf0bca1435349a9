package controllers

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/edgeprobe"
	"github.com/domaincert/domaincert/internal/failpoint"
	"github.com/domaincert/domaincert/internal/provider"
)

// +kubebuilder:rbac:groups=domaincert.io,resources=domaincertificates,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=domaincert.io,resources=domaincertificates/status,verbs=patch
// +kubebuilder:rbac:groups=cert-manager.io,resources=certificates,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// propagation is how long a provider or its edge may go on showing the previous
// certificate. ApsaraVideo Live names about five minutes (console documentation,
// "takes effect in about 5 minutes"); the double is the margin.
const propagation = 10 * time.Minute

// writeTimeout of a status. It must fit into the time that the operator takes to
// stop.
const writeTimeout = 10 * time.Second

// statusConflicts is how many races against other writers a status may lose in a
// row before it is written by the next reconcile.
const statusConflicts = 3

// Opener makes connections to providers.
type Opener interface {
	// Connect returns the connection of an edge provider that is Ready. Errors
	// are of type *CredentialsError.
	Connect(ctx context.Context, edge ProviderObject) (*Connection, error)
	// Leave gives up an object's place in the lines of all accounts. Its name
	// has the form "namespace/name".
	Leave(object string)
	// Outdated reports whether the credentials of an edge provider have changed
	// since they were last checked.
	Outdated(ctx context.Context, edge ProviderObject) bool
}

// Prober asks an edge for its certificate. Errors are of type *edgeprobe.Error.
type Prober interface {
	Probe(ctx context.Context, request edgeprobe.Request) (edgeprobe.Result, error)
}

// Rechecker has an edge provider checked again.
type Rechecker interface {
	// Recheck: its credentials were refused to a DomainCertificate.
	Recheck(edge ProviderObject, now time.Time)
	// Hold: nobody who uses it is to ask its account before that.
	Hold(edge ProviderObject)
	// IsHeld reports whether that is so.
	IsHeld(edge ProviderObject) bool
	// Uploaded: its repository holds one more certificate.
	Uploaded(edge ProviderObject, now time.Time)
}

// DomainCertificateReconciler brings certificates from Secrets to providers and
// reports what is served. It holds no state of any object.
type DomainCertificateReconciler struct {
	// Client reads from the cache and patches.
	Client client.Client
	// Reader reads Secrets and cert-manager's Certificates, uncached.
	Reader   client.Reader
	Opener   Opener
	Prober   Prober
	Recorder events.EventRecorder
	Clock    clock.PassiveClock
	Ledger   *Ledger
	// Rechecker is told of accounts that were refused.
	Rechecker Rechecker
	// Secrets says how Secrets are looked at.
	Secrets SecretAccess
	// Namespaces that are acted in; all if there are none.
	Namespaces []string
	// Failpoints are nothing but in a build for tests.
	Failpoints failpoint.Points
}

// phase asks one question. It returns why the walk ends here, nil to go on.
type phase func(ctx context.Context, s *scope) *stop

// Reconcile walks an object through the phases and says what was found.
func (r *DomainCertificateReconciler) Reconcile(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) (reconcile.Result, error) {
	s := &scope{object: object, now: r.Clock.Now(), memory: r.Ledger.of(object.UID)}
	if err := r.refresh(ctx, s); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	r.Failpoints.Reach(failpoint.ObjectLoaded, object.Spec.DomainName)
	if !object.DeletionTimestamp.IsZero() {
		return r.reconcileDeletion(ctx, s)
	}
	if err := r.keepFinalizer(ctx, object); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	r.walk(ctx, s)
	return r.finish(ctx, s)
}

// walk asks the phases, up to the first that ends it. The key is gone from memory
// afterwards and the turn is somebody else's, also if one of them panics.
func (r *DomainCertificateReconciler) walk(ctx context.Context, s *scope) {
	defer func() {
		if s.bundle != nil {
			s.bundle.Clear()
		}
		r.giveUpTurn(s)
	}()
	for _, ask := range []phase{r.accept, r.loadCertificate, r.observe, r.deploy, r.verifyEdge, r.tidyUp} {
		if s.stop = ask(ctx, s); s.stop != nil {
			return
		}
	}
}

// giveUpTurn gives back the turn in the account's lines that the walk did not
// use, unless it waits for it: kept for an object that cannot use it, it would
// hold up everybody else until it expires.
func (r *DomainCertificateReconciler) giveUpTurn(s *scope) {
	switch {
	case s.tidying == tidyWaits, s.stop != nil && s.stop.queued:
	case s.connection != nil:
		s.connection.Budget.Release(provider.OperationDeploy, objectKey(s.object))
		s.connection.StoreBudget.Release(provider.OperationDeploy, objectKey(s.object))
	default:
		r.Opener.Leave(objectKey(s.object))
	}
}

// refresh reads the object again, uncached, if the cache does not show yet what
// was last written to it: a decision on an older status could send a
// certificate twice.
func (r *DomainCertificateReconciler) refresh(ctx context.Context, s *scope) error {
	if s.memory.written == "" {
		return nil
	}
	order, err := resourceversion.CompareResourceVersion(s.object.ResourceVersion, s.memory.written)
	if err != nil || order >= 0 {
		return err
	}
	return r.Reader.Get(ctx, client.ObjectKeyFromObject(s.object), s.object)
}

// finish writes what the walk has shown: one status patch if anything changed,
// an event for every transition, and the time of the next look.
func (r *DomainCertificateReconciler) finish(ctx context.Context, s *scope) (reconcile.Result, error) {
	if err := ctx.Err(); err != nil && s.sent == nil && !s.held {
		return reconcile.Result{}, fmt.Errorf("reconcile was cut short: %w", err)
	}
	// What was sent is written down even if the operator is stopping: whoever
	// comes next must not send it again.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	before, after := s.object.Status, s.object.Status
	if r.isTold(s) {
		after = describe(s)
	}
	if changed(before, after) {
		r.Failpoints.Reach(failpoint.StatusBefore, s.object.Spec.DomainName)
		if err := r.writeStatus(ctx, s.object, after); err != nil {
			return reconcile.Result{}, client.IgnoreNotFound(err)
		}
		r.Failpoints.Reach(failpoint.StatusAfter, s.object.Spec.DomainName)
		s.object.Status = after
		for _, transition := range transitions(before.Conditions, after.Conditions) {
			r.Failpoints.Reach(failpoint.EventBefore, s.object.Spec.DomainName)
			r.Recorder.Eventf(s.object, nil, transition.eventType, transition.reason, transition.action, "%s", transition.note)
		}
	}
	if s.complaint != "" {
		r.Recorder.Eventf(s.object, nil, eventWarning, domaincertv1alpha1.UploadKeptReason, domaincertv1alpha1.DeployedCondition, "%s", s.complaint)
	}
	logStop(ctx, s)
	return r.outcome(s)
}

// isTold reports whether the status is to say what was found. That a renewal
// waits for its turn, or for a new key to be checked, is told once it has waited
// for long: in a storm it would be a third of what is written, delay those who do
// not wait, and be out of date before anybody has read it.
func (r *DomainCertificateReconciler) isTold(s *scope) bool {
	if s.stop == nil || !s.stop.quiet {
		if !s.memory.waiting.IsZero() {
			r.Ledger.arrived(s.object.UID)
		}
		return true
	}
	return !s.isObserved() || s.now.Sub(r.Ledger.waits(s.object.UID, s.now)) >= turnPatience
}

// writeStatus patches the status of an object, and leaves the object as it was
// read: what the API server returns may have a newer spec, which nobody has
// looked at yet. The status is the operator's alone, so that an object that
// somebody else has changed meanwhile takes it all the same, but not one that was
// created anew under its name.
func (r *DomainCertificateReconciler) writeStatus(ctx context.Context, object *domaincertv1alpha1.DomainCertificate, status domaincertv1alpha1.DomainCertificateStatus) error {
	before := object.DeepCopy()
	err := r.patchStatus(ctx, before, status)
	for range statusConflicts {
		if !apierrors.IsConflict(err) {
			break
		}
		if before.ResourceVersion, err = r.currentVersion(ctx, object); err == nil {
			err = r.patchStatus(ctx, before, status)
		}
	}
	if apierrors.IsNotFound(err) {
		r.Ledger.forget(object.UID)
	}
	return err
}

// currentVersion is the resource version that an object has now; the error is
// NotFound if there is another one under its name.
func (r *DomainCertificateReconciler) currentVersion(ctx context.Context, object *domaincertv1alpha1.DomainCertificate) (string, error) {
	var now domaincertv1alpha1.DomainCertificate
	if err := r.Reader.Get(ctx, client.ObjectKeyFromObject(object), &now); err != nil {
		return "", fmt.Errorf("read the object again: %w", err)
	}
	if now.UID != object.UID {
		return "", apierrors.NewNotFound(domaincertv1alpha1.GroupVersion.WithResource("domaincertificates").GroupResource(), object.Name)
	}
	return now.ResourceVersion, nil
}

// patchStatus patches the status of exactly this version of an object.
func (r *DomainCertificateReconciler) patchStatus(ctx context.Context, before *domaincertv1alpha1.DomainCertificate, status domaincertv1alpha1.DomainCertificateStatus) error {
	after := before.DeepCopy()
	after.Status = status
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Status().Patch(ctx, after, patch); err != nil {
		return fmt.Errorf("patch status: %w", err)
	}
	r.Ledger.wrote(after.UID, after.ResourceVersion)
	return nil
}

// logStop tells of a failure, with the request's id, which the status leaves
// out because it changes with every try.
func logStop(ctx context.Context, s *scope) {
	if s.stop == nil || s.stop.err == nil || s.stop.onlyWaits() || (s.stop.queued && provider.AsError(s.stop.err).Operation == "") {
		return // nothing was asked
	}
	ctrl.LoggerFrom(ctx).Info("stopped", "condition", s.stop.condition, "reason", s.stop.reason,
		"domain", s.object.Spec.DomainName, "failure", failureText(s.stop.err), "requestID", requestID(s.stop.err))
}

// reconcileDeletion lets an object go. Only DisableHTTPS has anything to do
// first; with Retain there is no finalizer, or it goes at once.
func (r *DomainCertificateReconciler) reconcileDeletion(ctx context.Context, s *scope) (reconcile.Result, error) {
	if !hasFinalizer(s.object) {
		return reconcile.Result{}, nil
	}
	if s.stop = r.withdraw(ctx, s); s.stop != nil {
		return r.finish(ctx, s)
	}
	r.Ledger.forget(s.object.UID)
	return reconcile.Result{}, client.IgnoreNotFound(r.removeFinalizer(ctx, s.object))
}

// eventTypes of transitions.
const (
	eventNormal  = corev1.EventTypeNormal
	eventWarning = corev1.EventTypeWarning
)
