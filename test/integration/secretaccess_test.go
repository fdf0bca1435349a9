package integration_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// installed is a way to install.
type installed func(context.Context) manifest

// component is a kustomization of one's own, with one of the components.
func component(name string) installed {
	return func(ctx context.Context) manifest {
		GinkgoHelper()
		folder, err := filepath.EvalSymlinks(GinkgoT().TempDir())
		Expect(err).NotTo(HaveOccurred())
		config, err := filepath.Abs("../../config")
		Expect(err).NotTo(HaveOccurred())
		config, err = filepath.Rel(folder, config)
		Expect(err).NotTo(HaveOccurred())
		text := fmt.Sprintf("resources: [%[1]s/default]\ncomponents: [%[1]s/rbac/%[2]s]\n", config, name)
		Expect(os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(text), 0o600)).To(Succeed())
		return kustomize(ctx, folder)
	}
}

// valued is the chart with some values.
func valued(values ...string) installed {
	return func(ctx context.Context) manifest {
		GinkgoHelper()
		rendered, err := chart(ctx, values...)
		Expect(err).NotTo(HaveOccurred())
		return rendered
	}
}

var _ = Describe("What may be done with Secrets", func() {
	var (
		gotByChart       = valued("rbac.secretAccess=get")
		gotByKustomize   = component("get")
		namedByChart     = valued("rbac.secretAccess=named", "rbac.secretNames.sport={live-tls}", "rbac.secretNames."+operatorNamespace+"={live-credentials}")
		namedByKustomize = component("named")
	)
	// ask has the operator ask for Secrets, and returns why it got none.
	ask := func(ctx context.Context, arguments ...string) error {
		_, err := kubectl(ctx, append([]string{"get", "secrets", "--as", operatorUser}, arguments...)...)
		return err
	}
	forbidden := MatchError(ContainSubstring("is forbidden"))

	DescribeTable("is the same by kustomize and by the chart", func(ctx SpecContext, flag string, left, right installed) {
		Expect(granted(right(ctx))).To(ConsistOf(granted(left(ctx))))
		Expect(arguments(left(ctx))).To(ContainElement(flag))
		Expect(arguments(right(ctx))).To(ContainElements(flag, "--secret-poll-interval=5m"))
	},
		Entry("to read them", "--secret-access=get", gotByKustomize, gotByChart),
		Entry("to read those that are named", "--secret-access=named", namedByKustomize, namedByChart),
	)

	DescribeTable("is enforced by the API server", func(ctx SpecContext, install installed, anyName bool) {
		for namespace, name := range map[string]string{"sport": "live-tls", operatorNamespace: "live-credentials", "media": "live-tls"} {
			ensureNamespace(ctx, namespace)
			secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
			Expect(client.IgnoreAlreadyExists(k8s.Create(ctx, secret))).To(Succeed())
		}
		// Another installation may have granted more, in another spec.
		_, err := kubectl(ctx, "delete", "clusterrole,clusterrolebinding", "domaincert", "--ignore-not-found")
		Expect(err).NotTo(HaveOccurred())
		granting := install(ctx).permissions()
		Expect(granting.apply(ctx)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) {
			_, err := kubectlWith(ctx, string(granting), "delete", "--ignore-not-found", "--filename=-")
			Expect(err).NotTo(HaveOccurred())
		})
		// Permissions are in force a moment after they were stored.
		Eventually(ask).WithArguments(ctx, "live-tls", "--namespace", "sport").WithTimeout(30 * time.Second).Should(Succeed())
		Eventually(ask).WithArguments(ctx, "live-credentials", "--namespace", operatorNamespace).WithTimeout(30 * time.Second).Should(Succeed())
		Eventually(ask).WithArguments(ctx, "--all-namespaces").WithTimeout(30 * time.Second).Should(forbidden)
		Expect(ask(ctx, "--namespace", "sport")).To(forbidden)
		if anyName {
			Expect(ask(ctx, "live-tls", "--namespace", "media")).To(Succeed())
			return
		}
		Expect(ask(ctx, "live-tls", "--namespace", "media")).To(forbidden)
		Expect(ask(ctx, "another", "--namespace", "sport")).To(forbidden)
	},
		Entry("to read them, by kustomize", gotByKustomize, true),
		Entry("to read them, by the chart", gotByChart, true),
		Entry("to read those that are named, by kustomize", namedByKustomize, false),
		Entry("to read those that are named, by the chart", namedByChart, false),
	)

	It("is not granted by an empty list of names, which RBAC takes for all", func(ctx SpecContext) {
		_, err := helm(ctx, "template", "domaincert", chartFolder, "--set-json", `rbac={"secretAccess": "named", "secretNames": {"media": []}}`)
		Expect(err).To(MatchError(ContainSubstring("at '/rbac/secretNames/media': minItems")))
	})
})
