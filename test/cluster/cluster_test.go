package cluster_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/cluster"
)

var _ = Describe("Start", func() {
	It("starts a control plane that is recorded, has users and leaves nothing behind", func(ctx SpecContext) {
		directory := filepath.Join(GinkgoT().TempDir(), "cluster")
		control, err := cluster.Start(ctx, cluster.Options{Directory: directory, AuditLog: true, ControllerManager: true})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(control.Stop)
		user, err := control.AddUser("system:serviceaccount:default:default")
		Expect(err).NotTo(HaveOccurred())

		Expect(kubectl(ctx, control, control.Kubeconfig, "auth", "can-i", "*", "*")).To(Equal("yes\n"))
		Expect(kubectl(ctx, control, user, "auth", "whoami")).To(ContainSubstring("system:serviceaccount:default:default"))
		for _, kubeconfig := range []string{control.Kubeconfig, user} {
			information, err := os.Stat(kubeconfig)
			Expect(err).NotTo(HaveOccurred())
			Expect(information.Mode().Perm()).To(Equal(os.FileMode(0o600)))
		}

		Expect(kubectl(ctx, control, control.Kubeconfig, "create", "namespace", "short-lived")).To(ContainSubstring("created"))
		Expect(kubectl(ctx, control, control.Kubeconfig, "delete", "namespace", "short-lived", "--timeout=60s")).To(ContainSubstring("deleted"))
		Expect(os.ReadFile(control.AuditLog)).To(And(
			ContainSubstring(`"verb":"create","user":{"username":"admin"`),
			ContainSubstring(`"resource":"namespaces"`),
			Not(ContainSubstring("requestObject")),
		))

		Expect(control.Stop()).To(Succeed())
		Expect(directory).NotTo(BeADirectory())
	}, SpecTimeout(5*time.Minute))

	It("leaves nothing behind when it is interrupted", func(ctx SpecContext) {
		interrupted, interrupt := context.WithCancel(ctx)
		interrupt()
		directory := filepath.Join(GinkgoT().TempDir(), "cluster")
		_, err := cluster.Start(interrupted, cluster.Options{Directory: directory})
		Expect(err).To(MatchError(context.Canceled))
		Expect(directory).NotTo(BeADirectory())
	}, SpecTimeout(5*time.Minute))

	It("names the program that is missing", func(ctx SpecContext) {
		_, err := cluster.Start(ctx, cluster.Options{Assets: GinkgoT().TempDir()})
		Expect(err).To(MatchError(ContainSubstring("has no etcd")))
	})

	It("refuses a directory that holds something", func(ctx SpecContext) {
		directory := GinkgoT().TempDir()
		precious := filepath.Join(directory, "precious")
		Expect(os.WriteFile(precious, nil, 0o600)).To(Succeed())
		_, err := cluster.Start(ctx, cluster.Options{Directory: directory})
		Expect(err).To(MatchError(ContainSubstring("is not empty")))
		Expect(precious).To(BeAnExistingFile())
	})
})

// kubectl runs kubectl as one of the cluster's users.
func kubectl(ctx context.Context, control *cluster.Cluster, kubeconfig string, arguments ...string) (string, error) {
	output, err := exec.CommandContext(ctx, control.Kubectl, append([]string{"--kubeconfig", kubeconfig}, arguments...)...).CombinedOutput()
	return string(output), err
}
