//go:build faults

package access_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/faults/proxy"
	"github.com/domaincert/domaincert/test/faults/rig"
)

// isBody selects requests for the body of a Secret, isLook those for its metadata
// alone.
func isBody(r proxy.Request) bool { return r.Is("secrets", "get") && !r.Metadata }
func isLook(r proxy.Request) bool { return r.Is("secrets", "get") && r.Metadata }

var _ = DescribeTable("a restart with everything in sync reads no body, writes nothing and calls nobody", func(ctx SpecContext, manner string) {
	const (
		objects = 5
		// seen is how long the operator is looked at after its restart: several polls.
		seen = 4 * time.Second
	)
	w := plane.NewWorld(ctx, rig.WorldOptions{})
	served := map[string]string{rig.Name: w.Pair.Fingerprint}
	for i := range objects - 1 {
		name := fmt.Sprintf("more-%d", i)
		domain := name + "." + w.Namespace + ".example.com"
		pair := w.Issue(domain)
		w.AddDomain(domain)
		w.PutCertificate(ctx, name, pair)
		w.Create(ctx, w.DomainCertificate(name, domain))
		served[name] = pair.Fingerprint
	}
	names := append(slices.Collect(maps.Keys(served)), rig.ProviderName)
	between, kubeconfig := w.ProxyFor(ctx, grant(ctx, w, manner, names...).kubeconfig)
	operator := rig.Operator{Kubeconfig: kubeconfig, Arguments: []string{"--secret-access=" + manner, "--secret-poll-interval=1s"}}
	first := w.StartOperator(ctx, operator)
	for name, fingerprint := range served {
		w.AwaitReady(ctx, name, fingerprint)
	}
	Expect(len(between.Seen(isBody))).To(BeNumerically(">=", objects), "requests for bodies would be found")
	Expect(first.Stop()).To(Succeed())

	restart, calls := time.Now(), len(w.Calls(""))
	since := func(selected func(proxy.Request) bool) func() []proxy.Request {
		return func() []proxy.Request {
			return between.Seen(func(r proxy.Request) bool { return r.At.After(restart) && selected(r) })
		}
	}
	w.StartOperator(ctx, operator)
	Consistently(since(isBody)).WithTimeout(seen).Should(BeEmpty())
	Expect(since(proxy.On("domaincertificates", "watch"))()).NotTo(BeEmpty())
	Expect(since(proxy.On("domaincertificates/status"))()).To(BeEmpty())
	Expect(since(proxy.On("edgeproviders/status"))()).To(BeEmpty())
	Expect(w.Calls("")).To(HaveLen(calls))
	if manner == watched {
		Expect(since(isLook)()).To(BeEmpty())
	} else {
		Expect(since(proxy.On("secrets", "list", "watch"))()).To(BeEmpty())
		Expect(len(since(isLook)())).To(BeNumerically(">=", 2*objects), "each Secret was looked at more than once")
	}

	renewed := w.Issue(w.Domain)
	w.PutCertificate(ctx, rig.Name, renewed)
	w.AwaitReady(ctx, rig.Name, renewed.Fingerprint)
	Expect(since(isBody)()).To(HaveEach(HaveField("Name", BeElementOf(rig.Name, rig.ProviderName))), "the operator was not just asleep")
},
	Entry("where Secrets are watched", SpecTimeout(timeout), watched),
	Entry("where they may be read", SpecTimeout(timeout), got),
	Entry("where they may be read by name", SpecTimeout(timeout), named),
)
