package cdnpro

import (
	"context"
	"crypto/sha1" //nolint:gosec // the product's own fingerprints are SHA-1; nothing is trusted for one alone
	"encoding/hex"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
)

// leaf is what a version is recognised by.
type leaf struct {
	fingerprint string
	// thumbprint is the SHA-1, and key the kind of its key; both are empty if only
	// the fingerprint is known.
	thumbprint, key string
}

func leafOf(bundle certbundle.Bundle) leaf {
	sum := sha1.Sum(bundle.Leaf().Raw) //nolint:gosec // see the import
	return leaf{fingerprint: bundle.Fingerprint(), thumbprint: hex.EncodeToString(sum[:]), key: keyKind(bundle.KeyAlgorithm())}
}

// survey is what the product shows of a target.
type survey struct {
	host hostname
	// at is the property in the environment that counts.
	at placed
	// property is the version of the property that is deployed there; nil where it
	// was not needed.
	property *propertyVersion
	// certificate is the one that the property names, the one that follows it if it
	// is full or, if the property names none, the one that was made for the target.
	// Nil if there is none either.
	certificate *certificate
	// bound is true if the property names the certificate.
	bound bool
	// full is the one that the property names where certificate follows it.
	full *certificate
	// isNameTaken is true if somebody else has made a certificate with the name of
	// the one that is to follow.
	isNameTaken bool
	// wanted is the version of the wanted leaf, nil if there is none.
	wanted *version
}

// survey finds out where a target is and what it has. It takes at least two
// requests, unless there is no certificate and none is wanted.
func (a *Adapter) survey(ctx context.Context, s *session, target provider.Target, want leaf) (survey, error) {
	host, err := s.hostname(ctx, target.Domain)
	if err != nil {
		return survey{}, err
	}
	counts := a.client.target.counts()
	found := survey{host: host, at: host.in(counts)}
	bound := identifier(string(found.at.CertificateID))
	switch {
	case identifier(string(found.at.PropertyID)) == "":
		return survey{}, &provider.Error{Kind: provider.NotFound, Operation: getHostname, Host: a.client.endpoint.Host,
			Code: "not-deployed", Advice: "deploy the property with this hostname to " + string(counts) + " first"}
	case bound != "":
		found.bound = true
		found.certificate, err = s.certificate(ctx, bound)
	case want.fingerprint != "":
		found.certificate, err = s.youngest(ctx, target.Name, 1)
	}
	if err != nil || found.certificate == nil {
		return found, err
	}
	found.wanted = found.certificate.find(want.fingerprint, want.thumbprint, counts)
	if found.bound && found.wanted == nil && want.fingerprint != "" {
		err = a.surveyOthers(ctx, s, &found, want)
	}
	return found, err
}

// surveyOthers turns to another certificate than the property's first, if the wanted
// leaf is in there or belongs there.
func (a *Adapter) surveyOthers(ctx context.Context, s *session, found *survey, want leaf) error {
	property, err := s.deployedVersion(ctx, found.at)
	if err != nil {
		return err
	}
	found.property = &property
	if err := a.surveySecond(ctx, s, found, want); err != nil || found.wanted != nil || !found.certificate.isOurs() {
		return err
	}
	return a.surveySuccessor(ctx, s, found, want)
}

// surveySuccessor turns to the certificate that follows the property's, if that was
// found to be full before.
func (a *Adapter) surveySuccessor(ctx context.Context, s *session, found *survey, want leaf) error {
	base, generation := parseGeneration(string(found.certificate.Name))
	next, err := s.youngest(ctx, base, generation+1)
	switch {
	case err != nil || next == nil:
		return err
	case !next.isOurs():
		found.isNameTaken = true
		return nil
	}
	found.full, found.certificate, found.bound = found.certificate, next, false
	found.wanted = next.find(want.fingerprint, want.thumbprint, a.client.target.counts())
	return nil
}

// surveySecond turns to the property's second certificate, if it has one, where
// the wanted leaf is in there or has the kind of key that is not the first's.
func (a *Adapter) surveySecond(ctx context.Context, s *session, found *survey, want leaf) error {
	first, counts := found.certificate, a.client.target.counts()
	id := found.property.certificate(secondCertificate)
	if id == string(first.ID) {
		id = found.property.certificate(firstCertificate)
	}
	if id == "" || id == string(first.ID) {
		return nil
	}
	second, err := s.certificate(ctx, id)
	if err != nil {
		return err
	}
	found.wanted = second.find(want.fingerprint, want.thumbprint, counts)
	if found.wanted != nil {
		found.certificate = second
		return nil
	}
	if want.key == "" || first.deployed(counts) == 0 {
		return nil
	}
	details, err := s.details(ctx, string(first.ID), first.deployed(counts))
	if err != nil {
		return err
	}
	if kind := keyKind(string(details.Algorithm)); kind != "" && kind != want.key {
		found.certificate = second
	}
	return nil
}

// rotation is the rollout that is due next for a property that has the certificate
// already; false if none is.
func (a *Adapter) rotation(domain string, found survey) (rollout, bool) {
	actions := []action{{Action: "deploy_cert", CertificateID: found.certificate.ID, Version: found.wanted.Number}}
	for _, at := range a.client.target.environments() {
		if found.certificate.deployed(at) != found.wanted.Number {
			return rollout{at, actions}, true
		}
	}
	counts := a.client.target.counts()
	return rollout{counts, actions}, !found.certificate.serves(domain, counts)
}

// binding is the rollout that is due next for a version of the property that names
// a certificate which the deployed one does not.
func (a *Adapter) binding(found survey, property number) rollout {
	actions := []action{
		{Action: "deploy_cert", CertificateID: found.certificate.ID, Version: found.wanted.Number},
		{Action: "deploy_property", PropertyID: found.at.PropertyID, Version: property},
	}
	for _, at := range a.client.target.environments() {
		in := found.host.in(at)
		if in.PropertyID != found.at.PropertyID || in.Version != property || found.certificate.deployed(at) != found.wanted.Number {
			return rollout{at, actions}
		}
	}
	return rollout{a.client.target.counts(), actions}
}
