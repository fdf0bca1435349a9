package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/edgeprobe"
	"github.com/domaincert/domaincert/internal/failpoint"
)

// verifyEdge asks what the edge serves.
func (r *DomainCertificateReconciler) verifyEdge(ctx context.Context, s *scope) *stop {
	if !s.verifies() {
		return nil
	}
	edge := s.object.Status.Edge
	known := edge != nil && s.isExpected(edge.Fingerprint, timeOf(edge.NotAfter))
	if known && !s.due && meta.IsStatusConditionTrue(s.object.Status.Conditions, domaincertv1alpha1.VerifiedCondition) {
		return nil
	}
	r.Failpoints.Reach(failpoint.EdgeVerify, s.object.Spec.DomainName)
	result, err := r.Prober.Probe(ctx, s.probeRequest())
	if err != nil {
		return s.sawNothing(err)
	}
	s.probe = &result
	if s.isExpected(result.Fingerprint, result.NotAfter) {
		return nil
	}
	return s.servesOther()
}

// isExpected reports whether a leaf that the edge serves is the one that it has
// to. A free certificate whose body the product does not show is known by its
// expiry.
func (s *scope) isExpected(fingerprint string, notAfter time.Time) bool {
	if expected := s.expectedAtEdge(); expected != "" {
		return fingerprint == expected
	}
	return s.isFree() && notAfter.Truncate(time.Second).Equal(s.watchedExpiry().Truncate(time.Second))
}

// sawNothing says why no certificate was seen. An edge that has never had one for
// the domain refuses the handshake until the first has reached it.
func (s *scope) sawNothing(err error) *stop {
	var probed *edgeprobe.Error
	if errors.As(err, &probed) && probed.Failure == edgeprobe.NoHandshake && s.object.Status.Edge == nil && s.propagates() {
		return s.stillPropagating("the certificate has not reached the edge yet")
	}
	return &stop{
		condition: domaincertv1alpha1.VerifiedCondition,
		reason:    domaincertv1alpha1.UnreachableReason,
		message:   fmt.Sprintf("no certificate was seen at %s; check verification.address and the domain's DNS records", failureText(err)),
		next:      nextRetry,
		err:       err,
	}
}

// servesOther says how long another certificate at the edge is nothing to worry
// about.
func (s *scope) servesOther() *stop {
	if s.propagates() {
		return s.stillPropagating("the edge has not switched to the certificate yet")
	}
	return &stop{
		condition: domaincertv1alpha1.VerifiedCondition,
		reason:    domaincertv1alpha1.ServesOtherReason,
		message:   "the edge serves another certificate than the provider holds; check that the domain's DNS records lead to this provider",
		next:      nextHuman,
		after:     propagation,
	}
}

// propagates reports whether the last change is so recent that the edge need not
// show it.
func (s *scope) propagates() bool { return s.now.Sub(s.changedAt()) < propagation }

// changedAt is when the certificate was last changed: by us, or by a provider
// that renews its own.
func (s *scope) changedAt() time.Time {
	at := s.history().DeployedAt
	if s.isFree() && s.observation != nil && s.observation.UpdateTime.After(at) {
		return s.observation.UpdateTime
	}
	return at
}

func (s *scope) stillPropagating(message string) *stop {
	return &stop{
		condition: domaincertv1alpha1.VerifiedCondition,
		reason:    domaincertv1alpha1.PropagatingReason,
		message:   message,
		next:      nextLook,
		after:     s.pollAfter(s.now.Sub(s.changedAt())),
	}
}
