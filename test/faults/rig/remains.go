package rig

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/canary"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

// remains is all that rows leave behind, and every key and credential that must
// not be in it.
type remains struct {
	mu        sync.Mutex
	searcher  canary.Searcher
	artefacts []artefact
	planted   string
}

type artefact struct {
	name    string
	content []byte
}

func (r *remains) learnKey(name string, pair testcerts.Pair) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if searchable(pair) {
		r.searcher.AddKey(name, pair.Signer)
		lines := strings.Split(strings.TrimSpace(string(pair.KeyPEM)), "\n")
		r.planted = strings.Join(lines[1:len(lines)-1], "")
	}
}

func (r *remains) learnSecret(name, secret string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.searcher.AddSecret(name, secret)
}

// Keep keeps what a row has left behind, to be searched when the suite ends.
func (p *Plane) Keep(name string, content []byte) {
	p.remains.mu.Lock()
	defer p.remains.mu.Unlock()
	p.remains.artefacts = append(p.remains.artefacts, artefact{name, content})
}

func (p *Plane) keepFile(name, path string) {
	GinkgoHelper()
	content, err := os.ReadFile(path)
	Expect(err).NotTo(HaveOccurred())
	p.Keep(name, content)
}

// keep keeps a world's objects, their events and statuses as they
// ever were, and the cloud's journal.
func (w *World) keep(ctx context.Context) {
	GinkgoHelper()
	w.keepJSON("the journal", w.Cloud.Journal(edgesim.Query{}))
	for _, name := range w.sightings.names() {
		w.keepJSON("the versions of "+name, w.Sightings(name))
	}
	for kind, list := range map[string]client.ObjectList{
		"events": &eventsv1.EventList{}, "providers": &domaincertv1alpha1.EdgeProviderList{},
	} {
		// A row may have taken the API server down for good.
		if err := w.Client.List(ctx, list, client.InNamespace(w.Namespace)); err == nil {
			w.keepJSON(kind, list)
		}
	}
}

func (w *World) keepJSON(kind string, value any) {
	GinkgoHelper()
	content, err := json.Marshal(value)
	Expect(err).NotTo(HaveOccurred())
	w.Keep(kind+" of "+w.Namespace, content)
}

// search looks for every key and credential in everything that was left behind
// (O7), and shows that it would have found one.
func (p *Plane) search() {
	GinkgoHelper()
	r, searched := &p.remains, 0
	for _, left := range r.artefacts {
		searched += len(left.content)
		Expect(r.searcher.Search(left.name, left.content)).To(BeEmpty(), "O7")
		if r.planted != "" {
			Expect(r.searcher.Search(left.name, append(ending(left.content), r.planted...))).NotTo(BeEmpty(), "a leak in %s would not be found", left.name)
		}
	}
	Expect(searched).To(BeNumerically(">", 0))
	report(fmt.Sprintf("canary\t%d\t%d", len(r.artefacts), searched))
}

// ending is a copy of the end of an artefact.
func ending(content []byte) []byte {
	const longest = 1 << 10
	return append([]byte{}, content[max(0, len(content)-longest):]...)
}

// searchable reports whether the searcher knows keys of this kind.
func searchable(pair testcerts.Pair) bool {
	switch pair.Signer.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey:
		return true
	default:
		return false
	}
}
