//go:build faults

package network_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/faults/rig"
)

var _ = DescribeTable("row 12: a host that cannot be trusted is sent nothing, by no other way either, and is used again when it can:",
	func(ctx SpecContext, shown edgesim.APICertificate) {
		w := plane.NewWorld(ctx, rig.WorldOptions{HTTPS: true, Settings: edgesim.Settings{APICertificate: shown}})
		w.StartOperator(ctx, rig.Operator{Environment: trusting(w)})
		awaitProvider(ctx, w, rig.ProviderName, metav1.ConditionFalse, "ProviderTLSError")
		Expect(w.Cloud.Journal(edgesim.Query{})).To(BeEmpty(), "not even a request's first line")

		settle(w, func(s *edgesim.Settings) { s.APICertificate = edgesim.APICertificateValid })
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		Expect(w.Sets(w.Domain)).To(HaveLen(1))
	},
	Entry("its certificate has expired", edgesim.APICertificateExpired, SpecTimeout(timeout)),
	Entry("its certificate is another host's", edgesim.APICertificateWrongHost, SpecTimeout(timeout)),
	Entry("its certificate is of an unknown authority", edgesim.APICertificateUnknownCA, SpecTimeout(timeout)),
	Entry("it speaks TLS 1.0", edgesim.APICertificateTLS10, SpecTimeout(timeout)),
)
