//go:build witness

package witness_test

import (
	"maps"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// client is one of the vendor's clients as it is set up for one simulator.
type client struct {
	// Client is the package's name, without @alicloud/.
	Client   string `json:"client"`
	Endpoint string `json:"endpoint"`
	Key      key    `json:"key"`
	// Version of the API, for clients that are not of one product.
	Version string `json:"version,omitempty"`
	// Via is how parameters travel, where the client has a choice: GET or POST with
	// pop-core, query or form with openapi-client.
	Via string `json:"via,omitempty"`
	// Newer are fields of CertInfo that the client's types do not know yet.
	Newer []string `json:"-"`
}

// key is an access key.
type key struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
	Token  string `json:"token,omitempty"`
}

// params are the parameters of a call by their names on the wire.
type params map[string]any

// answer is what a client made of the simulator's answer.
type answer struct {
	// Body as it arrived.
	Body map[string]any `json:"body"`
	// Typed is what the types of a product's own client kept of it.
	Typed map[string]any `json:"typed"`
	// Failure is set if the client threw an error.
	Failure *failure `json:"failure"`
}

// failure is what a client tells of a refusal.
type failure struct {
	Code      string `json:"code"`
	RequestID string `json:"requestID"`
	Status    int    `json:"status"`
}

// try makes a call that may be refused.
func (c client) try(action string, p params) answer {
	GinkgoHelper()
	return ask[answer](struct {
		client
		Action     string `json:"action"`
		Parameters params `json:"parameters"`
	}{c, action, p})
}

// call makes a call that must succeed and, with a product's own client, bring
// nothing that its types do not have.
func (c client) call(action string, p params) map[string]any {
	GinkgoHelper()
	got := c.try(action, p)
	Expect(got.Failure).To(BeNil())
	Expect(got.Body).To(HaveKeyWithValue("RequestId", MatchRegexp(`^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$`)))
	if got.Typed != nil {
		Expect(got.Typed).To(Equal(c.known(got.Body)))
	}
	return got.Body
}

// known is a body without what the client's types do not know yet.
func (c client) known(body map[string]any) map[string]any {
	GinkgoHelper()
	if len(c.Newer) == 0 || body["CertInfos"] == nil {
		return body
	}
	info := maps.Clone(certInfo(body))
	for _, field := range c.Newer {
		Expect(info).To(HaveKey(field), "not newer any more")
		delete(info, field)
	}
	known := maps.Clone(body)
	known["CertInfos"] = map[string]any{"CertInfo": []any{info}}
	return known
}

// refusal makes a call that must be refused.
func (c client) refusal(action string, p params) failure {
	GinkgoHelper()
	got := c.try(action, p)
	Expect(got.Failure).NotTo(BeNil(), "%v", got.Body)
	return *got.Failure
}

// certInfo is the one CertInfo of an answer.
func certInfo(body map[string]any) map[string]any {
	GinkgoHelper()
	Expect(body).To(HaveKeyWithValue("CertInfos", HaveKeyWithValue("CertInfo", HaveLen(1))))
	infos, isObject := body["CertInfos"].(map[string]any)
	Expect(isObject).To(BeTrue())
	list, isList := infos["CertInfo"].([]any)
	Expect(isList).To(BeTrue())
	info, isObject := list[0].(map[string]any)
	Expect(isObject).To(BeTrue())
	return info
}

// served is the leaf that a handshake from Node.js meets, which trusts the
// authority alone.
func served(address, name string, authority []byte) string {
	GinkgoHelper()
	type handshake struct {
		Address   string `json:"address"`
		Name      string `json:"name"`
		Authority string `json:"authority"`
	}
	got := ask[struct {
		Fingerprint string   `json:"fingerprint"`
		Failure     *failure `json:"failure"`
	}](map[string]handshake{"handshake": {address, name, string(authority)}})
	Expect(got.Failure).To(BeNil())
	return got.Fingerprint
}
