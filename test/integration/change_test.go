package integration_test

import (
	"errors"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// fields is an object of the API as users write it; numbers are int64.
type fields = map[string]any

// change makes an object differ from a valid one.
type change func(object *unstructured.Unstructured)

// set writes a value at a path such as spec.secretRef.name.
func set(path string, value any) change {
	return func(object *unstructured.Unstructured) {
		GinkgoHelper()
		Expect(unstructured.SetNestedField(object.Object, value, strings.Split(path, ".")...)).To(Succeed())
	}
}

// unset removes what is at a path.
func unset(path string) change {
	return func(object *unstructured.Unstructured) {
		unstructured.RemoveNestedField(object.Object, strings.Split(path, ".")...)
	}
}

// all makes several changes, in order.
func all(changes ...change) change {
	return func(object *unstructured.Unstructured) {
		for _, change := range changes {
			change(object)
		}
	}
}

// unchanged leaves an object as it is.
func unchanged(*unstructured.Unstructured) {}

// newObject is an object of this API with a generated name.
func newObject(kind, namespace string, spec fields) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: fields{"spec": spec}}
	object.SetGroupVersionKind(domaincertv1alpha1.GroupVersion.WithKind(kind))
	object.SetNamespace(namespace)
	object.SetGenerateName("spec-")
	return object
}

// create has a valid object created after a change, and deletes it after the
// spec: the API server keeps what it accepts.
func create(ctx SpecContext, object *unstructured.Unstructured, change change) {
	GinkgoHelper()
	change(object)
	Expect(k8s.Create(ctx, object, client.FieldValidation(metav1.FieldValidationStrict))).To(Succeed())
	DeferCleanup(func(ctx SpecContext) { Expect(k8s.Delete(ctx, object)).To(Succeed()) })
}

// expectRefused says that the API server refused an object because of this
// field alone, and told the user so in these words.
func expectRefused(err error, field, words string) {
	GinkgoHelper()
	var refusal apierrors.APIStatus
	Expect(errors.As(err, &refusal)).To(BeTrue(), "the API server must refuse this, but answered %v", err)
	Expect(refusal.Status().Reason).To(Equal(metav1.StatusReasonInvalid), refusal.Status().Message)
	causes := refusal.Status().Details.Causes
	// "<nil>" is the server's remark that it went no further after a refusal.
	Expect(causes).To(HaveEach(HaveField("Field", BeElementOf(field, "<nil>"))))
	Expect(causes).To(ContainElement(And(HaveField("Field", field), HaveField("Message", ContainSubstring(words)))))
}
