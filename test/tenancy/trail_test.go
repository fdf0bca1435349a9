package tenancy_test

import (
	"context"
	"strings"

	"github.com/go-logr/logr/funcr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("Whoever asks afterwards what was deployed", func() {
	It("finds it in the log, with the request that the provider's own trail has", func(ctx context.Context) {
		o, key, tenant := newOperator(controllers.Permissions{}), newKey(), newNamespace(ctx, nil)
		o.newAccount([]string{"trail.example.com"}, key)
		object := claim(ctx, tenant, "trail.example.com", o.newEdge(ctx, tenant, key))

		var lines []string
		logger := funcr.NewJSON(func(line string) { lines = append(lines, line) }, funcr.Options{})
		o.look(ctrl.LoggerInto(ctx, logger), object)
		sets := o.simulator.Journal(edgesim.Query{Operation: "SetLiveDomainCertificate"})
		Expect(sets).To(HaveLen(1))
		Expect(lines).To(ContainElement(And(
			ContainSubstring(`"msg":"deployed"`), ContainSubstring(`"domain":"trail.example.com"`), ContainSubstring(`"replaced":""`),
			ContainSubstring(sets[0].Fingerprint), ContainSubstring(sets[0].RequestID))))

		o.settle(ctx, object)
		Expect(strings.Split(everythingSaid(o, object), "\n")).To(ContainElement(HavePrefix("Normal Deployed ")))
	})
})
