package edgesim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Account is an account at the provider: who may call, and what belongs to them.
type Account struct {
	// ID is the account id, usually 16 digits.
	ID string `json:"id"`
	// Keys are the access keys that act for the account; they share its quotas.
	Keys []AccessKey `json:"keys,omitempty"`
	// Domains are the account's domains. A domain belongs to one account at most.
	Domains []Domain `json:"domains,omitempty"`
	// Certificates already live at the provider, for CertType cas and free.
	Certificates []ProvidedCertificate `json:"certificates,omitempty"`
	// Roles are the RAM roles of the account.
	Roles []Role `json:"roles,omitempty"`
	// Quotas replace Settings.Quotas for this account, by operation, in calls per
	// sliding second. A negative number means no quota.
	Quotas map[string]int `json:"quotas,omitempty"`
	// CDNPro is what the account has at CDN Pro; nil is nothing, or leaves what is there.
	CDNPro *CDNPro `json:"cdnpro,omitempty"`
}

// AccessKey is one credential of an account.
type AccessKey struct {
	// ID is the AccessKey ID, sent in clear with each call.
	ID string `json:"id"`
	// Secret is what calls are signed with.
	Secret Secret `json:"secret"`
	// SecurityToken makes this an STS credential: calls must carry exactly this token.
	SecurityToken Secret `json:"securityToken,omitempty"`
	// Expires is when SecurityToken stops being taken; zero is never.
	Expires time.Time `json:"expires,omitzero"`
	// Disabled keys are refused with InvalidAccessKeyId.Inactive.
	Disabled bool `json:"disabled,omitempty"`
	// User is the RAM user that the key belongs to; empty for the account itself. With
	// SecurityToken it is "role/session".
	User string `json:"user,omitempty"`
	// DeniedOperations are refused with NoPermission, as RAM does for an operation that
	// no policy allows.
	DeniedOperations []string `json:"deniedOperations,omitempty"`
}

// Domain is a domain that an account has at the provider.
type Domain struct {
	// Name in the API's notation: a wildcard is written .example.com.
	Name string `json:"name"`
	// Product is the service that the domain belongs to. Default ProductLive.
	Product Product `json:"product,omitempty"`
	// Type is of a Live domain liveVideo (streaming, default) or liveEdge (ingest), of a
	// CDN domain web (default), download or video. Others have none.
	Type string `json:"type,omitempty"`
	// Status is online (default), offline or configuring; with the products other than
	// Live also configure_failed, checking, check_failed, stopping or deleting.
	Status string `json:"status,omitempty"`
	// CnameStatus is the DomainCnameStatus of CDN and VOD: ok (default), cname_error,
	// op_domain_cname_error or unsupport_wildcard. Live has none.
	CnameStatus string `json:"cnameStatus,omitempty"`
	// CertificateStatus is the Status of the domain's certificate, where it is not to be
	// the usual one; Live takes it from its free certificates.
	CertificateStatus string `json:"certificateStatus,omitempty"`
	// Restrictions are what the cloud holds against the domain.
	Restrictions []Restriction `json:"restrictions,omitempty"`
}

// Restriction is something in the cloud's own state that gets in the way of a Set.
type Restriction string

const (
	// RestrictionDenied is a RAM policy that denies the product's Set, as in
	// live:SetLiveDomainCertificate, on the domain: 403 NoPermission.
	RestrictionDenied Restriction = "denied"
	// RestrictionNotOwned answers IllegalOperationDomain.
	RestrictionNotOwned Restriction = "notOwned"
	// RestrictionIllegalOperation answers 403 IllegalOperation.
	RestrictionIllegalOperation Restriction = "illegalOperation"
	// RestrictionAuthentication answers AuthenticationFailed.
	RestrictionAuthentication Restriction = "authenticationFailed"
	// RestrictionSafeMode answers DomainInSafeMode.
	RestrictionSafeMode Restriction = "safeMode"
	// RestrictionProtectedMode answers DomainInProtectedMode.
	RestrictionProtectedMode Restriction = "protectedMode"
	// RestrictionFunctionMutex answers FunctionMutex.
	RestrictionFunctionMutex Restriction = "functionMutex"
	// RestrictionStorageFailed answers CertStorage.failed when HTTPS is switched on.
	RestrictionStorageFailed Restriction = "storageFailed"
	// RestrictionCreateFailed answers CDN's CreateCertificateFailed when HTTPS is switched
	// on; not with Live.
	RestrictionCreateFailed Restriction = "createFailed"
	// RestrictionDeleteFailed answers DeleteFailed when HTTPS is switched off.
	RestrictionDeleteFailed Restriction = "deleteFailed"
	// RestrictionNotPermittedOff answers Certificate.NotPermittedOff to switching off.
	RestrictionNotPermittedOff Restriction = "notPermittedOff"
	// RestrictionSettedNotEffect stores a certificate but keeps it from the domain and
	// answers Certificate.SettedNotEffect. Lifting it lets the stored one take effect
	// (inferred).
	RestrictionSettedNotEffect Restriction = "settedNotEffect"
)

