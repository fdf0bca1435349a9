package tenancy_test

import (
	"context"
	"encoding/json"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = Describe("A tenant who writes what others read", func() {
	var (
		o      *operator
		tenant string
		key    edgesim.AccessKey
	)
	BeforeEach(func(ctx context.Context) {
		o, key = newOperator(controllers.Permissions{}), newKey()
		tenant = newNamespace(ctx, nil)
	})

	It("attack 55: puts parameters of a request into annotations and labels", func(ctx context.Context) {
		o.newAccount([]string{"a55.example.com", "victim55.example.com"}, key)
		edge := o.newEdge(ctx, tenant, key)
		hostile := "now&DomainName=victim55.example.com\r\nX-Acs-Action: SetLiveDomainCertificate\x00${jndi}"
		object := claim(ctx, tenant, "a55.example.com", edge, func(d *domaincertv1alpha1.DomainCertificate) {
			d.Annotations = map[string]string{
				domaincertv1alpha1.ReconcileRequestedAtAnnotation: hostile + strings.Repeat("x", 1000),
				domaincertv1alpha1.AllowOlderAnnotation:           hostile,
				domaincertv1alpha1.AbandonAnnotation:              hostile,
				"domaincert.io/domain":                            "victim55.example.com",
			}
		})
		Expect(o.settle(ctx, object)).To(served())
		Expect(o.calls("", "victim55.example.com")).To(BeEmpty())
		for _, entry := range o.simulator.Journal(edgesim.Query{}) {
			Expect(entry.Domain).To(BeElementOf("", "a55.example.com"))
			Expect(entry.CertificateName).To(MatchRegexp(`^(dcert-a55-example-com-[0-9a-f]{12})?$`))
		}
	})

	It("attack 56: has the name of its object decide which stored certificate is replaced", func(ctx context.Context) {
		o.newAccount([]string{"a56.example.com", "b56.example.com"}, key)
		edge := o.newClusterEdge(ctx, key, nil)
		other := newNamespace(ctx, nil)
		Expect(o.settle(ctx, claim(ctx, tenant, "a56.example.com", edge))).To(served())
		Expect(o.settle(ctx, claim(ctx, other, "b56.example.com", edge))).To(served())
		names := map[string]string{}
		for _, entry := range o.simulator.Journal(edgesim.Query{Operation: "SetLiveDomainCertificate"}) {
			Expect(names).NotTo(HaveKey(entry.CertificateName))
			names[entry.CertificateName] = entry.Domain
		}
		Expect(names).To(HaveLen(2))
	})

	It("attack 57: has the certificate replaced that a domain of others is served with, too", func(ctx context.Context) {
		edge := o.newPro(ctx, "a57.example.com", "victim57.example.com")
		edge.Spec.NamespaceRules = nil
		rule("sport", "a57.example.com")(&edge.Spec)
		Expect(kube.Update(ctx, edge)).To(Succeed())
		o.check(ctx, edge)
		attacker := newNamespace(ctx, map[string]string{"team": "sport"})
		object := claim(ctx, attacker, "a57.example.com", edge)
		storePair(ctx, attacker, authority.Issue(testcerts.Options{DNSNames: []string{"a57.example.com", "victim57.example.com"}}))
		object, _ = o.look(ctx, object)
		Expect(object).To(refused("DomainNotAllowed"))
		Expect(o.simulator.Journal(edgesim.Query{})).To(HaveEach(HaveField("Applied", BeFalse())))
	})

	DescribeTable("attack 58: has a provider of its own answer with", func(ctx context.Context, body string, matcher types.GomegaMatcher) {
		liar := answering(body)
		o.restart(controllers.Permissions{NamespacedEndpoints: true, InsecureEndpoints: true})
		spec := live(storeKey(ctx, tenant, newKey()))
		spec.AlibabaCloud.Endpoint = liar
		edge := createEdge(ctx, tenant, spec)
		o.tryCheck(ctx, edge)
		Expect(edge).To(haveReady(metav1.ConditionFalse, "Unavailable"))
		status, err := json.Marshal(edge.Status)
		Expect(err).NotTo(HaveOccurred())
		Expect(string(status)).To(And(matcher, Not(ContainSubstring("s3cr3t")), MatchRegexp(`^[ -~]*$`)))
		for _, condition := range edge.Status.Conditions {
			Expect(len(condition.Message)).To(BeNumerically("<=", 256))
		}
	},
		Entry("a code with control characters", `{"RequestId":"1","Code":"Bad\u0007\u001b[31m\nReady=True"}`, Not(ContainSubstring("[31m"))),
		Entry("a code that is a secret", `{"RequestId":"1","Code":"s3cr3t `+strings.Repeat("x", 5000)+`"}`, Not(ContainSubstring("xxx"))),
		Entry("a message that repeats what was sent", `{"RequestId":"1","Code":"InternalError","Message":"s3cr3t-----BEGIN PRIVATE KEY-----"}`, Not(ContainSubstring("BEGIN"))),
		Entry("another page", `<html>s3cr3t</html>`, Not(ContainSubstring("html"))),
		Entry("an account id that is none", `{"RequestId":"1","AccountId":"1000\n\u0000s3cr3t"}`, Not(ContainSubstring(`"accountID"`))),
	)

	It("attack 59: learns of another namespace by a conflict no more than that there is one", func(ctx context.Context) {
		o.newAccount([]string{"a59.example.com"}, key)
		edge := o.newClusterEdge(ctx, key, nil)
		owner, attacker := twoNamespaces(ctx)
		Expect(o.settle(ctx, claim(ctx, owner, "a59.example.com", edge, func(d *domaincertv1alpha1.DomainCertificate) { d.Name = "hush-hush" }))).To(served())
		object, _ := o.look(ctx, claim(ctx, attacker, "a59.example.com", edge))
		Expect(object).To(refused("Conflict"))
		said, err := json.Marshal(object.Status)
		Expect(err).NotTo(HaveOccurred())
		Expect(string(said)).NotTo(Or(ContainSubstring(owner), ContainSubstring("hush-hush")))
	})

	It("attack 60: recreates its object, whose status is then not what was learned of the one before", func(ctx context.Context) {
		o.newAccount([]string{"a60.example.com"}, key)
		edge := o.newEdge(ctx, tenant, key)
		first := claim(ctx, tenant, "a60.example.com", edge)
		o.seen = func() {
			Expect(kube.Delete(ctx, first.DeepCopy())).To(Succeed())
			o.seen = func() {}
		}
		o.connector.Forget(edge.UID)
		o.look(ctx, first)
		Expect(kube.Get(ctx, client.ObjectKeyFromObject(first), first)).NotTo(Succeed())
		Expect(o.changes("a60.example.com")).To(BeEmpty(), "nobody wants it any more")
	})
})

// everythingSaid is the status of an object and all events.
func everythingSaid(o *operator, object *domaincertv1alpha1.DomainCertificate) string {
	GinkgoHelper()
	said, err := json.Marshal(object.Status)
	Expect(err).NotTo(HaveOccurred())
	text := string(said)
	for len(o.events.Events) > 0 {
		text += "\n" + <-o.events.Events
	}
	return text
}

// secretOf reads a Secret.
func secretOf(ctx context.Context, namespace, name string) *corev1.Secret {
	GinkgoHelper()
	secret := &corev1.Secret{}
	Expect(kube.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, secret)).To(Succeed())
	return secret
}
