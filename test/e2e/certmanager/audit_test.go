//go:build certmanager

package certmanager_test

import (
	"bytes"
	"encoding/json"
	"os"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/domaincert/domaincert/test/stage"
)

// operatorUser is who the operator is to the API server.
const operatorUser = "system:serviceaccount:" + stage.OperatorNamespace + ":domaincert"

// request is what the audit log says of one.
type request struct {
	Verb                     string
	User                     struct{ Username string }
	ObjectRef                struct{ Resource, Name string }
	ResponseStatus           struct{ Code int }
	RequestReceivedTimestamp metav1.MicroTime
}

// audited are a user's requests for a resource.
func audited(in *stage.Stage, resource, user string) []request {
	GinkgoHelper()
	log, err := os.ReadFile(in.Cluster.AuditLog)
	Expect(err).NotTo(HaveOccurred())
	var found []request
	for line := range bytes.Lines(log) {
		if !bytes.Contains(line, []byte(`"`+user+`"`)) || !bytes.HasSuffix(line, []byte("\n")) {
			continue // most are others', and decoding takes its time; the last one may be half written
		}
		var r request
		Expect(json.Unmarshal(line, &r)).To(Succeed())
		if r.User.Username == user && r.ObjectRef.Resource == resource {
			found = append(found, r)
		}
	}
	return found
}
