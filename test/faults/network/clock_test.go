//go:build faults

package network_test

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/faults/rig"
)

// expired is the code of a request whose date is too far from the cloud's.
const expired = "InvalidTimeStamp.Expired"

var _ = Describe("row 15:", func() {
	DescribeTable("a clock that is off by an hour costs one request, repeated with the cloud's own date",
		func(ctx SpecContext, ahead time.Duration) {
			w := plane.NewWorld(ctx, rig.WorldOptions{Settings: edgesim.Settings{ClockSkew: edgesim.Duration(ahead)}})
			w.StartOperator(ctx, rig.Operator{})
			w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
			next := w.Issue(w.Domain)
			w.PutCertificate(ctx, rig.Name, next)
			w.AwaitReady(ctx, rig.Name, next.Fingerprint)
			Expect(w.Cloud.Journal(edgesim.Query{Outcome: expired})).To(HaveLen(1), "what was learned is kept")
			Expect(w.Sets(w.Domain)).To(HaveLen(2))
		},
		Entry("behind", time.Hour, SpecTimeout(timeout)),
		Entry("ahead", -time.Hour, SpecTimeout(timeout)),
	)

	It("one that is refused even so is Stalled after two tries, says how far it is off, and recovers", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{Settings: edgesim.Settings{ClockSkew: 180 * edgesim.Minute}})
		w.AddFault(edgesim.Fault{Kind: edgesim.FaultError, Status: http.StatusBadRequest, Code: expired})
		w.StartOperator(ctx, rig.Operator{})
		awaitProvider(ctx, w, rig.ProviderName, metav1.ConditionFalse, "ClockSkew")
		Expect(providerCondition(ctx, w, rig.ProviderName, ready).Message).To(ContainSubstring("it is about 3 hours behind the provider's"))
		Expect(providerCondition(ctx, w, rig.ProviderName, stalled)).To(HaveField("Reason", "ClockSkew"))
		w.AwaitCondition(ctx, rig.Name, stalled, metav1.ConditionTrue, "ProviderNotReady")
		Expect(outcomes(w, "")).To(Equal([]string{expired, expired}))

		w.Cloud.ClearFaults()
		// The next try is in five minutes, unless something changes.
		credentials := &corev1.Secret{}
		Expect(w.Client.Get(ctx, client.ObjectKey{Namespace: w.Namespace, Name: rig.ProviderName}, credentials)).To(Succeed())
		w.Change(ctx, credentials, func() { credentials.Annotations = map[string]string{"touched": "true"} })
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
	}, SpecTimeout(timeout))
})
