package controllers

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// describeEdgeProvider says what a checkup has shown. It is the only place
// where the status of a provider is made.
func describeEdgeProvider(edge ProviderObject, c *checkup) {
	status := edge.ProviderStatus()
	generation := edge.GetGeneration()
	// Credentials that were accepted before are not refused because the one
	// who could tell cannot be reached.
	blip := c.failure != nil && c.failure.Transient && keptReady(edge, c)
	status.ObservedGeneration = &generation

	say := func(condition string, answer metav1.ConditionStatus, reason, message string) {
		meta.SetStatusCondition(&status.Conditions, metav1.Condition{
			Type: condition, Status: answer, Reason: reason, Message: cut(message, longestMessage),
			ObservedGeneration: generation, LastTransitionTime: *timestamp(c.now),
		})
	}
	switch {
	case c.failure == nil:
		status.AccountID = c.accountID
		status.Credentials = &c.candidate.credentials
		say(domaincertv1alpha1.ReadyCondition, metav1.ConditionTrue, domaincertv1alpha1.CredentialsAcceptedReason,
			fmt.Sprintf("the credentials were accepted for %s", serviceOf(edge))+c.usage.complaint())
		describeRepository(status, c.usage, say)
		meta.RemoveStatusCondition(&status.Conditions, domaincertv1alpha1.ReconcilingCondition)
		meta.RemoveStatusCondition(&status.Conditions, domaincertv1alpha1.StalledCondition)
	case c.failure.Transient:
		if !blip {
			say(domaincertv1alpha1.ReadyCondition, metav1.ConditionFalse, c.failure.Reason, c.failure.Message)
		}
		describeWaiting(status, c, say)
	default:
		say(domaincertv1alpha1.ReadyCondition, metav1.ConditionFalse, c.failure.Reason, c.failure.Message)
		say(domaincertv1alpha1.StalledCondition, metav1.ConditionTrue, c.failure.Reason, c.failure.Message)
		meta.RemoveStatusCondition(&status.Conditions, domaincertv1alpha1.ReconcilingCondition)
	}
}

// keptReady reports whether these very credentials were accepted before.
func keptReady(edge ProviderObject, c *checkup) bool {
	status := edge.ProviderStatus()
	return meta.IsStatusConditionTrue(status.Conditions, domaincertv1alpha1.ReadyCondition) &&
		status.Credentials != nil && *status.Credentials == c.candidate.credentials &&
		status.ObservedGeneration != nil && *status.ObservedGeneration == edge.GetGeneration()
}

// describeWaiting sets Reconciling, or Stalled once a failure that should pass
// has lasted too long.
func describeWaiting(status *domaincertv1alpha1.EdgeProviderStatus, c *checkup, say func(string, metav1.ConditionStatus, string, string)) {
	present, absent := domaincertv1alpha1.ReconcilingCondition, domaincertv1alpha1.StalledCondition
	since, stalled := meta.FindStatusCondition(status.Conditions, present), meta.FindStatusCondition(status.Conditions, absent)
	if (stalled != nil && stalled.Reason == c.failure.Reason) || (since != nil && c.now.Sub(since.LastTransitionTime.Time) >= patience) {
		present, absent = absent, present
	}
	say(present, metav1.ConditionTrue, c.failure.Reason, c.failure.Message)
	meta.RemoveStatusCondition(&status.Conditions, absent)
}
