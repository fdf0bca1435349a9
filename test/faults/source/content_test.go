//go:build faults

package source_test

import (
	"bytes"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/faults/rig"
	"github.com/domaincert/domaincert/test/testcerts"
)

// spoiled is what becomes of a Secret whose certificate is deployed.
type spoiled struct {
	why  string
	make func(good, renewed testcerts.Pair) content
	// verdict is the reason of CertificateValid.
	verdict string
}

var _ = Describe("row 25:", func() {
	It("what is no certificate, or no key, is refused before any call, and what is deployed stays", func(ctx SpecContext) {
		spoil(ctx, []spoiled{
			{"garbage", func(_, renewed testcerts.Pair) content { return pem([]byte("\x00garbage\xff"), renewed.KeyPEM) }, domaincertv1alpha1.MalformedReason},
			{"an empty certificate", func(_, renewed testcerts.Pair) content { return pem(nil, renewed.KeyPEM) }, domaincertv1alpha1.MalformedReason},
			{"an empty key", func(_, renewed testcerts.Pair) content { return pem(renewed.CertificatePEM, nil) }, domaincertv1alpha1.MalformedReason},
			{"both empty", func(_, _ testcerts.Pair) content { return pem(nil, nil) }, domaincertv1alpha1.MalformedReason},
			{"base64 within base64", func(_, renewed testcerts.Pair) content {
				return pem(fmt.Appendf(nil, "%x", renewed.CertificatePEM), renewed.KeyPEM)
			}, domaincertv1alpha1.MalformedReason},
			{"the second half cut off", func(_, renewed testcerts.Pair) content {
				return pem(renewed.CertificatePEM[:len(renewed.CertificatePEM)/2], renewed.KeyPEM)
			}, domaincertv1alpha1.MalformedReason},
			{"junk after the certificates", func(_, renewed testcerts.Pair) content {
				return pem(append(bytes.Clone(renewed.CertificatePEM), "-----BEGIN JUNK-----\nAAAA\n-----END JUNK-----\n"...), renewed.KeyPEM)
			}, domaincertv1alpha1.MalformedReason},
			{"the key among the certificates", func(_, renewed testcerts.Pair) content {
				return pem(append(bytes.Clone(renewed.CertificatePEM), renewed.KeyPEM...), renewed.KeyPEM)
			}, domaincertv1alpha1.MalformedReason},
			{"certificate and key exchanged", func(_, renewed testcerts.Pair) content {
				return pem(renewed.KeyPEM, renewed.CertificatePEM)
			}, domaincertv1alpha1.MalformedReason},
			{"a byte order mark before the same pair", func(good, _ testcerts.Pair) content {
				return pem(append([]byte("\uFEFF"), good.CertificatePEM...), append([]byte("\uFEFF"), good.KeyPEM...))
			}, domaincertv1alpha1.ValidReason},
			{"the same pair with CRLF", func(good, _ testcerts.Pair) content {
				return pem(crlf(good.CertificatePEM), crlf(good.KeyPEM))
			}, domaincertv1alpha1.ValidReason},
			{"blank lines after the same pair", func(good, _ testcerts.Pair) content {
				return pem(append(bytes.Clone(good.CertificatePEM), "\n \r\n\t\n"...), append(bytes.Clone(good.KeyPEM), "\n\n"...))
			}, domaincertv1alpha1.ValidReason},
		})
	}, SpecTimeout(timeout))
})

func crlf(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")) }

// spoil deploys a certificate for each row, spoils its Secret, and expects the
// verdict without any call to the cloud.
func spoil(ctx SpecContext, rows []spoiled) {
	GinkgoHelper()
	w, objects, _ := deployAll(ctx, rows)
	expectVerdicts(ctx, w, objects, rows)
}

// deployAll deploys a certificate for each row.
func deployAll(ctx SpecContext, rows []spoiled) (*rig.World, []rig.Object, *rig.Process) {
	GinkgoHelper()
	w := plane.NewWorld(ctx, rig.WorldOptions{Bare: true})
	var objects []rig.Object
	for i := range rows {
		objects = append(objects, w.AddObject(ctx, fmt.Sprintf("spoiled-%02d", i)))
	}
	operator := w.StartOperator(ctx, rig.Operator{})
	for _, object := range objects {
		w.AwaitReady(ctx, object.Name, object.Pair.Fingerprint)
	}
	return w, objects, operator
}

// expectVerdicts spoils the Secrets.
func expectVerdicts(ctx SpecContext, w *rig.World, objects []rig.Object, rows []spoiled) {
	GinkgoHelper()
	calls := len(w.Calls(""))
	for i, object := range objects {
		w.PutSecret(ctx, object.Name, rows[i].make(object.Pair, w.Issue(object.Domain)))
	}
	for i, object := range objects {
		awaitRead(ctx, w, object.Name)
		Expect(reasonOf(w, object.Name, domaincertv1alpha1.CertificateValidCondition)).To(Equal(rows[i].verdict), rows[i].why)
		Expect(isReady(w, object.Name)).To(BeTrue(), rows[i].why)
		Expect(w.Stored(object.Domain)).To(Equal(object.Pair.Fingerprint), rows[i].why)
	}
	Expect(w.Calls("")).To(HaveLen(calls), "the cloud is neither sent anything nor asked")
}
