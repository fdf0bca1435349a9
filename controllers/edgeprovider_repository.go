package controllers

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
)

const (
	percent = 100
	// nearlyFull is the share of a repository, in percent, from which on its
	// owner is told: what is full takes no renewals any more.
	nearlyFull = 90
)

// usage is how full an account's repository is, or why that is not known.
type usage struct {
	used, limit int64
	failure     *provider.Error
}

// measure reads a gauge; nil if there is none. The spec says what the product
// does not tell.
func measure(ctx context.Context, gauge provider.Gauge, retention domaincertv1alpha1.CertificateRetention) *usage {
	if gauge == nil {
		return nil
	}
	used, limit, err := gauge.Usage(ctx)
	if limit == 0 && retention.RepositoryLimit != nil {
		limit = int64(*retention.RepositoryLimit)
	}
	return &usage{used: used, limit: limit, failure: provider.AsError(err)}
}

// complaint is what Ready adds about a repository that may not be looked at. It
// takes a permission that nothing else needs, so that it is no failure.
func (u *usage) complaint() string {
	if u == nil || u.failure == nil || u.failure.Kind != provider.Denied {
		return ""
	}
	return "; how full the certificate repository is cannot be told: " + u.failure.Error()
}

// describeRepository says whether the repository is nearly full. What could not
// be read leaves what was said before.
func describeRepository(status *domaincertv1alpha1.EdgeProviderStatus, c *checkup, say func(string, metav1.ConditionStatus, string, string)) {
	switch u := c.usage; {
	case u != nil && u.failure != nil:
	case u != nil && u.limit > 0 && u.used*percent >= u.limit*nearlyFull:
		say(domaincertv1alpha1.RepositoryNearlyFullCondition, metav1.ConditionTrue, domaincertv1alpha1.RepositoryNearlyFullReason,
			fmt.Sprintf("%d %% of the %d certificates that the account's repository can hold are stored; remove old ones, or have the quota raised", u.used*percent/u.limit, u.limit))
	default:
		meta.RemoveStatusCondition(&status.Conditions, domaincertv1alpha1.RepositoryNearlyFullCondition)
	}
}
