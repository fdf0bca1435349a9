//go:build faults

package process_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/faults/rig"
	"github.com/domaincert/domaincert/test/testcerts"
)

// previous is the version that is replaced. It is this one under another name:
// there is no released one yet, and what a status of an older schema lacks is seen
// to by a row of its own.
const previous = "v0.0.0-previous"

// buildPrevious builds it with the flags of the Makefile but for the name, so that
// only the linker has work to do.
func buildPrevious() string {
	GinkgoHelper()
	path, err := gexec.BuildWithEnvironment("github.com/domaincert/domaincert/cmd", []string{"CGO_ENABLED=0"},
		"-trimpath", "-ldflags", "-s -w -X main.version="+previous)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(gexec.CleanupBuildArtifacts)
	return path
}

// writers of the statuses in a world, by their versions, each time that another one
// has taken over, as the audit log has them.
func writers(w *rig.World) []string {
	GinkgoHelper()
	log, err := os.ReadFile(w.Cluster.AuditLog)
	Expect(err).NotTo(HaveOccurred())
	var versions []string
	for line := range strings.Lines(string(log)) {
		var request struct {
			Verb, UserAgent string
			ObjectRef       struct{ Resource, Namespace, Subresource string }
		}
		Expect(json.Unmarshal([]byte(line), &request)).To(Succeed())
		of := request.ObjectRef
		if of.Namespace == w.Namespace && of.Resource == "domaincertificates" && of.Subresource == "status" && request.Verb == "patch" {
			versions = append(versions, request.UserAgent)
		}
	}
	return slices.Compact(versions)
}

var _ = It("row 62: of two versions side by side one leads, forward and back, and neither does again what the other did", func(ctx SpecContext) {
	old := rig.Operator{Binary: buildPrevious()}
	w := plane.NewWorld(ctx, rig.WorldOptions{})
	plane.AuthorizeElection(ctx, w.Namespace)
	p := &pair{World: w, leader: w.StartOperator(ctx, electing(w, old))}
	w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)

	By("rolling the new version out")
	p.standby = w.StartOperator(ctx, electing(w, shipped(w)))
	p.standby.AwaitReady(ctx)
	Expect(p.handOver(ctx, syscall.SIGTERM).duplicates).To(BeZero())

	By("rolling it back")
	p.leader, p.standby = p.standby, w.StartOperator(ctx, electing(w, old))
	p.standby.AwaitReady(ctx)
	Expect(p.handOver(ctx, syscall.SIGTERM).duplicates).To(BeZero())
	Expect(writers(w)).To(HaveExactElements(HaveSuffix(previous), Not(HaveSuffix(previous)), HaveSuffix(previous)))
}, SpecTimeout(timeout))

// A status as the first draft of the API had it: without the time that tells which of
// two certificates is older, and without the column's short fingerprint.
var _ = It("row 62: a status of an older schema is completed, and what it says still counts", func(ctx SpecContext) {
	w := plane.NewWorld(ctx, rig.WorldOptions{})
	first := w.StartOperator(ctx, rig.Operator{Release: true})
	w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
	Expect(first.Stop()).To(Succeed())

	object := w.Get(ctx, rig.Name)
	before := object.DeepCopy()
	object.Status.DeployedNotBefore, object.Status.Provider.ShortFingerprint = nil, ""
	Expect(w.Client.Status().Patch(ctx, object, client.MergeFrom(before))).To(Succeed())

	w.StartOperator(ctx, rig.Operator{Release: true})
	older := w.IssueWith(testcerts.Options{DNSNames: []string{w.Domain}, NotBefore: w.Pair.Leaf.NotBefore.AddDate(0, 0, -1)})
	w.PutCertificate(ctx, rig.Name, older)
	w.AwaitCondition(ctx, rig.Name, domaincertv1alpha1.DeployedCondition, metav1.ConditionFalse, domaincertv1alpha1.OlderThanServedReason)
	renew(ctx, w)
	Expect(w.Sets(w.Domain)).To(HaveLen(2), "the first and the renewed")

	status := w.Get(ctx, rig.Name).Status
	Expect(status.DeployedNotBefore).NotTo(BeNil())
	Expect(status.Provider.ShortFingerprint).NotTo(BeEmpty())
	Expect(w.Reasons(rig.Name, domaincertv1alpha1.ReadyCondition)).NotTo(ContainElement(domaincertv1alpha1.OlderThanServedReason), "the domain was served all along")
}, SpecTimeout(timeout))
