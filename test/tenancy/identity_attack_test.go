package tenancy_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("A tenant who writes an EdgeProvider", func() {
	var (
		o      *operator
		tenant string
		trap   *listener
		key    edgesim.AccessKey
	)
	BeforeEach(func(ctx context.Context) {
		o, key = newOperator(controllers.Permissions{InsecureEndpoints: true}), newKey()
		tenant = newNamespace(ctx, nil)
		trap = listen(ctx)
		o.newAccount([]string{"identity.example.com"}, key)
	})

	// The trap stands where keys and tokens would be sent.
	DescribeTable("reaches no host of its choice, and no identity but its own", func(ctx context.Context, edit func(*domaincertv1alpha1.EdgeProviderSpec, *listener)) {
		spec := live(storeKey(ctx, tenant, key))
		edit(&spec, trap)
		edge := createEdge(ctx, tenant, spec)
		Expect(o.check(ctx, edge)).To(haveReady(metav1.ConditionFalse, "NotAllowed"))
		object, _ := o.look(ctx, claim(ctx, tenant, "identity.example.com", edge))
		Expect(object).To(refused("ProviderNotReady"))
		Expect(trap.calls()).To(BeZero())
		Expect(o.calls("", "")).To(BeEmpty())
	},
		Entry("attack 34: by endpoint", func(s *domaincertv1alpha1.EdgeProviderSpec, at *listener) {
			s.AlibabaCloud.Endpoint = "http://" + at.address
		}),
		Entry("attack 35: by stsEndpoint", func(s *domaincertv1alpha1.EdgeProviderSpec, at *listener) {
			s.AlibabaCloud.STSEndpoint = "http://" + at.address
		}),
		Entry("attack 36: by a host of the vendor's that is somebody's bucket", func(s *domaincertv1alpha1.EdgeProviderSpec, _ *listener) {
			s.AlibabaCloud.Endpoint = "tenant.oss-cn-shanghai.aliyuncs.com"
		}),
		Entry("attack 37: by CDN Pro's endpoint", func(s *domaincertv1alpha1.EdgeProviderSpec, at *listener) {
			*s = domaincertv1alpha1.EdgeProviderSpec{CDNPro: &domaincertv1alpha1.CDNProProvider{
				Endpoint:    "http://" + at.address,
				Credentials: domaincertv1alpha1.CDNProCredentials{SecretRef: domaincertv1alpha1.SecretReference{Name: key.ID}},
			}}
		}),
		Entry("attack 38: by credentialsURI, as of a metadata service", ownCredentials(func(c *domaincertv1alpha1.AlibabaCloudCredentials, at *listener) {
			c.CredentialsURI = "http://" + at.address + "/latest/meta-data/"
		})),
		Entry("attack 39: by the role of the operator's node", ownCredentials(func(c *domaincertv1alpha1.AlibabaCloudCredentials, _ *listener) {
			c.ECSRAMRole = &domaincertv1alpha1.ECSRAMRoleCredentials{Name: "operator"}
		})),
		Entry("attack 40: by the operator's own chain of credentials", ownCredentials(func(c *domaincertv1alpha1.AlibabaCloudCredentials, _ *listener) {
			c.Default = &domaincertv1alpha1.DefaultCredentials{}
		})),
		Entry("attack 41: by a file in the operator's container", ownCredentials(func(c *domaincertv1alpha1.AlibabaCloudCredentials, _ *listener) {
			c.OIDC = &domaincertv1alpha1.OIDCCredentials{
				RoleARN: "acs:ram::1:role/x", OIDCProviderARN: "acs:ram::1:oidc-provider/x",
				TokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token",
			}
		})),
	)

	It("attack 42: says in the status of a forbidden provider that it is ready", func(ctx context.Context) {
		spec := live(storeKey(ctx, tenant, key))
		spec.AlibabaCloud.Endpoint = "http://" + trap.address
		edge := createEdge(ctx, tenant, spec)
		pretend(ctx, edge)
		object, _ := o.look(ctx, claim(ctx, tenant, "identity.example.com", edge))
		Expect(object).To(refused("ProviderNotReady"))
		Expect(trap.calls()).To(BeZero())
	})

	It("attack 43: leads a provider elsewhere once it is ready", func(ctx context.Context) {
		edge := o.newEdge(ctx, tenant, key)
		before := len(o.calls("", ""))
		edge.Spec.AlibabaCloud.Endpoint = "http://" + trap.address
		Expect(kube.Update(ctx, edge)).To(Succeed())
		object, _ := o.look(ctx, claim(ctx, tenant, "identity.example.com", edge))
		Expect(object).NotTo(served())
		Expect(o.check(ctx, edge)).To(haveReady(metav1.ConditionFalse, "NotAllowed"))
		object, _ = o.look(ctx, object)
		Expect(object).To(refused("ProviderNotReady"))
		Expect(trap.calls()).To(BeZero())
		Expect(o.calls("", "")).To(HaveLen(before))
	})

	It("attack 44: was allowed a host before the operator was restarted without the flag", func(ctx context.Context) {
		o.restart(controllers.Permissions{NamespacedEndpoints: true, InsecureEndpoints: true})
		spec := live(storeKey(ctx, tenant, key))
		spec.AlibabaCloud.Endpoint = o.cloud()
		edge := createEdge(ctx, tenant, spec)
		Expect(o.check(ctx, edge)).To(haveReady(metav1.ConditionTrue, "CredentialsAccepted"))
		o.restart(controllers.Permissions{InsecureEndpoints: true})
		before := len(o.calls("", ""))
		object, _ := o.look(ctx, claim(ctx, tenant, "identity.example.com", edge))
		Expect(object).To(refused("ProviderNotReady"))
		Expect(o.calls("", "")).To(HaveLen(before))
	})

	It("attack 45: names a provider of another namespace", func(ctx context.Context) {
		edge := o.newEdge(ctx, tenant, key)
		before := len(o.calls("", ""))
		object, _ := o.look(ctx, claim(ctx, newNamespace(ctx, nil), "identity.example.com", edge))
		Expect(object).To(refused("ProviderNotFound"))
		Expect(o.calls("", "")).To(HaveLen(before))
	})

	It("attack 46: names the credentials of the operator's namespace", func(ctx context.Context) {
		edge := createEdge(ctx, tenant, live(storeKey(ctx, operatorNamespace, newKey())))
		Expect(o.check(ctx, edge)).To(haveReady(metav1.ConditionFalse, "CredentialsNotFound"))
		object, _ := o.look(ctx, claim(ctx, tenant, "identity.example.com", edge))
		Expect(object).To(refused("ProviderNotReady"))
		Expect(o.calls("", "")).To(BeEmpty())
	})

	It("attack 47: puts credentials of its own under the name that a ClusterEdgeProvider uses", func(ctx context.Context) {
		edge := &domaincertv1alpha1.ClusterEdgeProvider{
			ObjectMeta: metav1.ObjectMeta{Name: unique("shared")},
			Spec: domaincertv1alpha1.ClusterEdgeProviderSpec{
				EdgeProviderSpec: live(storeKey(ctx, tenant, key)), AllowedNamespaces: &metav1.LabelSelector{},
			},
		}
		Expect(kube.Create(ctx, edge)).To(Succeed())
		DeferCleanup(func(ctx context.Context) { Expect(kube.Delete(ctx, edge)).To(Succeed()) })
		Expect(o.check(ctx, edge)).To(haveReady(metav1.ConditionFalse, "CredentialsNotFound"))
		object, _ := o.look(ctx, claim(ctx, tenant, "identity.example.com", edge))
		Expect(object).To(refused("ProviderNotReady"))
		Expect(o.calls("", "")).To(BeEmpty())
	})

	DescribeTable("attack 48: has the edge inside the cluster asked", func(ctx context.Context, host, port, why string) {
		if port == "" {
			port = trap.port()
		}
		edge := o.newEdge(ctx, tenant, key)
		object := o.settleWithin(ctx, claim(ctx, tenant, "identity.example.com", edge, func(d *domaincertv1alpha1.DomainCertificate) {
			d.Spec.Verification = domaincertv1alpha1.Verification{Mode: domaincertv1alpha1.VerificationEdge, Address: host + port}
		}))
		Expect(object).To(haveCondition("Verified", metav1.ConditionFalse, "Unreachable"))
		Expect(meta.FindStatusCondition(object.Status.Conditions, "Verified").Message).To(ContainSubstring(why))
		Expect(trap.calls()).To(BeZero())
	},
		Entry("at a port of its choice", "127.0.0.1", "", "the port is not 443"),
		Entry("by its address", "127.0.0.1", ":443", "the address is not public"),
		Entry("by its address inside an IPv6 one", "[::ffff:7f00:1]", ":443", "the address is not public"),
		Entry("by the address of no host", "0.0.0.0", ":443", "the address is not public"),
		Entry("by the address of the metadata service", "169.254.169.254", ":443", "the address is not public"),
	)
})

