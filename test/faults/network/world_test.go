//go:build faults

package network_test

import (
	"context"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/faults/rig"
)

const (
	ready    = domaincertv1alpha1.ReadyCondition
	deployed = domaincertv1alpha1.DeployedCondition
	stalled  = domaincertv1alpha1.StalledCondition
	// identify is the call that checks an account's credentials.
	identify = "GetCallerIdentity"
)

// trusting is the environment of an operator that trusts a world's cloud.
func trusting(w *rig.World) []string {
	GinkgoHelper()
	path := filepath.Join(GinkgoT().TempDir(), "cloud.pem")
	Expect(os.WriteFile(path, w.Cloud.CAPEM(), 0o600)).To(Succeed())
	return []string{"SSL_CERT_FILE=" + path}
}

// providerCondition is a condition of a provider's.
func providerCondition(ctx context.Context, w *rig.World, name, condition string) *metav1.Condition {
	GinkgoHelper()
	edge := &domaincertv1alpha1.EdgeProvider{}
	Expect(w.Client.Get(ctx, client.ObjectKey{Namespace: w.Namespace, Name: name}, edge)).To(Succeed())
	return meta.FindStatusCondition(edge.Status.Conditions, condition)
}

// awaitProvider waits until a provider's Ready has a status and a reason.
func awaitProvider(ctx context.Context, w *rig.World, name string, status metav1.ConditionStatus, reason string) {
	GinkgoHelper()
	Eventually(providerCondition).WithArguments(ctx, w, name, ready).WithTimeout(rig.Patience).WithPolling(20 * time.Millisecond).
		Should(And(Not(BeNil()), HaveField("Status", status), HaveField("Reason", reason)))
}

// outcomes are those of all calls of an operation, oldest first.
func outcomes(w *rig.World, operation string) []string {
	var found []string
	for _, entry := range w.Calls(operation) {
		found = append(found, entry.Outcome)
	}
	return found
}

// settle changes a world's settings.
func settle(w *rig.World, change func(*edgesim.Settings)) {
	GinkgoHelper()
	settings := w.Cloud.Settings()
	change(&settings)
	Expect(w.Cloud.SetSettings(settings)).To(Succeed())
}
