package controllers_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gstruct"
	"github.com/onsi/gomega/types"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// haveCondition matches an object with a condition of this status and reason.
func haveCondition(kind string, status metav1.ConditionStatus, reason string) types.GomegaMatcher {
	return WithTransform(func(object *domaincertv1alpha1.DomainCertificate) metav1.Condition {
		found := meta.FindStatusCondition(object.Status.Conditions, kind)
		if found == nil {
			return metav1.Condition{Type: kind}
		}
		return *found
	}, gstruct.MatchFields(gstruct.IgnoreExtras, gstruct.Fields{"Type": Equal(kind), "Status": Equal(status), "Reason": Equal(reason)}))
}

func haveNoCondition(kind string) types.GomegaMatcher {
	return WithTransform(func(object *domaincertv1alpha1.DomainCertificate) *metav1.Condition {
		return meta.FindStatusCondition(object.Status.Conditions, kind)
	}, BeNil())
}

// messageOf a condition.
func messageOf(object *domaincertv1alpha1.DomainCertificate, kind string) string {
	GinkgoHelper()
	found := meta.FindStatusCondition(object.Status.Conditions, kind)
	Expect(found).NotTo(BeNil(), kind)
	return found.Message
}