// ProvidedCertificate is a certificate that a customer did not upload through the
// simulated product, but can name in a Set.
type ProvidedCertificate struct {
	// Name is what CertName refers to.
	Name string `json:"name"`
	// Type is cas (bought in Certificate Management Service) or free.
	Type string `json:"type"`
	// Status is of a free certificate success (default), or what the page lists:
	// checking, cname_error, domain_invalid, unsupport_wildcard, applying, failed. Of a
	// cas certificate it is issued (default, success is the same), checking,
	// checked_fail, failed, expired or revoked. Every other status than the default
	// makes a Set answer Certificate.StatusError; see Settings.FreePending.
	Status string `json:"status,omitempty"`
	// Region is where a cas certificate lives. Default Settings.CertificateRegion.
	Region string `json:"region,omitempty"`
	// Certificate is the chain in PEM, leaf first.
	Certificate string `json:"certificate"`
	// PrivateKey is its key in PEM.
	PrivateKey Secret `json:"privateKey"`
}

// validate refuses an account that could not mean what it says.
func (a Account) validate() error {
	if a.ID == "" {
		return errors.New("an account needs an id")
	}
	for _, key := range a.Keys {
		if key.ID == "" || key.Secret == "" {
			return fmt.Errorf("account %s: an access key needs an id and a secret", a.ID)
		}
		if key.Secret == withheld {
			return fmt.Errorf("account %s: access key %s: the secret is a placeholder; listings withhold it", a.ID, key.ID)
		}
	}
	if err := validateRoles(a.Roles); err != nil {
		return fmt.Errorf("account %s: %w", a.ID, err)
	}
	for _, domain := range a.Domains {
		if err := domain.validate(); err != nil {
			return fmt.Errorf("account %s: %w", a.ID, err)
		}
	}
	if err := a.CDNPro.validate(); err != nil {
		return fmt.Errorf("account %s: %w", a.ID, err)
	}
	return nil
}

// withDefaults fills what was left empty and lowers the name's case.
func (d Domain) withDefaults() Domain {
	d.Name = strings.ToLower(d.Name)
	fill(&d.Product, ProductLive)
	fill(&d.Type, d.Product.domainTypes()[0])
	fill(&d.Status, d.Product.domainStatuses()[0])
	if d.Product != ProductLive {
		fill(&d.CnameStatus, cnameStatuses()[0])
	}
	d.Restrictions = slices.Clone(d.Restrictions)
	return d
}

// validate refuses unknown types, statuses and restrictions, which would silently
// mean nothing.
func (d Domain) validate() error {
	d = d.withDefaults()
	if strings.Trim(d.Name, ".") == "" || strings.ContainsAny(d.Name, "* /:") {
		return fmt.Errorf("domain %q: not a name; a wildcard is written .example.com", d.Name)
	}
	if err := d.Product.validate(d); err != nil {
		return fmt.Errorf("domain %s: %w", d.Name, err)
	}
	for _, r := range d.Restrictions {
		err := oneOf("restriction", r, RestrictionDenied, RestrictionNotOwned, RestrictionIllegalOperation,
			RestrictionAuthentication, RestrictionSafeMode, RestrictionProtectedMode, RestrictionFunctionMutex,
			RestrictionStorageFailed, RestrictionCreateFailed, RestrictionDeleteFailed, RestrictionNotPermittedOff, RestrictionSettedNotEffect)
		if err != nil {
			return fmt.Errorf("domain %s: %w", d.Name, err)
		}
	}
	return nil
}
