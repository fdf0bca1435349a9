package aliyun

import (
	"context"
	"log/slog"
	"strings"

	"github.com/domaincert/domaincert/internal/provider"
)

// redacted is what credentials say of themselves.
const redacted = "REDACTED"

// Credentials are an identity at Alibaba Cloud, whatever it is obtained from.
// They cannot print themselves. Copies share what was obtained, and are safe
// for concurrent use. The zero value is none.
//
// What a source knows lies behind a pointer of its own: fmt follows one, even
// in a field that nobody else can see.
type Credentials struct {
	source source
}

// source is where the identity of a request comes from.
type source interface {
	// fetch returns the identity of the moment, or an error of ctx, or a
	// [*provider.Error]. It gives up when ctx is done.
	fetch(ctx context.Context) (identity, error)
	// refused is told of an identity that a product no longer accepts, and
	// reports whether the next fetch may bring a better one.
	refused(who identity) bool
}

// identity is what one request is signed with.
type identity struct {
	accessKeyID, accessKeySecret, securityToken string
}

// AccessKey returns credentials of a fixed access key, and of a session if
// securityToken is not empty. Space around the parts is dropped: Secrets made
// from files often end in a newline.
//
// Empty parts are refused here, because the SDK would quietly put the
// operator's own environment in their place.
func AccessKey(id, secret, securityToken string) (Credentials, error) {
	who := &identity{strings.TrimSpace(id), strings.TrimSpace(secret), strings.TrimSpace(securityToken)}
	if who.accessKeyID == "" || who.accessKeySecret == "" {
		return Credentials{}, missingCredentials()
	}
	return Credentials{source: &fixed{who}}, nil
}

// String does not tell the credentials.
func (Credentials) String() string { return redacted }

// GoString does not tell the credentials.
func (Credentials) GoString() string { return redacted }

// MarshalText does not tell the credentials, neither as text nor as JSON.
func (Credentials) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue does not tell the credentials.
func (Credentials) LogValue() slog.Value { return slog.StringValue(redacted) }

// fixed is the source of an access key that only a human changes.
type fixed struct{ who *identity }

func (f *fixed) fetch(ctx context.Context) (identity, error) { return *f.who, ctx.Err() }

func (*fixed) refused(identity) bool { return false }

// missingCredentials is the error of an identity without its parts.
func missingCredentials() *provider.Error {
	return &provider.Error{
		Kind:    provider.Denied,
		Code:    "credentials",
		Advice:  "put an access key id and an access key secret into the credentials",
		Account: true,
	}
}

// unobtained is the error of a source that failed in a way that must not be
// told: the SDK's text quotes replies that hold tokens.
func unobtained() *provider.Error {
	return &provider.Error{
		Kind:    provider.Unavailable,
		Code:    "credentials",
		Advice:  "no credentials could be obtained; check their source and the network to it",
		Account: true,
	}
}

// ofAccount turns an error about an exchange into one about the account:
// without credentials nothing of it can be served, whichever object asked. What
// a product means by a kind for one domain, a quota or a name, is not meant.
func ofAccount(failure *provider.Error) *provider.Error {
	whole := *failure
	whole.Account = true
	switch failure.Kind {
	case provider.Rejected, provider.NotFound, provider.HeldBack:
		whole.Kind = provider.Denied
	case provider.Throttled, provider.Conflict:
		whole.Kind = provider.Unavailable
	case provider.Denied, provider.Unavailable:
	}
	return &whole
}
