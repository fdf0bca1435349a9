package controllers

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// issued is a Certificate of a version, with the Secret that it names.
func issued(name, version, secret string) *unstructured.Unstructured {
	certificate := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"secretName": secret}}}
	certificate.SetNamespace("video")
	certificate.SetName(name)
	certificate.SetResourceVersion(version)
	return certificate
}

var _ = Describe("What is told of Certificates", func() {
	var (
		told  []string
		store *issuances
	)
	BeforeEach(func() {
		told = nil
		store = &issuances{
			told: map[types.NamespacedName]issuance{},
			changed: func(_ context.Context, certificate types.NamespacedName, secret string, priority int) {
				if priority != ordinaryPriority {
					secret += " later"
				}
				told = append(told, certificate.String()+" "+secret)
			},
		}
	})

	DescribeTable("is", func(expected []string, events ...func() error) {
		Expect(store.Add(issued("live", "1", "live-tls"))).To(Succeed())
		told = nil
		for _, event := range events {
			Expect(event()).To(Succeed())
		}
		Expect(told).To(Equal(expected))
	},
		Entry("a new one", []string{"video/vod vod-tls"}, func() error { return store.Add(issued("vod", "2", "vod-tls")) }),
		Entry("a change", []string{"video/live live-tls"}, func() error { return store.Update(issued("live", "2", "live-tls")) }),
		Entry("nothing where nothing has changed", nil, func() error { return store.Update(issued("live", "1", "live-tls")) }),
		Entry("both Secrets of one that has got another", []string{"video/live live-tls", "video/live other-tls"},
			func() error { return store.Update(issued("live", "2", "other-tls")) }),
		Entry("the end of one", []string{"video/live live-tls"}, func() error { return store.Delete(issued("live", "2", "live-tls")) }),
		Entry("what was missed while nothing was told", []string{"video/vod vod-tls later", "video/live live-tls later"},
			func() error { return store.Replace([]any{issued("vod", "2", "vod-tls")}, "2") }),
		Entry("nothing of what was not missed", nil,
			func() error { return store.Replace([]any{issued("live", "1", "live-tls")}, "2") }),
		Entry("one that came back", []string{"video/live live-tls later", "video/live live-tls"},
			func() error { return store.Replace(nil, "2") }, func() error { return store.Add(issued("live", "1", "live-tls")) }),
		Entry("one that names no Secret", []string{"video/none "}, func() error {
			none := issued("none", "1", "")
			none.Object["spec"] = "no object"
			return store.Add(none)
		}),
	)

	It("is drawn from very little of each", func() {
		whole := issued("live", "7", "live-tls")
		whole.SetManagedFields([]metav1.ManagedFieldsEntry{{Manager: "cert-manager"}})
		whole.SetAnnotations(map[string]string{"note": "long"})
		whole.Object["status"] = map[string]any{"revision": int64(1)}
		lean(whole)
		Expect(whole.Object).To(Equal(map[string]any{
			"apiVersion": "", "kind": "",
			"metadata": map[string]any{"namespace": "video", "name": "live", "resourceVersion": "7"},
			"spec":     map[string]any{"secretName": "live-tls"},
		}))
		none := issued("none", "1", "")
		none.Object["spec"] = "no object"
		lean(none)
		Expect(none.Object).NotTo(HaveKey("spec"))
	})

	It("is nothing of what is no Certificate", func() {
		Expect(store.Add("a word")).To(MatchError("string is no Certificate"))
		Expect(store.Delete(nil)).NotTo(Succeed())
		Expect(store.Replace([]any{1}, "1")).NotTo(Succeed())
		Expect(store.Resync()).To(Succeed())
		Expect(told).To(BeEmpty())
	})
})

func TestHundredsOfNamespacesWaitTogetherForCertManager(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithTimeout(t.Context(), time.Hour)
		defer end()
		const namespaces = 200
		tries := 0
		one := &issuances{
			pace:   namespaces * comebackShare,
			wanted: func(context.Context) bool { tries++; return false },
		}
		one.run(ctx)
		NewWithT(t).Expect(tries*namespaces).To(BeNumerically("<=", 10*int(time.Hour/time.Second)+namespaces), "ten times a second")
		NewWithT(t).Expect(tries).To(BeNumerically(">=", 90), "each of them every 40 s at least")
	})
}
