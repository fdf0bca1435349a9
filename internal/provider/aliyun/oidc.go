package aliyun

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/transport"
)

// Bounds of an OIDC token, in bytes (AssumeRoleWithOIDC, OIDCToken).
const (
	minToken = 4
	maxToken = 20_000
)

// TokenSource returns a fresh OIDC token; it may call the API server. It is
// used once per exchange. An error that is a [*provider.Error] is told as it
// is, any other without its text.
type TokenSource func(ctx context.Context) (string, error)

// OIDC is a RAM role that is assumed with the token of an OIDC provider, for
// example of a ServiceAccount (RRSA).
type OIDC struct {
	// RoleARN of the role, acs:ram::<account>:role/<name>. Required.
	RoleARN string
	// ProviderARN of the OIDC provider,
	// acs:ram::<account>:oidc-provider/<name>. Required.
	ProviderARN string
	// SessionName that the account's audit trail shows; DefaultSessionName if
	// empty.
	SessionName string
	// Token is where tokens come from. Required.
	Token TokenSource `json:"-"`
}

// TokenFile reads the file at each exchange: the kubelet replaces a projected
// token before it expires.
func TokenFile(path string) TokenSource {
	return func(context.Context) (token string, err error) {
		file, err := os.Open(path)
		if err != nil {
			return "", unreadToken("the token file cannot be opened; check its path and that the volume is mounted")
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		content, err := io.ReadAll(io.LimitReader(file, maxToken+64)) // 64 for space around it
		if err != nil {
			return "", unreadToken("the token file cannot be read; check that it is a file")
		}
		return string(content), nil
	}
}

// FromOIDC returns credentials of sessions of a role, obtained with an OIDC
// token (STS, AssumeRoleWithOIDC). The call is not signed, and the token travels
// in the form body.
func FromOIDC(o OIDC, at Exchange) (Credentials, error) {
	if o.RoleARN == "" || o.ProviderARN == "" || o.Token == nil {
		return Credentials{}, transport.Misconfigured("set roleARN, oidcProviderARN and where the token comes from")
	}
	client, err := at.sts(Credentials{})
	if err != nil {
		return Credentials{}, err
	}
	return renewing(&federated{client, o, at.timeout()}, at.Clock), nil
}

// federated issues sessions of a role for OIDC tokens.
type federated struct {
	client  *Client
	role    OIDC
	timeout time.Duration
}

func (f *federated) issue(ctx context.Context, _ bool) (issued, error) {
	token, err := f.token(ctx)
	if err != nil {
		return issued{}, err
	}
	operation := Operation{Action: "AssumeRoleWithOIDC", Version: stsVersion, Codes: stsCodes(), unsigned: true}
	response, err := f.client.Call(ctx, operation, map[string]string{
		"RoleArn":         f.role.RoleARN,
		"OIDCProviderArn": f.role.ProviderARN,
		"OIDCToken":       token,
		"RoleSessionName": orDefault(f.role.SessionName, DefaultSessionName),
	})
	if err != nil {
		return issued{}, err
	}
	return response.session()
}

// token fetches a token that STS can be shown.
func (f *federated) token(ctx context.Context) (string, error) {
	bounded, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	token, err := f.role.Token(bounded)
	if known := new(provider.Error); errors.As(err, &known) {
		return "", known
	}
	if err != nil {
		return "", unreadToken("no OIDC token could be obtained; check its source and that the operator may use it")
	}
	token = strings.TrimSpace(token)
	if len(token) < minToken || len(token) > maxToken {
		return "", unreadToken("the OIDC token is empty or too long; check its source")
	}
	return token, nil
}

// unreadToken is the error of a token that is not to be had.
func unreadToken(advice string) *provider.Error {
	return &provider.Error{Kind: provider.Unavailable, Operation: "AssumeRoleWithOIDC", Code: "token", Advice: advice, Account: true}
}
