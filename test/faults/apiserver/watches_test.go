//go:build faults

package apiserver_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/faults/proxy"
	"github.com/domaincert/domaincert/test/faults/rig"
)

// watching selects every watch.
func watching(r proxy.Request) bool { return r.Verb == "watch" }

// isNews reports whether an event tells of a change, not of how far a watch is.
func isNews(event proxy.Event) bool { return event.Type != "BOOKMARK" && event.Type != "ERROR" }

// disturbances are what can happen to the events of a watch. Each returns the
// function for one watch.
func disturbances() map[string]func() func(proxy.Event) []proxy.Event {
	return map[string]func() func(proxy.Event) []proxy.Event{
		"doubled": func() func(proxy.Event) []proxy.Event {
			return func(event proxy.Event) []proxy.Event { return []proxy.Event{event, event} }
		},
		"told in pairs, the later one first": func() func(proxy.Event) []proxy.Event {
			var held []proxy.Event
			return func(event proxy.Event) []proxy.Event {
				if !isNews(event) {
					told := append(held, event)
					held = nil
					return told
				}
				if held = append(held, event); len(held) < 2 {
					return nil
				}
				told := []proxy.Event{held[1], held[0]}
				held = nil
				return told
			}
		},
	}
}

// renew writes further certificates for a world's first object, and waits until
// the last of them is served.
func renew(ctx context.Context, w *rig.World, times int) {
	GinkgoHelper()
	for range times {
		pair := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, pair)
		w.AwaitReady(ctx, rig.Name, pair.Fingerprint)
	}
}

var _ = Describe("row 51:", func() {
	for what, disturb := range disturbances() {
		It("events that are "+what+" change nothing", func(ctx SpecContext) {
			w := plane.NewWorld(ctx, rig.WorldOptions{})
			between, kubeconfig := w.Proxy(ctx)
			w.StartOperator(ctx, rig.Operator{Kubeconfig: kubeconfig})
			w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)

			// From here on, so that the first list of each kind is whole.
			between.Add(proxy.Rule{Match: watching, Act: func(rw http.ResponseWriter, r *http.Request, forward http.Handler) {
				proxy.Rewrite(disturb())(rw, r, forward)
			}})
			between.Sever()
			first := w.Issue(w.Domain)
			w.PutCertificate(ctx, rig.Name, first)
			second := w.Issue(w.Domain)
			w.PutCertificate(ctx, rig.Name, second)
			w.AwaitReady(ctx, rig.Name, second.Fingerprint)
			Expect(len(w.Sets(w.Domain))).To(BeNumerically("<=", 3))
		}, SpecTimeout(timeout))
	}

	It("watches that break again and again are begun again", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		between, kubeconfig := w.Proxy(ctx)
		w.StartOperator(ctx, rig.Operator{Kubeconfig: kubeconfig})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		for range 3 {
			between.Sever()
			renew(ctx, w, 1)
		}
		Expect(w.Sets(w.Domain)).To(HaveLen(4))
	}, SpecTimeout(timeout))

	It("a watch that tells nothing but how far it is is made up for when it breaks", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		between, kubeconfig := w.Proxy(ctx)
		w.StartOperator(ctx, rig.Operator{Kubeconfig: kubeconfig})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		var deaf atomic.Bool
		deaf.Store(true)
		between.Add(proxy.Rule{Match: watching, Act: proxy.Rewrite(func(event proxy.Event) []proxy.Event {
			if deaf.Load() && isNews(event) {
				return nil
			}
			return []proxy.Event{event}
		})})
		between.Sever()
		second := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, second)
		Consistently(w.Stored).WithArguments(w.Domain).WithTimeout(time.Second).Should(Equal(w.Pair.Fingerprint))
		deaf.Store(false)
		between.Sever()
		w.AwaitReady(ctx, rig.Name, second.Fingerprint)
	}, SpecTimeout(timeout))
})

