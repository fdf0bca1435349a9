package controllers

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// claimant is an object that was created so long after testNow.
func claimant(namespace, name string, after time.Duration) *domaincertv1alpha1.DomainCertificate {
	object := &domaincertv1alpha1.DomainCertificate{}
	object.Namespace, object.Name = namespace, name
	object.CreationTimestamp = metav1.NewTime(testNow.Add(after))
	return object
}

var _ = DescribeTable("who has the better claim to a domain",
	func(first, second *domaincertv1alpha1.DomainCertificate) {
		Expect(goesBefore(first, second)).To(BeTrue())
		Expect(goesBefore(second, first)).To(BeFalse(), "two objects never both have it")
	},
	Entry("the older one", claimant("z", "z", 0), claimant("a", "a", time.Second)),
	Entry("of the same age, the one whose namespace sorts first", claimant("a", "z", 0), claimant("b", "a", 0)),
	Entry("in one namespace, the one whose name sorts first", claimant("a", "a", 0), claimant("a", "b", 0)),
)
