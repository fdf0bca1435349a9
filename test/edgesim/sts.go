package edgesim

import "strings"

// stsVersion is the Security Token Service's API version.
const stsVersion = "2015-04-01"

// assumeWithOIDC is the operation that is called unsigned.
const assumeWithOIDC = "AssumeRoleWithOIDC"

// stsOperations is the table of STS. Its pages name no quotas.
func stsOperations() []operation {
	return []operation{
		{version: stsVersion, action: "GetCallerIdentity", product: "sts", quota: -1, run: (*Server).getCallerIdentity},
		{version: stsVersion, action: "AssumeRole", product: "sts", quota: -1, run: (*Server).assumeRole},
		{version: stsVersion, action: assumeWithOIDC, product: "sts", quota: -1, run: (*Server).assumeRoleWithOIDC},
	}
}

// getCallerIdentity is GetCallerIdentity: who signed this call. It needs no
// permission. The ids of users and roles are made up from their names.
func (s *Server) getCallerIdentity(c *call, _ Settings) (document, error) {
	account, user := c.account.id, c.key.User
	identity := document{"AccountId": account}
	switch {
	case c.key.SecurityToken != "":
		role, session, _ := strings.Cut(user, "/")
		identity["IdentityType"] = "AssumedRoleUser"
		identity["Arn"] = assumedARN(account, user)
		identity["PrincipalId"] = role + ":" + session
		identity["RoleId"] = role
	case user != "":
		identity["IdentityType"] = "RAMUser"
		identity["Arn"] = "acs:ram::" + account + ":user/" + user
		identity["PrincipalId"], identity["UserId"] = user, user
	default:
		identity["IdentityType"] = "Account"
		identity["Arn"] = "acs:ram::" + account + ":root"
		identity["PrincipalId"], identity["UserId"] = account, account
	}
	return identity, nil
}

// assumedARN is the name of a session; user is "role/session".
func assumedARN(account, user string) string {
	role, session, _ := strings.Cut(user, "/")
	return "acs:ram::" + account + ":assumed-role/" + role + "/" + session
}