var _ = Describe("row 52:", func() {
	It("a watch whose past was compacted away is listed anew, and nothing is sent again", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		between, kubeconfig := w.Proxy(ctx)
		w.StartOperator(ctx, rig.Operator{Kubeconfig: kubeconfig})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)

		gone, err := json.Marshal(metav1.Status{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
			Status:   metav1.StatusFailure, Code: http.StatusGone, Reason: metav1.StatusReasonExpired, Message: "too old resource version",
		})
		Expect(err).NotTo(HaveOccurred())
		var told atomic.Int32
		var expired sync.Map
		between.Add(proxy.Rule{
			Match: watching,
			// Each watch once, when it goes on where it was; those that begin with a
			// list have no past.
			Act: func(rw http.ResponseWriter, r *http.Request, forward http.Handler) {
				_, again := expired.Load(r.URL.Path)
				if again || r.URL.Query().Get("sendInitialEvents") == "true" {
					forward.ServeHTTP(rw, r)
					return
				}
				expired.Store(r.URL.Path, true)
				told.Add(1)
				rw.Header().Set("Content-Type", "application/json")
				if _, err := rw.Write(append([]byte(`{"type":"ERROR","object":`), append(gone, '}', '\n')...)); err != nil {
					panic(http.ErrAbortHandler)
				}
			},
		})
		between.Sever()
		// Some watches begin with a list at once when they are broken.
		Eventually(told.Load).WithTimeout(rig.Patience).Should(BeNumerically(">", 0))
		renew(ctx, w, 1)
		Expect(w.Sets(w.Domain)).To(HaveLen(2))
	}, SpecTimeout(timeout))
})

var _ = Describe("row 53:", func() {
	DescribeTable("an API server that shows the past brings no older certificate to the edge", func(ctx SpecContext, shown string) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		w.OtherWriters = true // whoever believes in the past may write it down
		first := w.StartOperator(ctx, rig.Operator{})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		before := pastOf(ctx, w, shown)
		second := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, second)
		w.AwaitReady(ctx, rig.Name, second.Fingerprint)
		Expect(first.Stop()).To(Succeed())

		between, kubeconfig := w.Proxy(ctx)
		between.Add(proxy.Rule{Match: watching, Act: proxy.Rewrite(before.instead)})
		between.Add(proxy.Rule{Match: proxy.On("secrets", "get"), Act: before.answer})
		between.Add(proxy.Rule{Match: proxy.On("domaincertificates", "get"), Act: before.answer})
		looks := len(w.Calls(rig.DescribeOperation))
		w.StartOperator(ctx, rig.Operator{Kubeconfig: kubeconfig})
		// It has looked at the provider, and decided.
		Eventually(func() int { return len(w.Calls(rig.DescribeOperation)) }).WithTimeout(rig.Patience).Should(BeNumerically(">", looks))
		Consistently(w.Stored).WithArguments(w.Domain).WithTimeout(time.Second).Should(Equal(second.Fingerprint))

		between.Clear()
		between.Sever()
		third := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, third)
		w.AwaitReady(ctx, rig.Name, third.Fingerprint)
		Expect(w.Sets(w.Domain)).To(HaveLen(3))
	},
		Entry("of the Secret", SpecTimeout(timeout), "Secret"),
		Entry("of the object and its status", SpecTimeout(timeout), "DomainCertificate"),
		Entry("of both, as a backup that was restored", SpecTimeout(timeout), "Secret and DomainCertificate"),
	)
})

