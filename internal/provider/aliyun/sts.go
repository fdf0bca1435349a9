package aliyun

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/transport"
)

// stsVersion of the Security Token Service's API.
const stsVersion = "2015-04-01"

// Role is a RAM role that is assumed with other credentials. It prints itself
// without the external id, which whoever wants to be taken for us would need.
type Role struct {
	// ARN of the role, acs:ram::<account>:role/<name>. Required.
	ARN string
	// ExternalID that the role's trust policy asks for, if it does.
	ExternalID string
	// SessionName that the account's audit trail shows; DefaultSessionName if
	// empty.
	SessionName string
}

// Format does not tell the external id, whatever the verb.
func (r Role) Format(state fmt.State, _ rune) {
	fmt.Fprintf(state, "%s as %s", r.ARN, orDefault(r.SessionName, DefaultSessionName))
}

// MarshalText does not tell the external id, neither as text nor as JSON.
func (r Role) MarshalText() ([]byte, error) { return []byte(fmt.Sprint(r)), nil }

// LogValue does not tell the external id.
func (r Role) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(r)) }

// AssumeRole returns credentials of sessions of a role, obtained with c (STS,
// AssumeRole). Roles can be assumed on top of one another.
func (c Credentials) AssumeRole(role Role, at Exchange) (Credentials, error) {
	if c.source == nil {
		return Credentials{}, missingCredentials()
	}
	if role.ARN == "" {
		return Credentials{}, transport.Misconfigured("set roleARN to the role to assume")
	}
	client, err := at.sts(c)
	if err != nil {
		return Credentials{}, err
	}
	parameters := map[string]string{
		"RoleArn":         role.ARN,
		"RoleSessionName": orDefault(role.SessionName, DefaultSessionName),
	}
	if role.ExternalID != "" {
		parameters["ExternalId"] = role.ExternalID
	}
	return renewing(&assumed{client, c, parameters}, at.Clock), nil
}

// assumed issues sessions of a role.
type assumed struct {
	client     *Client
	with       Credentials
	parameters map[string]string
}

func (a *assumed) issue(ctx context.Context, _ bool) (issued, error) {
	// Outside the time limit of the call, which would otherwise hide why the
	// credentials underneath are not to be had.
	if _, err := a.with.source.fetch(ctx); err != nil {
		return issued{}, err
	}
	response, err := a.client.Call(ctx, Operation{Action: "AssumeRole", Version: stsVersion, Codes: stsCodes()}, a.parameters)
	if err != nil {
		return issued{}, err
	}
	return response.session()
}

// session reads the credentials in a reply of STS.
func (r Response) session() (issued, error) {
	var answer struct{ Credentials grant }
	if err := r.Decode(&answer); err != nil {
		return issued{}, err
	}
	got, complete := answer.Credentials.issued()
	if !complete || got.securityToken == "" {
		return issued{}, r.failure("incomplete", "the reply holds no credentials; check that the STS endpoint is right")
	}
	got.dated = transport.Dated(r.header)
	return got, nil
}

// refusedToken reports whether a call was refused for its temporary
// credentials alone, which means that nothing of it was carried out.
func refusedToken(who identity, err error) bool {
	refusal := new(provider.Error)
	return who.securityToken != "" && errors.As(err, &refusal) &&
		(inFamily(refusal.Code, "InvalidSecurityToken") || inFamily(refusal.Code, "InvalidAccessKeyId"))
}
