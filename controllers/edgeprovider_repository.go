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
	// counted is true if that is what the repository lists, of what the spec says
	// that it can hold; false if the provider says both.
	counted bool
	failure *provider.Error
}

// measure reads a gauge; nil if there is none. What the spec says is taken before
// the provider's own quota, which may be one of something else.
func measure(ctx context.Context, gauge provider.Gauge, retention domaincertv1alpha1.CertificateRetention) *usage {
	if gauge == nil {
		return nil
	}
	if retention.RepositoryLimit == nil {
		used, total, err := gauge.Quota(ctx)
		return &usage{used: used, limit: total, failure: provider.AsError(err)}
	}
	stored, err := gauge.Stored(ctx)
	return &usage{used: stored, limit: int64(*retention.RepositoryLimit), counted: true, failure: provider.AsError(err)}
}

// complaint is what Ready adds about a repository that may not be looked at. It
// takes a permission that nothing else needs, so that it is no failure.
func (u *usage) complaint() string {
	if u == nil || u.failure == nil || u.failure.Kind != provider.Denied {
		return ""
	}
	return "; how full the certificate repository is cannot be told: " + u.failure.Error()
}

// message says how full it is, and what to do.
func (u *usage) message() string {
	share := u.used * percent / u.limit
	if u.counted {
		return fmt.Sprintf("%d %% of the %d certificates of certificateRetention.repositoryLimit are stored, as counted; remove old ones, or have the account's quota raised", share, u.limit)
	}
	return fmt.Sprintf("the provider reports %d %% of a quota of %d as used; remove old certificates, or have it raised; if it counts something else, set certificateRetention.repositoryLimit", share, u.limit)
}

// describeRepository says whether the repository is nearly full. What could not
// be read leaves what was said before.
func describeRepository(status *domaincertv1alpha1.EdgeProviderStatus, u *usage, say func(string, metav1.ConditionStatus, string, string)) {
	switch {
	case u != nil && u.failure != nil:
	case u != nil && u.limit > 0 && u.used*percent >= u.limit*nearlyFull:
		say(domaincertv1alpha1.RepositoryNearlyFullCondition, metav1.ConditionTrue, domaincertv1alpha1.RepositoryNearlyFullReason, u.message())
	default:
		meta.RemoveStatusCondition(&status.Conditions, domaincertv1alpha1.RepositoryNearlyFullCondition)
	}
}