var _ = Describe("row 54:", func() {
	// Without being asked, the operator looks past its cache at the end of each
	// interval, which is longer than a row (controllers, "a Secret that is watched").
	It("a change whose event was lost is seen at the next look at the provider", func(ctx SpecContext) {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		between, kubeconfig := w.Proxy(ctx)
		rule := between.Add(proxy.Rule{Match: watching, Act: proxy.Rewrite(func(event proxy.Event) []proxy.Event {
			if meta := event.Meta(); event.Type == "MODIFIED" && meta.Name == rig.Name && strings.HasPrefix(meta.Kind, "PartialObjectMetadata") {
				return nil
			}
			return []proxy.Event{event}
		})})
		w.StartOperator(ctx, rig.Operator{Kubeconfig: kubeconfig})
		w.AwaitReady(ctx, rig.Name, w.Pair.Fingerprint)
		second := w.Issue(w.Domain)
		w.PutCertificate(ctx, rig.Name, second)
		Consistently(w.Stored).WithArguments(w.Domain).WithTimeout(time.Second).Should(Equal(w.Pair.Fingerprint), "nobody knows")

		object := w.Get(ctx, rig.Name)
		w.Change(ctx, object, func() {
			object.Annotations = map[string]string{domaincertv1alpha1.ReconcileRequestedAtAnnotation: "now"}
		})
		w.AwaitReady(ctx, rig.Name, second.Fingerprint)
		Expect(between.Acted(rule)).To(BeNumerically(">", 0))
		Expect(w.Sets(w.Domain)).To(HaveLen(2))
	}, SpecTimeout(timeout))
})

// past is what an API server knew once of a world's first object and its Secret.
type past struct {
	// kinds are those of which the past is shown.
	kinds          string
	secret, object json.RawMessage
}

// pastOf remembers what the API server knows now, but that somebody asks for a
// look at the provider.
func pastOf(ctx context.Context, w *rig.World, kinds string) *past {
	GinkgoHelper()
	secret := &corev1.Secret{}
	Expect(w.Client.Get(ctx, client.ObjectKey{Namespace: w.Namespace, Name: rig.Name}, secret)).To(Succeed())
	secret.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}
	object := w.Get(ctx, rig.Name)
	object.TypeMeta = metav1.TypeMeta{APIVersion: domaincertv1alpha1.GroupVersion.String(), Kind: "DomainCertificate"}
	object.Annotations = map[string]string{domaincertv1alpha1.ReconcileRequestedAtAnnotation: "then"}
	p := &past{kinds: kinds}
	var err error
	p.secret, err = json.Marshal(secret)
	Expect(err).NotTo(HaveOccurred())
	p.object, err = json.Marshal(object)
	Expect(err).NotTo(HaveOccurred())
	return p
}

// instead shows what was in place of what is.
func (p *past) instead(event proxy.Event) []proxy.Event {
	if !isNews(event) || event.Meta().Name != rig.Name {
		return []proxy.Event{event}
	}
	is := event.Meta()
	switch {
	case is.Kind == "DomainCertificate" && p.shows(is.Kind):
		event.Object = p.object
	case is.Kind == "PartialObjectMetadata" && p.shows("Secret"):
		event.Object = metadataOf(p.secret, is.TypeMeta)
	}
	return []proxy.Event{event}
}

// shows reports whether the past of a kind is shown.
func (p *past) shows(kind string) bool { return strings.Contains(p.kinds, kind) }

// metadataOf is the metadata of an object, as who watches only that is told it.
func metadataOf(object json.RawMessage, as metav1.TypeMeta) json.RawMessage {
	metadata := metav1.PartialObjectMetadata{}
	if err := json.Unmarshal(object, &metadata); err != nil {
		panic(err) // made by pastOf
	}
	metadata.TypeMeta = as
	content, err := json.Marshal(metadata)
	if err != nil {
		panic(err)
	}
	return content
}

// answer shows what was to who reads one object.
func (p *past) answer(rw http.ResponseWriter, r *http.Request, forward http.Handler) {
	content, kind := p.object, "DomainCertificate"
	if strings.Contains(r.URL.Path, "/secrets/") {
		content, kind = p.secret, "Secret"
	}
	if !strings.HasSuffix(r.URL.Path, "/"+rig.Name) || !p.shows(kind) || strings.Contains(r.Header.Get("Accept"), "as=PartialObjectMetadata") {
		forward.ServeHTTP(rw, r)
		return
	}
	rw.Header().Set("Content-Type", "application/json")
	if _, err := rw.Write(content); err != nil {
		panic(http.ErrAbortHandler)
	}
}
