package aliyun

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/aliyun/credentials-go/credentials"

	"github.com/domaincert/domaincert/internal/provider"
)

// redacted is what credentials say of themselves.
const redacted = "REDACTED"

// Credentials are an identity at Alibaba Cloud, whatever it is obtained from.
// They cannot print themselves. The zero value is none.
type Credentials struct {
	source *source
}

// AccessKey returns credentials of a fixed access key, and of a session if
// securityToken is not empty. Space around the parts is dropped: Secrets made
// from files often end in a newline.
//
// Empty parts are refused here, because the SDK would quietly put the
// operator's own environment in their place.
func AccessKey(id, secret, securityToken string) (Credentials, error) {
	id, secret, securityToken = strings.TrimSpace(id), strings.TrimSpace(secret), strings.TrimSpace(securityToken)
	if id == "" || secret == "" {
		return Credentials{}, missingCredentials()
	}
	config := new(credentials.Config).SetType("access_key").SetAccessKeyId(id).SetAccessKeySecret(secret)
	if securityToken != "" {
		config.SetType("sts").SetSecurityToken(securityToken)
	}
	credential, err := credentials.NewCredential(config)
	if err != nil {
		return Credentials{}, missingCredentials()
	}
	return newCredentials(credential), nil
}

// String does not tell the credentials.
func (Credentials) String() string { return redacted }

// GoString does not tell the credentials.
func (Credentials) GoString() string { return redacted }

// MarshalText does not tell the credentials, neither as text nor as JSON.
func (Credentials) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue does not tell the credentials.
func (Credentials) LogValue() slog.Value { return slog.StringValue(redacted) }

// source guards a credential of the SDK, whose providers have no locks of
// their own and know no context.
type source struct {
	credential credentials.Credential
	// turn holds one token: a lock that can be waited for with a context.
	turn chan struct{}
}

func newCredentials(credential credentials.Credential) Credentials {
	return Credentials{source: &source{credential: credential, turn: make(chan struct{}, 1)}}
}

// identity is what one request is signed with.
type identity struct {
	accessKeyID, accessKeySecret, securityToken string
}

// errNoIdentity means that a source answered without an access key.
var errNoIdentity = errors.New("no access key")

// fetch returns the identity of the moment. It gives up when ctx is done; the
// SDK's fetch then ends in its own time and only afterwards lets in the next.
func (c Credentials) fetch(ctx context.Context) (identity, error) {
	select {
	case c.source.turn <- struct{}{}:
	case <-ctx.Done():
		return identity{}, ctx.Err()
	}
	type outcome struct {
		identity identity
		err      error
	}
	done := make(chan outcome, 1)
	go func() {
		defer func() { <-c.source.turn }()
		got, err := c.source.get()
		done <- outcome{got, err}
	}()
	select {
	case result := <-done:
		return result.identity, result.err
	case <-ctx.Done():
		return identity{}, ctx.Err()
	}
}

// get asks the SDK. A panic in there ends here: this runs in a goroutine of
// its own, where it would end the process.
func (s *source) get() (got identity, err error) {
	defer func() {
		if recover() != nil {
			err = errPanic
		}
	}()
	model, err := s.credential.GetCredential()
	if err != nil {
		return identity{}, err
	}
	got = identity{text(model.AccessKeyId), text(model.AccessKeySecret), text(model.SecurityToken)}
	if got.accessKeyID == "" || got.accessKeySecret == "" {
		return identity{}, errNoIdentity
	}
	return got, nil
}

// text is what a pointer of the SDK's points to.
func text(pointer *string) string {
	if pointer == nil {
		return ""
	}
	return *pointer
}

// missingCredentials is the error of an identity without its parts.
func missingCredentials() *provider.Error {
	return &provider.Error{
		Kind:    provider.Denied,
		Code:    "credentials",
		Advice:  "put an access key id and an access key secret into the credentials",
		Account: true,
	}
}
