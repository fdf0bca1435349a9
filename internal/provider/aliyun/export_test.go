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

// Session is what is made of a reply of STS that should hold credentials.
func Session(status int, header http.Header, body []byte) (string, error) {
	response, err := Judge(stsCodes(), status, header, body)
	if err != nil {
		return "", err
	}
	got, err := response.session()
	if err == nil && got.securityToken == "" {
		return "", nil
	}
	return got.accessKeyID + got.accessKeySecret + got.securityToken, err
}

// Lasts is how long credentials can be used that end at expires, by the clock of who
// handed them out when that said dated.
func Lasts(expires, dated, now time.Time) time.Duration {
	return issued{expires: expires, dated: dated}.endsAt(now).Sub(now)
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
