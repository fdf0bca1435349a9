package controllers

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// transition is a change that is worth an event.
type transition struct {
	eventType string
	// reason is the condition's reason.
	reason string
	// action is the condition that changed.
	action string
	note   string
}

// transitions are the answers that changed, as values, so that reasons and
// wording can be read in one place. Ready, Reconciling and Stalled repeat what
// the others say and have no events, and neither has a question that was not
// reached: that the edge does not serve yet what was not deployed is no news.
func transitions(before, after []metav1.Condition) []transition {
	var found []transition
	for _, question := range questions() {
		was, is := meta.FindStatusCondition(before, question), meta.FindStatusCondition(after, question)
		if is == nil {
			continue
		}
		if isNews(was, is) {
			found = append(found, transition{eventType: eventType(is), reason: is.Reason, action: question, note: is.Message})
		}
		if is.Status != metav1.ConditionTrue {
			break
		}
	}
	return found
}

// isNews reports whether an answer is worth an event: another one than before,
// and more than that a new object may act.
func isNews(was, is *metav1.Condition) bool {
	if was == nil {
		return is.Status != metav1.ConditionTrue || is.Type != domaincertv1alpha1.AcceptedCondition
	}
	return was.Status != is.Status || was.Reason != is.Reason
}

// eventType is Warning if somebody should look, Normal for what passes by
// itself.
func eventType(condition *metav1.Condition) string {
	switch condition.Reason {
	case domaincertv1alpha1.ProviderTroubleReason, domaincertv1alpha1.ExpiringReason, domaincertv1alpha1.IncompleteChainReason:
		return eventWarning
	}
	if condition.Status == metav1.ConditionTrue {
		return eventNormal
	}
	switch condition.Reason {
	case domaincertv1alpha1.DeployingReason, domaincertv1alpha1.PropagatingReason, domaincertv1alpha1.IssuingReason,
		domaincertv1alpha1.ThrottledReason, domaincertv1alpha1.SuspendedReason:
		return eventNormal
	default:
		return eventWarning
	}
}
