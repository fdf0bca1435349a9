package edgesim_test

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

const (
	roleARN     = "acs:ram::" + otherAccountID + ":role/deployer"
	chainedARN  = "acs:ram::" + otherAccountID + ":role/chained"
	providerARN = "acs:ram::" + otherAccountID + ":oidc-provider/cluster"
	externalID  = "test-external-id"
)

// withRoles adds a RAM user to the first account and roles to the second.
func withRoles(trust *edgesim.OIDCTrust) func(*edgesim.Config) {
	return func(c *edgesim.Config) {
		c.Accounts[0].Keys = append(c.Accounts[0].Keys, edgesim.AccessKey{ID: "ram", Secret: keySecret, User: "operator"},
			edgesim.AccessKey{ID: "stranger", Secret: keySecret, User: "stranger"})
		c.Accounts = append(c.Accounts, edgesim.Account{ID: otherAccountID,
			Domains: []edgesim.Domain{{Name: "other.example.com"}},
			Roles: []edgesim.Role{
				{Name: "deployer", TrustedKeys: []string{"ram", keyID}, ExternalID: externalID, OIDC: trust},
				{Name: "chained", TrustedRoles: []string{roleARN}, SessionLife: edgesim.Minute, DeniedOperations: []string{describe}},
				{Name: "instance", Instance: true},
			}})
	}
}

// ramUser is a client of STS that signs as a RAM user.
func ramUser(sim *edgesim.Server) *client {
	c := newClient(sim.APIAddress())
	c.keyID, c.version = "ram", "2015-04-01"
	return c
}

// use makes the client sign with the credentials in an answer.
func (c *client) use(got answer) {
	GinkgoHelper()
	Expect(got.status).To(Equal(http.StatusOK), got.raw)
	for field, name := range map[*string]string{&c.keyID: "AccessKeyId", &c.secret: "AccessKeySecret", &c.token: "SecurityToken"} {
		text, isText := got.at("Credentials", name).(string)
		Expect(isText).To(BeTrue(), name)
		*field = text
	}
}

// assume are the parameters that AssumeRole accepts.
func assume() params {
	return params{"RoleArn": roleARN, "RoleSessionName": "session", "ExternalId": externalID}
}

