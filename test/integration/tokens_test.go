package integration_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// operatorUser is who the operator is to the API server, by both ways to install.
const operatorUser = "system:serviceaccount:" + operatorNamespace + ":domaincert"

// permissions are the objects of the manifest that grant something.
func (m manifest) permissions() manifest {
	GinkgoHelper()
	var documents []string
	for _, object := range m.objects() {
		if object.GroupVersionKind().Group == "rbac.authorization.k8s.io" {
			text, err := yaml.Marshal(object.Object)
			Expect(err).NotTo(HaveOccurred())
			documents = append(documents, string(text))
		}
	}
	return manifest(strings.Join(documents, "---\n"))
}

// tokensByKustomize is the example, which no installation includes.
func tokensByKustomize(ctx context.Context) manifest {
	GinkgoHelper()
	return kustomize(ctx, "../../config/rbac/tokens")
}

// tokensByChart are all permissions that the chart gives with one account named.
func tokensByChart(ctx context.Context) manifest {
	GinkgoHelper()
	rendered, err := chart(ctx, "serviceAccountTokens.sport={edge-certificates}")
	Expect(err).NotTo(HaveOccurred())
	return rendered.permissions()
}

// tokensByDocument is what the page on credentials says to copy.
func tokensByDocument(context.Context) manifest {
	GinkgoHelper()
	const page = "../../docs/providers/credentials.md"
	text, err := os.ReadFile(page)
	Expect(err).NotTo(HaveOccurred())
	var found []manifest
	for _, block := range yamlBlocks(page, string(text)) {
		if len(block.names("RoleBinding")) > 0 {
			found = append(found, block.manifest)
		}
	}
	Expect(found).To(HaveLen(1))
	return found[0]
}

// requestToken has a user request a token of a ServiceAccount, and returns why
// it was not given.
func requestToken(ctx context.Context, user, namespace, name string) error {
	arguments := []string{"create", "token", name, "--namespace", namespace, "--audience", "sts.aliyuncs.com"}
	if user != "" {
		arguments = append(arguments, "--as", user)
	}
	_, err := kubectl(ctx, arguments...)
	return err
}

// ensureServiceAccount makes a ServiceAccount that several specs use.
func ensureServiceAccount(ctx context.Context, namespace, name string) {
	GinkgoHelper()
	ensureNamespace(ctx, namespace)
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	Expect(client.IgnoreAlreadyExists(k8s.Create(ctx, account))).To(Succeed())
}

var _ = Describe("Tokens of ServiceAccounts", func() {
	type account struct{ namespace, name string }
	wanted := account{"sport", "edge-certificates"}
	others := []account{{"sport", "bystander"}, {"media", wanted.name}, {operatorNamespace, "bystander"}}

	beforehand := func(ctx context.Context, install func(context.Context) manifest) {
		GinkgoHelper()
		for _, one := range append(others, wanted) {
			ensureServiceAccount(ctx, one.namespace, one.name)
			Expect(requestToken(ctx, "", one.namespace, one.name)).To(Succeed(), "there is one to be had")
		}
		Expect(install(ctx).permissions().apply(ctx)).To(Succeed())
		// Permissions are in force a moment after they were stored.
		Eventually(func() error {
			_, err := kubectl(ctx, "get", "secrets", "--all-namespaces", "--as", operatorUser)
			return err
		}).WithTimeout(30 * time.Second).Should(Succeed())
	}
	refuses := func(ctx context.Context, one account) {
		GinkgoHelper()
		Expect(requestToken(ctx, operatorUser, one.namespace, one.name)).To(MatchError(ContainSubstring(`cannot create resource "serviceaccounts/token"`)),
			fmt.Sprintf("%s/%s", one.namespace, one.name))
	}

	DescribeTable("are the operator's to request only where that was granted",
		func(ctx SpecContext, install, grant func(context.Context) manifest) {
			beforehand(ctx, install)
			for _, one := range append(others, wanted) {
				refuses(ctx, one)
			}

			granted := grant(ctx)
			Expect(granted.apply(ctx)).To(Succeed())
			DeferCleanup(func(ctx SpecContext) {
				// What the chart installs besides is the same with and without.
				_, err := kubectl(ctx, "delete", "role,rolebinding", "domaincert-tokens", "--namespace", wanted.namespace)
				Expect(err).NotTo(HaveOccurred())
				Eventually(requestToken).WithArguments(ctx, operatorUser, wanted.namespace, wanted.name).
					WithTimeout(30 * time.Second).ShouldNot(Succeed())
			})
			Eventually(requestToken).WithArguments(ctx, operatorUser, wanted.namespace, wanted.name).
				WithTimeout(30 * time.Second).Should(Succeed())
			for _, one := range others {
				refuses(ctx, one)
			}
		},
		Entry("by the chart's value", byChart, tokensByChart),
		Entry("by the example", byKustomize, tokensByKustomize),
		Entry("by the document", byKustomize, tokensByDocument),
	)

	It("are not granted by an empty list, which RBAC takes for all", func(ctx SpecContext) {
		_, err := helm(ctx, "template", "domaincert", chartFolder, "--set-json", `serviceAccountTokens={"media": []}`)
		Expect(err).To(MatchError(ContainSubstring("at '/serviceAccountTokens/media': minItems")))
	})
})
