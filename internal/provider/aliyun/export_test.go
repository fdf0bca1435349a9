package aliyun

import (
	"net/http"
	"time"

	"github.com/aliyun/credentials-go/credentials"

	"github.com/domaincert/domaincert/internal/provider/transport"
)

// CredentialsOf makes credentials of what stands for the SDK's default chain.
func CredentialsOf(source credentials.Credential) Credentials {
	return ChainOf(func() (credentials.Credential, error) { return source, nil }, nil)
}

// ChainOf makes credentials of chains as they are built.
func ChainOf(build func() (credentials.Credential, error), clock func() time.Time) Credentials {
	return renewing(&chain{make: build}, clock)
}

// STSCodes is the table of STS's codes.
func STSCodes() Codes { return stsCodes() }

// Handout is what is made of an answer that should hold credentials.
func Handout(body []byte) (string, error) {
	got, err := inquiry{}.grant(reply{body: body})
	return got.accessKeyID + got.accessKeySecret + got.securityToken, err
}

// Expiration is the end that credentials give.
func Expiration(text string) time.Time { return expiration(text) }

// Judge is what becomes of a reply.
func Judge(codes Codes, status int, header http.Header, body []byte) (Response, error) {
	client := &Client{gateway: gatewayCodes()}
	return client.judge(transport.Origin{Operation: "Operation", Host: "host.example"}, codes, reply{status, header, body})
}

// RetryAfter is the wait that a reply's headers ask for.
func RetryAfter(header http.Header) time.Duration { return retryAfter(header) }

// GatewayCodes is the table of the gateway's codes.
func GatewayCodes() Codes { return gatewayCodes() }

// Transport is what a client sends through.
func Transport(client *Client) *http.Transport {
	transport, _ := client.http.Transport.(*http.Transport)
	return transport
}

// MaxWhereabouts bounds what is remembered.
const MaxWhereabouts = maxWhereabouts
