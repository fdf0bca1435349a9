package integration_test

import (
	"context"
	"errors"
	"io"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// manifest is a YAML stream of objects, as kubectl takes it.
type manifest string

// objects of the manifest; empty documents are left out.
func (m manifest) objects() []*unstructured.Unstructured {
	GinkgoHelper()
	decoder := utilyaml.NewYAMLOrJSONDecoder(strings.NewReader(string(m)), 4096)
	var objects []*unstructured.Unstructured
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return objects
		}
		Expect(err).NotTo(HaveOccurred())
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}

// names of the manifest's objects of a kind.
func (m manifest) names(kind string) []string {
	GinkgoHelper()
	var names []string
	for _, object := range m.objects() {
		if object.GetKind() == kind {
			names = append(names, object.GetName())
		}
	}
	return names
}

// read reads the manifest's object of a kind and name; a field that its type
// does not have fails the spec.
func read[T any](m manifest, kind, name string) T {
	GinkgoHelper()
	var typed T
	Expect(m.names(kind)).To(ContainElement(name))
	for _, object := range m.objects() {
		if object.GetKind() == kind && object.GetName() == name {
			Expect(runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, &typed, true)).To(Succeed())
		}
	}
	return typed
}

// apply has the API server take the manifest as `kubectl apply` would, down to
// fields that do not exist.
func (m manifest) apply(ctx context.Context, arguments ...string) error {
	_, err := kubectlWith(ctx, string(m), append([]string{"apply", "--server-side", "--force-conflicts", "--validate=strict", "--filename=-"}, arguments...)...)
	return err
}
