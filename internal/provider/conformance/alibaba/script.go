package alibaba

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// Answer is how an operation is answered, by what was sent.
type Answer func(sent url.Values) (status int, body any)

// Answers says by operation how a scripted server answers.
type Answers map[string]Answer

// Scripted starts a server with the answers and returns its client; an operation
// without an answer fails the spec.
func Scripted(script Answers) *aliyun.Client {
	ginkgo.GinkgoHelper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		defer ginkgo.GinkgoRecover()
		Expect(request.ParseForm()).To(Succeed())
		action := request.Header.Get("x-acs-action")
		Expect(script).To(HaveKey(action))
		sent := request.PostForm
		if request.Method == http.MethodGet {
			sent = request.Form
		} else {
			Expect(request.URL.RawQuery).To(BeEmpty())
		}
		status, body := script[action](sent)
		w.WriteHeader(status)
		Expect(json.NewEncoder(w).Encode(body)).To(Succeed())
	}))
	ginkgo.DeferCleanup(server.Close)
	return NewClient(server.URL)
}

// Refusing answers with a code.
func Refusing(status int, code, message string) Answer {
	return func(url.Values) (int, any) {
		return status, map[string]string{"Code": code, "Message": message, "RequestId": "R-1", "HostId": "host"}
	}
}

// Accepting answers with success and no more.
func Accepting(url.Values) (int, any) { return http.StatusOK, map[string]string{"RequestId": "R-1"} }

// Described answers with these elements as CertInfo.
func Described(certInfo any) Answer {
	return func(url.Values) (int, any) {
		return http.StatusOK, map[string]any{"RequestId": "R-1", "CertInfos": map[string]any{"CertInfo": certInfo}}
	}
}

// Listed answers with these certificates.
func Listed(certificates ...map[string]any) Answer {
	return func(url.Values) (int, any) {
		return http.StatusOK, map[string]any{"RequestId": "R-1", "CertificateListModel": map[string]any{
			"Count": len(certificates), "CertList": map[string]any{"Cert": certificates},
		}}
	}
}

// ExpectFailure checks an error's kind and what holds for every error.
func ExpectFailure(err error, kind provider.Kind) *provider.Error {
	ginkgo.GinkgoHelper()
	Expect(err).To(HaveOccurred())
	failure, ok := err.(*provider.Error) //nolint:errorlint // the very type is the promise
	Expect(ok).To(BeTrue(), "%T is not a *provider.Error", err)
	Expect(failure.Kind).To(Equal(kind), "%v", failure)
	Expect(len(failure.Error())).To(BeNumerically("<=", 512))
	return failure
}
