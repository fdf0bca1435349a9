package controllers

import (
	"crypto/x509"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
)

// describeFacts fills in what was learned. What was not read stays as it was.
func describeFacts(s *scope, status *domaincertv1alpha1.DomainCertificateStatus) {
	const (
		longestRequestID = 128
		longestTaskID    = 128
	)
	if s.source != nil || s.isFree() {
		status.Source = s.source
	}
	if s.observation != nil {
		status.Provider = describeProvider(*s.observation, status.Provider)
	}
	if s.observation != nil || s.isAnswered() {
		status.LastHandledReconcileAt = resyncAnnotation(s.object)
	}
	if s.probe != nil {
		status.Edge = &domaincertv1alpha1.EdgeStatus{
			Fingerprint: s.probe.Fingerprint,
			NotAfter:    timestamp(s.probe.NotAfter),
			Address:     s.probe.Address,
		}
	}
	if unsaid := s.memory.sent; !unsaid.at.IsZero() {
		status.DeployedFingerprint = unsaid.fingerprint
		status.DeployedNotBefore = timestamp(unsaid.notBefore)
		status.LastDeployedTime = timestamp(unsaid.at)
	}
	switch {
	case s.sent != nil, s.held:
		status.DeployedFingerprint = s.wantedFingerprint()
		status.DeployedNotBefore = s.wantedNotBefore()
		status.LastDeployedTime = timestamp(s.now)
	case s.decision.Cause == provider.InSync:
		// Found in place, whoever put it there: it is ours from now on. A free
		// certificate is known by nothing but the time.
		if s.isFree() && !s.isSent() {
			status.LastDeployedTime = timestamp(s.now)
		}
		status.DeployedFingerprint = s.wantedFingerprint()
		status.DeployedNotBefore = s.wantedNotBefore()
	}
	if s.sent != nil && status.Provider != nil {
		status.Provider.RequestID = cut(s.sent.RequestID, longestRequestID)
		status.Provider.TaskID = cut(s.sent.TaskID, longestTaskID)
	}
}

// isAnswered reports whether the provider was asked and gave an answer that
// asking again would not change.
func (s *scope) isAnswered() bool {
	return s.due && s.stop != nil && s.stop.next == nextHuman &&
		(s.stop.condition == domaincertv1alpha1.DeployedCondition || s.isStored())
}

// describeProvider translates an observation, as much of each field as the
// status can hold: a provider's words must not keep the rest from being told.
// The request's id is kept, and so is a certificate id that could not be looked
// up this time, while it still speaks of the same certificate.
func describeProvider(seen provider.Observation, before *domaincertv1alpha1.ProviderStatus) *domaincertv1alpha1.ProviderStatus {
	const (
		word = 64
		task = 128
		text = 256
	)
	status := &domaincertv1alpha1.ProviderStatus{
		CertificateID:         cut(seen.CertificateID, word),
		CertificateName:       cut(seen.CertificateName, text),
		CertificateType:       cut(seen.CertificateType, word),
		CertificateRegion:     cut(seen.CertificateRegion, word),
		CertificateDomainName: cut(seen.CertificateDomainName, text),
		Organization:          cut(seen.Organization, text),
		Life:                  cut(seen.Life, word),
		HTTPS:                 httpsState(seen.HTTPS),
		Status:                cut(seen.Status, word),
		CNAMEStatus:           cut(seen.CNAMEStatus, word),
		Fingerprint:           cut(seen.Fingerprint, word),
		ShortFingerprint:      short(seen.Fingerprint),
		NotBefore:             timestamp(seen.NotBefore),
		NotAfter:              timestamp(seen.NotAfter),
		UpdateTime:            timestamp(seen.UpdateTime),
		Version:               number(seen.Version),
		StagingVersion:        number(seen.StagingVersion),
		TaskID:                cut(seen.TaskID, task),
	}
	if before == nil {
		return status
	}
	status.RequestID = before.RequestID
	if status.CertificateID == "" && before.Fingerprint == seen.Fingerprint && before.CertificateName == status.CertificateName {
		status.CertificateID = before.CertificateID
	}
	return status
}

// short is a fingerprint as wide as the column that shows it.
func short(fingerprint string) string {
	const digits = 12
	return fingerprint[:min(len(fingerprint), digits)]
}

// httpsState is whether a provider serves the domain over TLS; empty if it does
// not say so in words that are known.
func httpsState(https provider.HTTPS) domaincertv1alpha1.HTTPSState {
	switch https {
	case provider.HTTPSOn:
		return domaincertv1alpha1.HTTPSOn
	case provider.HTTPSOff:
		return domaincertv1alpha1.HTTPSOff
	default:
		return ""
	}
}

// describeSource fills the facts of a bundle into a status.
func describeSource(source *domaincertv1alpha1.SourceStatus, bundle certbundle.Bundle) {
	describeLeaf(source, bundle.Leaf())
	source.Fingerprint = bundle.Fingerprint()
	source.KeyAlgorithm = bundle.KeyAlgorithm()
}

// describeLeaf fills the facts of a certificate into a status, as much of each as
// the status can hold.
func describeLeaf(source *domaincertv1alpha1.SourceStatus, leaf *x509.Certificate) {
	const (
		longestSerial = 64
		longestIssuer = 256
		longestName   = 253
		mostNames     = 100
	)
	if leaf.SerialNumber != nil {
		source.SerialNumber = cut(leaf.SerialNumber.Text(16), longestSerial)
	}
	source.Issuer = cut(leaf.Issuer.String(), longestIssuer)
	for _, name := range leaf.DNSNames[:min(len(leaf.DNSNames), mostNames)] {
		source.DNSNames = append(source.DNSNames, cut(name, longestName))
	}
	source.NotBefore = &metav1.Time{Time: leaf.NotBefore}
	source.NotAfter = &metav1.Time{Time: leaf.NotAfter}
}

// timestamp is a time as a status holds it, to the second; nil if unknown.
func timestamp(t time.Time) *metav1.Time {
	if t.IsZero() {
		return nil
	}
	return &metav1.Time{Time: t.Truncate(time.Second)}
}

// count is a number that a status holds; zero if unknown.
func count(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// number is a count as a status holds it; nil if unknown.
func number(n int64) *int64 {
	if n <= 0 {
		return nil
	}
	return &n
}

// cut returns text, at most n bytes of it, without breaking a character.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "")
}
