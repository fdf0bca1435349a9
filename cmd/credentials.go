package main

import (
	"os"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// envTokenFile names the token file of the operator's own Pod (RRSA,
// ack-pod-identity-webhook).
const envTokenFile = "ALIBABA_CLOUD_OIDC_TOKEN_FILE"

// credentialsOf makes the credentials that a spec asks for. It calls nothing.
func credentialsOf(spec *domaincertv1alpha1.AlibabaCloudProvider, material controllers.Material) (aliyun.Credentials, error) {
	at := aliyun.Exchange{
		STSEndpoint:      stsEndpoint(spec),
		Region:           spec.Region,
		SignatureVersion: string(spec.SignatureVersion),
	}
	base, err := baseCredentials(spec.Credentials, material, at)
	role := spec.Credentials.AssumeRole
	if err != nil || role == nil {
		return base, err
	}
	return base.AssumeRole(aliyun.Role{ARN: role.RoleARN, ExternalID: role.ExternalID, SessionName: role.SessionName}, at)
}

// baseCredentials are those that a role may be assumed with.
func baseCredentials(spec domaincertv1alpha1.AlibabaCloudCredentials, material controllers.Material, at aliyun.Exchange) (aliyun.Credentials, error) {
	switch {
	case spec.AccessKey != nil:
		return aliyun.AccessKey(
			string(material.Secret[domaincertv1alpha1.AccessKeyIDKey]),
			string(material.Secret[domaincertv1alpha1.AccessKeySecretKey]),
			string(material.Secret[domaincertv1alpha1.SecurityTokenKey]),
		)
	case spec.OIDC != nil:
		tokens, err := tokensOf(spec.OIDC, material)
		if err != nil {
			return aliyun.Credentials{}, err
		}
		return aliyun.FromOIDC(aliyun.OIDC{RoleARN: spec.OIDC.RoleARN, ProviderARN: spec.OIDC.OIDCProviderARN, Token: tokens}, at)
	case spec.ECSRAMRole != nil:
		return aliyun.FromECSRAMRole(spec.ECSRAMRole.Name, at)
	case spec.CredentialsURI != "":
		return aliyun.FromURI(spec.CredentialsURI, at)
	default:
		return aliyun.FromDefaultChain()
	}
}

// tokensOf is where OIDC tokens come from.
func tokensOf(spec *domaincertv1alpha1.OIDCCredentials, material controllers.Material) (aliyun.TokenSource, error) {
	file := spec.TokenFile
	if file == "" {
		file = os.Getenv(envTokenFile)
	}
	switch {
	case material.Token != nil:
		return material.Token, nil
	case file == "":
		return nil, &provider.Error{Kind: provider.Rejected, Code: "configuration", Account: true,
			Advice: "set serviceAccountRef or tokenFile, or start the operator with " + envTokenFile}
	default:
		return aliyun.TokenFile(file), nil
	}
}
