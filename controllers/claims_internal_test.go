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

// edgeOf is an EdgeProvider, in a namespace if one is named, whose account is known.
func edgeOf(namespace, account string, spec domaincertv1alpha1.EdgeProviderSpec) ProviderObject {
	status := domaincertv1alpha1.EdgeProviderStatus{AccountID: account}
	if namespace == "" {
		return &domaincertv1alpha1.ClusterEdgeProvider{
			ObjectMeta: metav1.ObjectMeta{UID: "cluster"},
			Spec:       domaincertv1alpha1.ClusterEdgeProviderSpec{EdgeProviderSpec: spec}, Status: status,
		}
	}
	return &domaincertv1alpha1.EdgeProvider{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, UID: "namespaced"}, Spec: spec, Status: status}
}

// liveAt is ApsaraVideo Live at an endpoint, with an STS endpoint if there is one.
func liveAt(endpoint, sts string) domaincertv1alpha1.EdgeProviderSpec {
	return domaincertv1alpha1.EdgeProviderSpec{AlibabaCloud: &domaincertv1alpha1.AlibabaCloudProvider{Service: domaincertv1alpha1.LiveService, Endpoint: endpoint, STSEndpoint: sts}}
}

func proAt(endpoint string) domaincertv1alpha1.EdgeProviderSpec {
	return domaincertv1alpha1.EdgeProviderSpec{CDNPro: &domaincertv1alpha1.CDNProProvider{Endpoint: endpoint}}
}

var _ = DescribeTable("whose account a provider acts for",
	func(edge ProviderObject, account string) { Expect(accountOf(edge)).To(Equal(account)) },
	Entry("that of its credentials", edgeOf("sport", "1001", liveAt("", "")), "1001"),
	Entry("its own, while they were never checked", edgeOf("sport", "", liveAt("", "")), "namespaced"),
	Entry("the same, however its owner writes it", edgeOf("sport", "Edge-User", proAt("")), "edge-user"),
	Entry("the same at another host of the vendor's", edgeOf("sport", "1001", liveAt("live-vpc.cn-shanghai.aliyuncs.com", "https://STS.aliyuncs.com:443")), "1001"),
	Entry("the same at the vendor's other brand", edgeOf("sport", "user", proAt("https://api.cdnetworks.com")), "user"),
	Entry("what the host of a namespace's choice says it is", edgeOf("sport", "1001", liveAt("http://127.0.0.1:8080", "")), "1001@127.0.0.1:8080"),
	Entry("what it says by its STS", edgeOf("sport", "1001", liveAt("", "sts.example.net")), "1001@sts.example.net"),
	Entry("what it says under a name that looks like the vendor's", edgeOf("sport", "1001", liveAt("evilaliyuncs.com", "")), "1001@evilaliyuncs.com"),
	Entry("what it says at CDN Pro", edgeOf("sport", "user", proAt("https://api.cdnetworks.com.example.net")), "user@api.cdnetworks.com.example.net"),
	Entry("that of its credentials, where an administrator chose the host", edgeOf("", "1001", liveAt("http://127.0.0.1:8080", "")), "1001"),
)
