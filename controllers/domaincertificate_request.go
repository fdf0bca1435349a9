package controllers

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/edgeprobe"
	"github.com/domaincert/domaincert/internal/provider"
)

// target is the domain and what is known of it.
func (s *scope) target() provider.Target {
	target := provider.Target{
		Domain:   s.object.Spec.DomainName,
		Name:     certificateName(s.object),
		Wanted:   s.wantedFingerprint(),
		Existing: s.existingTarget(),
		Turn:     provider.Turn{Object: objectKey(s.object), Namespace: s.object.Namespace},
	}
	if held := s.object.Status.Provider; held != nil {
		target.Known = provider.Handle{
			CertificateID:   held.CertificateID,
			CertificateName: held.CertificateName,
			Fingerprint:     held.Fingerprint,
			TaskID:          held.TaskID,
			Version:         count(held.Version),
		}
		if held.NotAfter != nil {
			target.Turn.ServedUntil = held.NotAfter.Time
		}
	}
	return target
}

// want is what the user asks for.
func (s *scope) want() provider.Want {
	return provider.Want{
		Fingerprint: s.wantedFingerprint(),
		NotBefore:   timeOf(s.wantedNotBefore()),
		NotAfter:    expiryOf(s.source),
		Name:        certificateName(s.object),
		Free:        s.isFree(),
		RepairDrift: s.object.Spec.DriftPolicy != domaincertv1alpha1.DriftWarn,
		AllowOlder:  s.object.Annotations[domaincertv1alpha1.AllowOlderAnnotation] == "true",
	}
}

// history is what was done before: what the status says, or what was sent when
// no status could be written.
func (s *scope) history() provider.History {
	status := s.object.Status
	history := provider.History{
		Fingerprint: status.DeployedFingerprint,
		NotBefore:   timeOf(status.DeployedNotBefore),
		DeployedAt:  timeOf(status.LastDeployedTime),
	}
	if deployed := meta.FindStatusCondition(status.Conditions, domaincertv1alpha1.DeployedCondition); deployed != nil {
		// What ceased to be True after the last deployment was so in between,
		// whatever has been said since.
		history.Confirmed = deployed.Status == metav1.ConditionTrue || deployed.LastTransitionTime.After(history.DeployedAt)
		history.HeldBack = deployed.Reason == domaincertv1alpha1.HeldBackReason
		if deployed.Status != metav1.ConditionTrue {
			history.MissingSince = deployed.LastTransitionTime.Time
		}
	}
	if later := s.memory.sent; !later.at.IsZero() {
		history = provider.History{Fingerprint: later.fingerprint, NotBefore: later.notBefore, DeployedAt: later.at, MissingSince: later.at}
	}
	if s.memory.stepped == history.Fingerprint && !s.resyncRequested() {
		history.Steps = s.memory.steps
	}
	return history
}

func (s *scope) planSettings() provider.Settings {
	return provider.Settings{Propagation: propagation, Interval: s.object.Spec.Interval.Duration}
}

// probeRequest says whom to ask for the domain's certificate.
func (s *scope) probeRequest() edgeprobe.Request {
	request := edgeprobe.Request{ServerName: s.object.Spec.DomainName, Address: s.object.Spec.Verification.Address}
	if s.object.Spec.Verification.Host != "" {
		request.ServerName = s.object.Spec.Verification.Host
	}
	return request
}

// certificateName is the name under which an object's certificate is stored: a
// person should recognise the domain, and no two objects of an account share
// it. It is the same for a renewed certificate and for a recreated object.
func certificateName(object *domaincertv1alpha1.DomainCertificate) string {
	const (
		longest = 28 // with what an upload's name adds, 64 in all
		digits  = 12
	)
	identity := sha256.Sum256([]byte(object.Namespace + "/" + object.Name + "/" + object.Spec.DomainName))
	readable := strings.ReplaceAll(strings.Replace(object.Spec.DomainName, "*", "wildcard", 1), ".", "-")
	return "dcert-" + strings.TrimRight(cut(readable, longest), "-") + "-" + hex.EncodeToString(identity[:])[:digits]
}

// objectKey is how an object is known to the budget.
func objectKey(object client.Object) string {
	return object.GetNamespace() + "/" + object.GetName()
}

// Bounds of the time between two looks at something that is on its way.
const (
	shortestPoll = 250 * time.Millisecond
	longestPoll  = 30 * time.Second
)

// pollAfter is how long to wait for something that has been on its way for the
// given time: half of it again, so that short ways are seen quickly and long
// ones cost few requests, and not less than the product's pace. A way that begins
// in the future was begun by a clock that was set back since, and may be as long
// as any.
func (s *scope) pollAfter(since time.Duration) time.Duration {
	shortest := shortestPoll
	if s.connection != nil {
		shortest = max(shortest, s.connection.Pace)
	}
	if since < 0 {
		return max(shortest, longestPoll)
	}
	return max(min(since/2, longestPoll), shortest)
}

func timeOf(t *metav1.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}

// failureText is the text of an error of ours; anything else may say what must
// not be told.
func failureText(err error) string {
	var (
		failed  *provider.Error
		probed  *edgeprobe.Error
		invalid *certbundle.Error
	)
	switch {
	case errors.As(err, &failed):
		return failed.Error()
	case errors.As(err, &probed):
		return probed.Error()
	case errors.As(err, &invalid):
		return invalid.Error()
	default:
		return "the API server did not answer as expected"
	}
}

// requestID is the vendor's id of the request that failed, if there was one.
func requestID(err error) string {
	var failed *provider.Error
	if errors.As(err, &failed) {
		return failed.RequestID
	}
	return ""
}
