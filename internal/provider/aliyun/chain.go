package aliyun

import (
	"context"
	"time"

	"github.com/aliyun/credentials-go/credentials"
)

// chainLife is how long an answer of the SDK's chain is used. The SDK does not
// say when it ends, but renews it three minutes before (credentials-go, all
// providers).
const chainLife = time.Minute

// FromDefaultChain returns the credentials that the SDK finds in the operator's
// surroundings: environment, OIDC token, configuration files, ECS metadata,
// credentials URI, in this order.
func FromDefaultChain() (Credentials, error) {
	if err := refuseDebug(); err != nil {
		return Credentials{}, err
	}
	return renewing(&chain{make: func() (credentials.Credential, error) { return credentials.NewCredential(nil) }}, nil), nil
}

// chain issues what the SDK's default chain finds. Its parts have no locks of
// their own and know no context; the renewal sees to it that one exchange runs
// at a time.
type chain struct {
	make    func() (credentials.Credential, error)
	current credentials.Credential
}

// issue asks the chain. It is built anew after a failure or refusal: by itself
// it would stay with the part that it asked last, even with one that never gave
// an answer.
func (c *chain) issue(_ context.Context, anew bool) (issued, error) {
	if c.current == nil || anew {
		built, err := c.make()
		if err != nil {
			return issued{}, err
		}
		c.current = built
	}
	model, err := c.current.GetCredential()
	if err != nil {
		return issued{}, err
	}
	who := identity{text(model.AccessKeyId), text(model.AccessKeySecret), text(model.SecurityToken)}
	if who.accessKeyID == "" || who.accessKeySecret == "" {
		return issued{}, missingCredentials()
	}
	return issued{identity: who, expires: time.Now().Add(chainLife)}, nil
}

// text is what a pointer of the SDK's points to.
func text(pointer *string) string {
	if pointer == nil {
		return ""
	}
	return *pointer
}
