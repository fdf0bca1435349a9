package cdnpro

import (
	"context"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
)

// upload makes the bundle the next version of a certificate, or makes room if it is
// full. A certificate with as many versions as were once too many is not tried: the
// key need not travel for that.
func (a *Adapter) upload(ctx context.Context, s *session, found survey, bundle certbundle.Bundle, handle *provider.Handle) error {
	held := found.certificate
	if most := a.mostVersions.Load(); most > 0 && int64(len(held.Versions)) >= most && held.isOurs() {
		return a.makeRoom(ctx, s, found, bundle, handle, a.refuse(codeTooManyVersions, capAdvice))
	}
	made, requestID, err := s.add(ctx, string(held.ID), bundle)
	if isCode(err, codeTooManyVersions) {
		a.mostVersions.Store(int64(len(held.Versions)))
		return a.makeRoom(ctx, s, found, bundle, handle, provider.AsError(err))
	}
	handle.Version, handle.RequestID = int64(made), requestID
	return err
}

// makeRoom deletes the one version that the product lets go, if it is ours, or makes
// the certificate that follows the full one, if all of that is ours. What was refused
// before has changed nothing.
func (a *Adapter) makeRoom(ctx context.Context, s *session, found survey, bundle certbundle.Bundle, handle *provider.Handle, refusal *provider.Error) error {
	deleted, err := s.deleteForgotten(ctx, found.certificate)
	switch {
	case err != nil:
		return err
	case deleted:
		made := *refusal
		made.Kind, made.Advice, made.RetryAfter = provider.Conflict, meanwhileAdvice, shortPause
		return &made
	case !found.certificate.isOurs(), found.isNameTaken:
		return refusal
	}
	handle.CertificateName, handle.Version = successorName(string(found.certificate.Name)), 1
	handle.CertificateID, handle.RequestID, err = s.create(ctx, handle.CertificateName, bundle)
	return err
}

// deleteForgotten deletes the latest version of a certificate, if it is ours and was
// never deployed (query certificate version details, deletable). The next attempt
// then has room. That the product refuses it is an answer like any other: no page has
// the call.
func (s *session) deleteForgotten(ctx context.Context, held *certificate) (bool, error) {
	latest := held.latest()
	if latest == nil || latest.commented() == "" || held.inUse(latest.Number) {
		return false, nil
	}
	details, err := s.details(ctx, string(held.ID), latest.Number)
	if err != nil || !details.Deletable {
		return false, err
	}
	err = s.remove(ctx, string(held.ID), latest.Number)
	if provider.IsKind(err, provider.Conflict) || provider.IsKind(err, provider.Rejected) {
		return false, nil
	}
	return err == nil, err
}