// ownCredentials replaces a spec's credentials.
func ownCredentials(edit func(*domaincertv1alpha1.AlibabaCloudCredentials, *listener)) func(*domaincertv1alpha1.EdgeProviderSpec, *listener) {
	return func(s *domaincertv1alpha1.EdgeProviderSpec, at *listener) {
		s.AlibabaCloud.Credentials = domaincertv1alpha1.AlibabaCloudCredentials{}
		edit(&s.AlibabaCloud.Credentials, at)
	}
}

// pretend writes into a provider's status what the operator would, as somebody could
// who may write that.
func pretend(ctx context.Context, edge *domaincertv1alpha1.EdgeProvider) {
	GinkgoHelper()
	secret := secretOf(ctx, edge.Namespace, edge.Spec.AlibabaCloud.Credentials.AccessKey.SecretRef.Name)
	edge.Status = domaincertv1alpha1.EdgeProviderStatus{
		ObservedGeneration: &edge.Generation,
		AccountID:          "1000",
		Credentials: &domaincertv1alpha1.CredentialsStatus{
			SecretName: secret.Name, UID: string(secret.UID), ResourceVersion: secret.ResourceVersion,
		},
		Conditions: []metav1.Condition{{
			Type: domaincertv1alpha1.ReadyCondition, Status: metav1.ConditionTrue, Reason: domaincertv1alpha1.CredentialsAcceptedReason,
			LastTransitionTime: metav1.Now(), ObservedGeneration: edge.Generation,
		}},
	}
	Expect(kube.Status().Update(ctx, edge)).To(Succeed())
	Expect(kube.Get(ctx, client.ObjectKeyFromObject(edge), edge)).To(Succeed())
}
