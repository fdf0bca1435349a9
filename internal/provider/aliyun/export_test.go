package aliyun

import (
	"net/http"
	"time"

	"github.com/aliyun/credentials-go/credentials"
)

// CredentialsOf makes credentials of any source that the SDK knows.
func CredentialsOf(source credentials.Credential) Credentials { return newCredentials(source) }

// Judge is what becomes of a reply.
func Judge(codes Codes, status int, header http.Header, body []byte) (Response, error) {
	client := &Client{gateway: gatewayCodes()}
	return client.judge(origin{"Operation", "host.example"}, codes, reply{status, header, body})
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
