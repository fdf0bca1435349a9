//go:build faults

// Package cloud_test has the rows of the fault suite about a cloud that answers
// and is not to be taken at its word.
package cloud_test

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/faults/rig"
)

const (
	// timeout of a row.
	timeout = time.Minute
	// window is longer than the ten minutes within which the operator lets a cloud
	// show the past, and within is shorter.
	window = 11 * time.Minute
	within = 8 * time.Minute
)

// plane is set before the first spec.
var plane *rig.Plane

func TestCloud(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Faults of a cloud that answers")
}

var _ = BeforeSuite(func(ctx SpecContext) {
	plane = rig.Start(ctx, rig.PlaneOptions{})
}, NodeTimeout(5*time.Minute))

var _ = ReportAfterEach(rig.ReportRow)

// age makes everything that the first object's status dates happen so much earlier,
// and has the cloud read back: for the operator, that much time has passed since.
func age(ctx context.Context, w *rig.World, by time.Duration) {
	GinkgoHelper()
	earlier := func(t metav1.Time) metav1.Time { return metav1.NewTime(t.Add(-by)) }
	Expect(retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		object := w.Get(ctx, rig.Name)
		if deployed := object.Status.LastDeployedTime; deployed != nil {
			*deployed = earlier(*deployed)
		}
		for i := range object.Status.Conditions {
			condition := &object.Status.Conditions[i]
			condition.LastTransitionTime = earlier(condition.LastTransitionTime)
		}
		return w.Client.Status().Update(ctx, object)
	})).To(Succeed())
	readBack(ctx, w, rig.Name)
}

// readBack asks for the cloud to be read now.
func readBack(ctx context.Context, w *rig.World, name string) {
	GinkgoHelper()
	object := w.Get(ctx, name)
	w.Change(ctx, object, func() {
		if object.Annotations == nil {
			object.Annotations = map[string]string{}
		}
		object.Annotations[domaincertv1alpha1.ReconcileRequestedAtAnnotation] = time.Now().Format(time.RFC3339Nano)
	})
}

// awaitReadBack reads the cloud back for the first object and waits until it has
// answered.
func awaitReadBack(ctx context.Context, w *rig.World) {
	GinkgoHelper()
	readBack(ctx, w, rig.Name)
	requested := w.Get(ctx, rig.Name).Annotations[domaincertv1alpha1.ReconcileRequestedAtAnnotation]
	Eventually(func() string { return w.Get(ctx, rig.Name).Status.LastHandledReconcileAt }).WithContext(ctx).
		WithTimeout(rig.Patience).WithPolling(20 * time.Millisecond).Should(Equal(requested))
}

// described are the calls that read a domain's certificate back.
func described(w *rig.World, domain string, after uint64) []edgesim.Entry {
	return w.Cloud.Journal(edgesim.Query{Operation: rig.DescribeOperation, Domain: domain, After: after})
}
