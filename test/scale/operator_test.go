package scale_test

import (
	"os"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/domaincert/domaincert/test/program"
)

const (
	// operatorNamespace is where the credentials of ClusterEdgeProviders lie.
	operatorNamespace = "domaincert-system"
	// operatorUser is who the operator is at the API server.
	operatorUser = "system:serviceaccount:" + operatorNamespace + ":domaincert"
	// roleManifest is the role that the operator is shipped with.
	roleManifest = "../../config/rbac/role.yaml"
)

// authorizeOperator makes the operator's user, with the rights that it is
// shipped with and no more.
func (s *scene) authorizeOperator() {
	s.Helper()
	g := NewWithT(s)
	manifest, err := os.ReadFile(roleManifest)
	g.Expect(err).NotTo(HaveOccurred())
	var role rbacv1.ClusterRole
	g.Expect(yaml.UnmarshalStrict(manifest, &role)).To(Succeed())
	s.create(&role)
	s.create(&rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: role.Name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: operatorUser}},
	})
	s.operatorKubeconfig, err = s.control.AddUser(operatorUser)
	g.Expect(err).NotTo(HaveOccurred())
}

// startOperator starts the operator. It is stopped with the test, if not before.
func (s *scene) startOperator() *program.Program {
	s.Helper()
	g := NewWithT(s)
	binary, err := operatorBinary()
	g.Expect(err).NotTo(HaveOccurred())
	log := gbytes.NewBuffer()
	operator, err := program.Start(program.Options{
		Path: binary,
		Arguments: []string{
			"--kubeconfig", s.operatorKubeconfig,
			"--cluster-resource-namespace", operatorNamespace,
			"--metrics-bind-address", "0",
			"--health-probe-bind-address", "0",
			"--allow-insecure-endpoints",
			"--allow-private-edge-addresses",
		},
		Output: log,
	})
	g.Expect(err).NotTo(HaveOccurred())
	s.Cleanup(func() {
		g.Expect(operator.Stop()).To(Succeed())
		if s.Failed() {
			s.Logf("the operator's log ends with:\n%s", tail(log.Contents()))
		}
	})
	return operator
}

// stopOperator ends the operator as Kubernetes does, and returns how long that
// took.
func (s *scene) stopOperator(operator *program.Program) time.Duration {
	s.Helper()
	begin := time.Now()
	NewWithT(s).Expect(operator.Stop()).To(Succeed())
	return time.Since(begin)
}

// tail is the end of a log.
func tail(log []byte) []byte {
	const longest = 8 << 10
	return log[max(0, len(log)-longest):]
}
