package main

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gstruct"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/cache"
)

var _ = Describe("the cache", func() {
	secrets := func(o *options) cache.ByObject {
		GinkgoHelper()
		settings := cacheOptions(o)
		Expect(settings.ReaderFailOnMissingInformer).To(BeTrue(), "a typed read of a Secret must not start a watch on all of them")
		Expect(settings.ByObject).To(HaveLen(1))
		for object, found := range settings.ByObject {
			Expect(object).To(BeAssignableToTypeOf(&metav1.PartialObjectMetadata{}))
			Expect(object.GetObjectKind().GroupVersionKind().Kind).To(Equal("Secret"))
			return found
		}
		return cache.ByObject{}
	}

	It("keeps nothing of a Secret that could hold its key", func() {
		secret := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
			Name: "tls", Namespace: "video", UID: "1", ResourceVersion: "2",
			Annotations:   map[string]string{"kubectl.kubernetes.io/last-applied-configuration": `{"data":{"tls.key":"..."}}`},
			Labels:        map[string]string{"app": "x"},
			ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubectl"}},
		}}
		kept, err := secrets(&options{}).Transform(secret)
		Expect(err).NotTo(HaveOccurred())
		Expect(kept).To(gstruct.PointTo(HaveField("ObjectMeta", Equal(metav1.ObjectMeta{Name: "tls", Namespace: "video", UID: "1", ResourceVersion: "2"}))))
	})

	It("watches the operator's own namespace for credentials besides those it acts in", func() {
		o := &options{watchNamespaces: "video,shop", clusterNamespace: "domaincert-system"}
		Expect(cacheOptions(o).DefaultNamespaces).To(And(HaveLen(2), HaveKey("video"), HaveKey("shop")))
		Expect(secrets(o).Namespaces).To(And(HaveLen(3), HaveKey("domaincert-system"), HaveKey("video")))
	})

	DescribeTable("watches no Secret where the operator may not", func(mode string) {
		o := &options{secretAccess: mode, watchNamespaces: "video", clusterNamespace: "domaincert-system"}
		Expect(cacheOptions(o).ByObject).To(BeEmpty())
		Expect(cacheOptions(o).ReaderFailOnMissingInformer).To(BeTrue(), "a read from the cache must not start a watch")
		Expect(cacheOptions(o).DefaultNamespaces).To(HaveLen(1))
	},
		Entry("but may read any", "get"),
		Entry("but may read some", "named"),
	)

	It("watches everywhere by default", func() {
		Expect(cacheOptions(&options{}).DefaultNamespaces).To(BeEmpty())
		Expect(secrets(&options{}).Namespaces).To(BeEmpty())
	})
})
