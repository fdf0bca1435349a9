package aliyun

import "github.com/domaincert/domaincert/internal/provider"

// stsCodes are the codes that STS refuses an exchange with (STS 2015-04-01,
// error codes; ACK, troubleshooting of RRSA). Whatever is refused here keeps the
// whole account from being used.
func stsCodes() Codes {
	const (
		trust     = "let the role's trust policy name the RAM user or role that assumes it and its external id, and allow that one sts:AssumeRole; an account's own key cannot assume roles"
		oidcTrust = "let the role's trust policy name the OIDC provider and this token's issuer, audience and subject, and check roleARN and oidcProviderARN"
		role      = "check roleARN: there is no such role in its account"
		audience  = "add the token's audience to the client ids of the OIDC provider in RAM, or ask for a token with one of them"
		expired   = "the OIDC token has expired; check that its source renews it, and the clock of the operator's node"
		invalid   = "the OIDC token is not accepted; check that its source issues tokens of the OIDC provider in RAM"
		issuer    = "check oidcProviderARN: the OIDC provider in RAM must have the issuer of the cluster's tokens, and publish its keys"
		keys      = "update the fingerprints of the OIDC provider in RAM, and check the certificate of its issuer"
		busy      = "the account asks STS too often; the operator repeats the call by itself"
	)
	return Codes{
		"NoPermission.*":                                            {provider.Denied, true, trust},
		"Forbidden.*":                                               {provider.Denied, true, trust},
		"EntityNotExist.Role.*":                                     {provider.Denied, true, role},
		"EntityNotExist.*":                                          {provider.Denied, true, "check roleARN and oidcProviderARN: one of them does not exist"},
		"InvalidParameter.RoleArn.*":                                {provider.Denied, true, "check roleARN: it must read acs:ram::<account>:role/<name>"},
		"InvalidParameter.OIDCProviderArn.*":                        {provider.Denied, true, "check oidcProviderARN: it must read acs:ram::<account>:oidc-provider/<name>"},
		"InvalidParameter.RoleSessionName.*":                        {provider.Denied, true, "check sessionName: 2 to 64 letters, digits, dots, at signs, underscores and hyphens"},
		"InvalidParameter.ExternalId.*":                             {provider.Denied, true, "check externalID: 2 to 1224 letters, digits and =,.@:/_-"},
		"InvalidParameter.*":                                        {provider.Denied, true, "check roleARN, oidcProviderARN, externalID and sessionName: STS does not accept one of them"},
		"AuthenticationFail.NoPermission":                           {provider.Denied, true, oidcTrust},
		"AuthenticationFail.*":                                      {provider.Denied, true, oidcTrust},
		"AuthenticationFail.OIDCToken.*":                            {provider.Denied, true, invalid},
		"AuthenticationFail.OIDCToken.Invalid":                      {provider.Denied, true, invalid},
		"AuthenticationFail.OIDCToken.Expired":                      {provider.Denied, true, expired},
		"AuthenticationFail.OIDCToken.AudienceNotMatch":             {provider.Denied, true, audience},
		"AuthenticationFail.OIDCToken.InvalidSignature":             {provider.Denied, true, issuer},
		"AuthenticationFail.OIDCToken.IssuerNotMatch":               {provider.Denied, true, issuer},
		"AuthenticationFail.OIDCToken.IssuerConfigurationBroken":    {provider.Denied, true, issuer},
		"AuthenticationFail.OIDCToken.HttpsUrlInvalid":              {provider.Denied, true, keys},
		"AuthenticationFail.OIDCToken.PublicKeyFingerprintMismatch": {provider.Denied, true, keys},
		"Throttling.*":                                              {provider.Unavailable, true, busy},
	}
}
