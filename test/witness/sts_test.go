//go:build witness

package witness_test

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("The vendor's client of the Security Token Service", func() {
	const version = "2015-04-01"
	for _, w := range []client{
		{Client: "pop-core", Version: version, Via: "POST"},
		{Client: "pop-core", Version: version, Via: "GET"},
		{Client: "openapi-client", Version: version, Via: "query"},
		{Client: "openapi-client", Version: version, Via: "form"},
	} {
		It("assumes a role and calls as it: "+w.Client+" "+w.Via, func() {
			sim := start()
			w.Key = key{ID: userID, Secret: keySecret}
			vendor := w.of(sim)
			asked := params{"RoleArn": roleARN, "RoleSessionName": "witness", "ExternalId": externalID, "DurationSeconds": 900}
			granted, isObject := vendor.call("AssumeRole", asked)["Credentials"].(map[string]any)
			Expect(isObject).To(BeTrue())
			Expect(granted).To(And(HaveLen(4), HaveKeyWithValue("Expiration", MatchRegexp(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`))))

			vendor.Key = key{ID: fmt.Sprint(granted["AccessKeyId"]), Secret: fmt.Sprint(granted["AccessKeySecret"]), Token: fmt.Sprint(granted["SecurityToken"])}
			Expect(vendor.call("GetCallerIdentity", params{})).To(And(
				HaveKeyWithValue("IdentityType", "AssumedRoleUser"),
				HaveKeyWithValue("AccountId", accountID),
				HaveKeyWithValue("Arn", "acs:ram::"+accountID+":assumed-role/witness/witness"),
			))
			vendor.Version = live().version
			vendor.call(live().describe, params{"DomainName": live().domain()})

			vendor.Key.Token += "x"
			expectRefusal(sim, vendor, live().describe, params{"DomainName": live().domain()}, "InvalidSecurityToken.MismatchWithAccessKey", 400)
		})
	}
})
