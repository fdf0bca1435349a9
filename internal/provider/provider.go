package provider

import (
	"context"
	"time"

	"github.com/domaincert/domaincert/internal/certbundle"
)

// Provider is an account at one product that serves domains.
//
// All methods are safe for concurrent use, honour ctx while a request is in
// flight, and return errors of type [*Error] only. None of them waits for
// anything but the answer to its own requests: no polling, no retries.
type Provider interface {
	// Observe reads what the provider holds for the target. It never changes
	// anything. A domain that exists without a certificate is an Observation
	// with Found false; a domain that does not exist is an error of kind
	// NotFound.
	Observe(ctx context.Context, target Target) (Observation, error)

	// Deploy puts the bundle on the target's domain, or target.Existing if that
	// is set; the bundle is then empty. It is safe to repeat, it makes at most
	// one changing request, and it may return before the change has propagated:
	// only a later Observe proves it. Where a product takes several steps, each
	// call takes one, and Observation.Unfinished asks for the next.
	Deploy(ctx context.Context, target Target, bundle certbundle.Bundle) (Handle, error)

	// Withdraw takes the certificate off the domain. Already gone is success. An
	// error of kind Conflict with RetryAfter means that it is on its way: ask
	// again.
	Withdraw(ctx context.Context, target Target) error
}

// Target is what is acted upon: one domain at one account.
type Target struct {
	// Domain as the user wrote it, for example "live.example.com" or
	// "*.example.com". Adapters translate to the product's own notation.
	Domain string

	// Name is the deterministic name under which the certificate is stored
	// for this object. At most 47 characters, stable over renewals.
	Name string

	// Wanted is the leaf that must be served, lower hex SHA-256. Observe uses it
	// to recognise a deployment of ours that is half done; empty if unknown.
	Wanted string

	// Existing is set if not a bundle but a certificate that lives at the
	// provider already is to be put on the domain.
	Existing *Existing

	// Known is what earlier calls have shown, so that an adapter need not
	// look it up again. The zero value is always allowed.
	Known Handle

	// Turn is the object's place in line for the account's budget.
	Turn Turn
}

// Turn is an object's claim on its account's budget: who asks, and how urgent
// it is.
type Turn struct {
	// Object is "namespace/name", unique in the cluster.
	Object string
	// Namespace shares the budget fairly with other namespaces.
	Namespace string
	// ServedUntil is when the certificate that is served now expires. The
	// soonest goes first; zero means that nothing valid is served.
	ServedUntil time.Time
}

// Handle identifies, at the provider, a certificate and the change that put it
// there. Fields that a product does not have stay empty.
type Handle struct {
	CertificateID   string
	CertificateName string
	// Fingerprint is the leaf that CertificateID and CertificateName stand
	// for, lower hex SHA-256; without it they prove nothing.
	Fingerprint string
	// TaskID of an asynchronous deployment.
	TaskID string
	// RequestID of the changing request, for the vendor's support.
	RequestID string
	// Version of the certificate where the product counts versions.
	Version int64
	// Calls is the number of requests it took; zero counts as one.
	Calls int
}

// Existing names a certificate that lives at the provider already.
type Existing struct {
	Type ExistingType
	// ID and Name at the provider. What the user leaves out is filled in by
	// [Catalog]; a free certificate needs neither.
	ID, Name string
	// Region where the provider stores it; empty for the product's default.
	Region string
}

// ExistingType is how a certificate came to the provider.
type ExistingType string

// The types of certificates that live at a provider (SetLiveDomainCertificate
// and SetCdnDomainSSLCertificate, CertType).
const (
	// ExistingCAS was bought from, or uploaded to, Certificate Management
	// Service.
	ExistingCAS ExistingType = "cas"
	// ExistingFree is issued and renewed by the product itself.
	ExistingFree ExistingType = "free"
)

// HTTPS says whether the provider serves the domain over TLS.
type HTTPS string

// The states of HTTPS at a provider; empty means that it did not say.
const (
	HTTPSOn  HTTPS = "On"
	HTTPSOff HTTPS = "Off"
)

// Observation is what a provider holds for a domain, under one vocabulary. A
// field that the product does not report stays zero; nothing is invented.
type Observation struct {
	// Found is false if the domain exists but has no certificate.
	Found bool
	// Fingerprint of the leaf that the provider holds, lower hex SHA-256.
	// Empty if the product does not return the certificate's body.
	Fingerprint string
	// NotBefore and NotAfter come from the certificate itself where its body
	// is returned, otherwise from the product's own fields.
	NotBefore, NotAfter time.Time
	// Pending is true while the provider says that a change is still on its
	// way for this domain.
	Pending bool
	// Unfinished is true if a deployment of target.Wanted has come to a step
	// that only another Deploy takes, such as production after staging.
	Unfinished bool
	// Trouble is what the provider says went wrong with the certificate or its
	// issuance: a task that failed, a domain without CNAME. Nil if nothing did.
	Trouble *Error
	// AlsoServed are other domains that are served with the same stored
	// certificate: whatever replaces it replaces it for them too.
	AlsoServed []string
	HTTPS      HTTPS

	CertificateID         string
	CertificateName       string
	CertificateType       string
	CertificateRegion     string
	CertificateDomainName string
	Organization          string
	// Life is the product's own wording of the validity period ("3 months").
	Life string
	// Status is the product's own status of the certificate or its issuance.
	Status string
	// CNAMEStatus is the product's own verdict on the domain's CNAME record.
	CNAMEStatus string
	UpdateTime  time.Time
	// Version and StagingVersion in effect, where the product counts versions.
	Version, StagingVersion int64
	TaskID                  string

	// Calls is the number of requests this observation took. The budget was
	// asked for one; the rest is charged to it afterwards.
	Calls int
}
