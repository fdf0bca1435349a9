package edgesim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

const (
	ttlHeader   = "X-aliyun-ecs-metadata-token-ttl-seconds"
	tokenHeader = "X-aliyun-ecs-metadata-token"
	rolePath    = "/latest/meta-data/ram/security-credentials/"
)

var _ = Describe("The metadata service", func() {
	var (
		at  *clock
		sim *edgesim.Server
	)
	BeforeEach(func() {
		at = newClock()
		sim = start(withRoles(nil), func(c *edgesim.Config) { c.Clock = at.Now })
	})
	// ask makes a request with one header, and returns status and body.
	ask := func(method, path, header, value string) (int, string) {
		GinkgoHelper()
		request, err := http.NewRequestWithContext(GinkgoT().Context(), method, "http://"+sim.MetadataAddress()+path, http.NoBody)
		Expect(err).NotTo(HaveOccurred())
		if header != "" {
			request.Header.Set(header, value)
		}
		response, err := (&http.Client{Transport: &http.Transport{}}).Do(request)
		Expect(err).NotTo(HaveOccurred())
		body, err := io.ReadAll(response.Body)
		Expect(err).NotTo(HaveOccurred())
		Expect(response.Body.Close()).To(Succeed())
		return response.StatusCode, string(body)
	}
	// works uses the credentials in a body.
	works := func(body string) {
		GinkgoHelper()
		var fields map[string]string
		Expect(json.Unmarshal([]byte(body), &fields)).To(Succeed())
		Expect(fields).To(And(HaveKeyWithValue("Code", "Success"), HaveKey("Expiration"), HaveKey("LastUpdated")))
		c := newClient(sim.APIAddress())
		c.version, c.now = "2015-04-01", at.Now
		c.keyID, c.secret, c.token = fields["AccessKeyId"], fields["AccessKeySecret"], fields["SecurityToken"]
		Expect(c.call("GetCallerIdentity", nil).body).To(HaveKeyWithValue("Arn", "acs:ram::"+otherAccountID+":assumed-role/instance/i-edgesim"))
		Expect(describeValue(sim.Journal(edgesim.Query{}))).NotTo(Or(ContainSubstring(c.secret), ContainSubstring(c.token)))
	}

	It("names the role and hands out its credentials, with a token and without", func() {
		status, token := ask(http.MethodPut, "/latest/api/token", ttlHeader, "60")
		Expect(status).To(Equal(http.StatusOK))
		for _, shown := range []string{tokenHeader, ""} {
			_, role := ask(http.MethodGet, rolePath, shown, token)
			Expect(role).To(Equal("instance"))
			_, body := ask(http.MethodGet, rolePath+role, shown, token)
			works(body)
		}
		Expect(sim.Journal(edgesim.Query{Operation: edgesim.MetadataCredentials, Account: otherAccountID})).To(
			HaveEach(And(HaveField("Role", "instance/i-edgesim"), HaveField("Outcome", edgesim.OutcomeOK))))
	})

	It("answers a credentials URI", func() {
		Expect(sim.CredentialsURI()).To(HavePrefix("http://" + sim.MetadataAddress() + "/"))
		_, body := ask(http.MethodGet, sim.CredentialsURI()[len("http://"+sim.MetadataAddress()):], "", "")
		works(body)
	})

	It("insists on tokens when told, and on good ones always", func() {
		_, token := ask(http.MethodPut, "/latest/api/token", ttlHeader, "60")
		mustSet(sim, func(s *edgesim.Settings) { s.MetadataTokensRequired = true })
		for _, shown := range []struct {
			header, value string
			status        int
		}{{"", "", 403}, {tokenHeader, "other", 403}, {tokenHeader, token, 200}} {
			status, _ := ask(http.MethodGet, rolePath, shown.header, shown.value)
			Expect(status).To(Equal(shown.status), shown.value)
		}
		at.Advance(time.Minute)
		status, _ := ask(http.MethodGet, rolePath+"instance", tokenHeader, token)
		Expect(status).To(Equal(http.StatusForbidden), "the token has expired")
	})

	DescribeTable("refuses",
		func(method, path, header, value string, expected int) {
			status, _ := ask(method, path, header, value)
			Expect(status).To(Equal(expected))
		},
		Entry("a token without life", http.MethodPut, "/latest/api/token", "", "", 400),
		Entry("a token of no life", http.MethodPut, "/latest/api/token", ttlHeader, "0", 400),
		Entry("a token that lives too long", http.MethodPut, "/latest/api/token", ttlHeader, "21601", 400),
		Entry("another role than the instance's", http.MethodGet, rolePath+"deployer", "", "", 404),
		Entry("a path that there is not", http.MethodGet, "/latest/user-data", "", "", 404),
	)

	It("knows no role where none is attached", func() {
		sim = start()
		for _, path := range []string{rolePath, rolePath + "instance", "/credentials"} {
			status, _ := ask(http.MethodGet, path, "", "")
			Expect(status).To(Equal(http.StatusNotFound))
		}
	})

	It("is struck by faults", func() {
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultHTML, Operation: edgesim.MetadataRole})
		status, _ := ask(http.MethodGet, rolePath, "", "")
		Expect(status).To(Equal(http.StatusBadGateway))
	})
})
