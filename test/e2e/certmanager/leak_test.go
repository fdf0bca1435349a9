//go:build certmanager

package certmanager_test

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/canary"
	"github.com/domaincert/domaincert/test/stage"
)

// The end of the suite searches for every key; this one shows that it would find.
var _ = Describe("A key of cert-manager", func() {
	It("would be found where it is left", func(ctx SpecContext) {
		s := newSite(ctx, "planted", secretRef, "")
		s.awaitFirst(ctx)
		key := must(ctx, world, "get", "secret", s.secret, "-n", stage.Namespace, "-o", `jsonpath={.data.tls\.key}`)
		part := key[len(key)/5:][:60] // before it stand the PEM's first line and the version, behind it the public key
		must(ctx, world, "create", "configmap", "planted", "-n", stage.Namespace, "--from-literal=part="+part)
		DeferCleanup(func(ctx SpecContext) { must(ctx, world, "delete", "configmap", "planted", "-n", stage.Namespace) }, NodeTimeout(patience))

		all, err := world.Artefacts(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(search(events, all)).To(ConsistOf(And(HaveField("Artefact", "objects"), HaveField("Form", "base64"))))
	}, SpecTimeout(timeout))
})

// expectNoKeyLeft searches all that a stage has left behind for every key that
// was issued on it, and says how much that was.
func expectNoKeyLeft(ctx context.Context, in *stage.Stage, known *chronicle) string {
	GinkgoHelper()
	all, err := in.Artefacts(ctx)
	Expect(err).NotTo(HaveOccurred())
	Expect(all).To(HaveKey("cert-manager's log"))
	var size int
	for _, content := range all {
		size += len(content)
	}
	found := search(known, all)
	Expect(found).To(BeEmpty())
	return fmt.Sprintf("%d keys of cert-manager searched for in %d artefacts, %d bytes: %d hits", known.keyCount(), len(all), size, len(found))
}

// search returns every key in every artefact.
func search(known *chronicle, all map[string][]byte) []canary.Sighting {
	searcher := known.searcher()
	var found []canary.Sighting
	for name, content := range all {
		found = append(found, searcher.Search(name, content)...)
	}
	return found
}