var _ = Describe("AssumeRole", func() {
	DescribeTable("hands out a key that acts for the role's account until it expires",
		func(viaV1 bool) {
			at := newClock()
			sim := start(withRoles(nil), func(c *edgesim.Config) { c.Clock = at.Now })
			c := ramUser(sim)
			c.viaV1, c.format, c.now = viaV1, "JSON", at.Now
			got := c.call("AssumeRole", assume().with(params{"DurationSeconds": "900", "Policy": `{"Version":"1"}`}))
			Expect(got.at("AssumedRoleUser", "Arn")).To(Equal("acs:ram::" + otherAccountID + ":assumed-role/deployer/session"))
			end, err := time.Parse(time.RFC3339, got.at("Credentials", "Expiration").(string))
			Expect(err).NotTo(HaveOccurred())
			Expect(end).To(BeTemporally("~", at.Now().Add(15*time.Minute), time.Second))

			c.use(got)
			Expect(c.call("GetCallerIdentity", nil).body).To(And(HaveKeyWithValue("AccountId", otherAccountID),
				HaveKeyWithValue("IdentityType", "AssumedRoleUser")))
			c.version = "2016-11-01"
			Expect(c.call(describe, params{"DomainName": "other.example.com"}).status).To(Equal(http.StatusOK))
			Expect(c.call(describe, params{"DomainName": domainName}).status).NotTo(Equal(http.StatusOK), "a domain of the caller's first account")
			at.Advance(15 * time.Minute)
			Expect(c.call(describe, params{"DomainName": "other.example.com"}).code()).To(Equal("InvalidSecurityToken.Expired"))
		},
		Entry("V3", false),
		Entry("V1", true),
	)

	DescribeTable("refuses", Label("codes"),
		func(keyID string, changes params, status int, code string) {
			c := ramUser(start(withRoles(nil)))
			c.keyID = keyID
			got := c.call("AssumeRole", assume().with(changes))
			Expect(got.code()).To(Equal(code), got.raw)
			Expect(got.status).To(Equal(status))
			Expect(got.raw).NotTo(ContainSubstring(externalID))
		},
		Entry("a key that is not trusted", "stranger", nil, 403, "NoPermission"),
		Entry("an account's own key, trusted or not", keyID, nil, 403, "NoPermission"),
		Entry("no external id", "ram", params{"ExternalId": ""}, 403, "NoPermission"),
		Entry("another external id", "ram", params{"ExternalId": "other"}, 403, "NoPermission"),
		Entry("an external id too short", "ram", params{"ExternalId": "x"}, 400, "InvalidParameter.ExternalId"),
		Entry("a role that there is not", "ram", params{"RoleArn": roleARN + "2"}, 404, "EntityNotExist.Role"),
		Entry("an account that there is not", "ram", params{"RoleArn": "acs:ram::1:role/deployer"}, 404, "EntityNotExist.Role"),
		Entry("something else than a role", "ram", params{"RoleArn": "deployer"}, 400, "InvalidParameter.RoleArn"),
		Entry("no role", "ram", params{"RoleArn": ""}, 400, "MissingRoleArn"),
		Entry("no session name", "ram", params{"RoleSessionName": ""}, 400, "MissingRoleSessionName"),
		Entry("a session name with a space", "ram", params{"RoleSessionName": "a b"}, 400, "InvalidParameter.RoleSessionName"),
		Entry("a session too short", "ram", params{"DurationSeconds": "899"}, 400, "InvalidParameter.DurationSeconds"),
		Entry("a session too long", "ram", params{"DurationSeconds": "43201"}, 400, "InvalidParameter.DurationSeconds"),
		Entry("a duration that is no number", "ram", params{"DurationSeconds": "1h"}, 400, "InvalidParameter.DurationSeconds"),
		Entry("a policy that is not JSON", "ram", params{"Policy": "{"}, 400, "InvalidParameter.PolicyGrammar"),
		Entry("a role that trusts roles only", "ram", params{"RoleArn": chainedARN}, 403, "NoPermission"),
	)

	It("lets a role assume another, whose sessions last as its configuration says", func() {
		at := newClock()
		c := ramUser(start(withRoles(nil), func(c *edgesim.Config) { c.Clock = at.Now }))
		c.now = at.Now
		c.use(c.call("AssumeRole", assume()))
		Expect(c.call("AssumeRole", assume()).code()).To(Equal("NoPermission"), "the role does not trust itself")
		c.use(c.call("AssumeRole", params{"RoleArn": chainedARN, "RoleSessionName": "second"}))
		c.version = "2016-11-01"
		Expect(c.call(describe, params{"DomainName": "other.example.com"}).code()).To(Equal("NoPermission"), "denied to the role")
		at.Advance(time.Minute)
		Expect(c.call(describe, nil).code()).To(Equal("InvalidSecurityToken.Expired"))
	})

	It("is in the journal without a secret, struck by faults, and gone after a reset", func() {
		sim := start(withRoles(nil))
		c := ramUser(sim)
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultError, Operation: "AssumeRole", Status: 503, Code: "ServiceUnavailable", Count: 1})
		Expect(c.call("AssumeRole", assume()).code()).To(Equal("ServiceUnavailable"))
		got := c.call("AssumeRole", assume())
		c.use(got)
		entries := sim.Journal(edgesim.Query{Operation: "AssumeRole", Outcome: edgesim.OutcomeOK})
		Expect(entries).To(HaveLen(1))
		Expect(entries[0]).To(And(HaveField("Account", accountID), HaveField("Role", "deployer/session"), HaveField("Applied", true)))
		for _, secret := range []string{c.secret, c.token, externalID} {
			Expect(describeValue(entries, sim.Accounts())).NotTo(ContainSubstring(secret))
		}
		Expect(sim.Reset()).To(Succeed())
		Expect(c.call("GetCallerIdentity", nil).code()).To(Equal("InvalidAccessKeyId.NotFound"))
	})

	It("forgets the keys of an account that was removed, and ends keys at once when told", func() {
		sim := start(withRoles(nil))
		c := ramUser(sim)
		c.use(c.call("AssumeRole", assume()))
		request, err := http.NewRequestWithContext(GinkgoT().Context(), http.MethodDelete, "http://"+sim.AdminAddress()+"/sessions", http.NoBody)
		Expect(err).NotTo(HaveOccurred())
		response, err := c.http.Do(request)
		Expect(err).NotTo(HaveOccurred())
		Expect(response.Body.Close()).To(Succeed())
		Expect(response.StatusCode).To(Equal(http.StatusNoContent))
		Expect(c.call("GetCallerIdentity", nil).code()).To(Equal("InvalidSecurityToken.Expired"))
		c = ramUser(sim)
		c.use(c.call("AssumeRole", assume()))
		Expect(sim.RemoveAccount(otherAccountID)).To(BeTrue())
		Expect(c.call("GetCallerIdentity", nil).code()).To(Equal("InvalidAccessKeyId.NotFound"))
	})
})

var _ = DescribeTable("A role that means nothing is refused",
	func(role edgesim.Role) {
		_, err := edgesim.Start(edgesim.Config{Accounts: []edgesim.Account{{ID: accountID, Roles: []edgesim.Role{role, {Name: "twice"}}}}})
		Expect(err).To(HaveOccurred())
	},
	Entry("without name", edgesim.Role{}),
	Entry("named as another", edgesim.Role{Name: "twice"}),
	Entry("with a placeholder for its external id", edgesim.Role{Name: "r", ExternalID: "[withheld]"}),
	Entry("with a negative life", edgesim.Role{Name: "r", SessionLife: -edgesim.Second}),
	Entry("trusting a provider without ARN", edgesim.Role{Name: "r", OIDC: &edgesim.OIDCTrust{Tokens: []edgesim.Secret{"token"}}}),
	Entry("trusting a provider without key and tokens", edgesim.Role{Name: "r", OIDC: &edgesim.OIDCTrust{ProviderARN: providerARN}}),
	Entry("trusting a placeholder", edgesim.Role{Name: "r", OIDC: &edgesim.OIDCTrust{ProviderARN: providerARN, Tokens: []edgesim.Secret{"[withheld]"}}}),
	Entry("trusting a key that is none", edgesim.Role{Name: "r", OIDC: &edgesim.OIDCTrust{ProviderARN: providerARN, PublicKey: "key"}}),
)
