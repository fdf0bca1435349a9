package aliyun

import (
	"crypto/x509"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/domaincert/domaincert/internal/provider/transport"
)

// Defaults of [Exchange].
const (
	// DefaultExchangeTimeout is shorter than DefaultCallTimeout, so that a call
	// that needs new credentials still hears why there are none.
	DefaultExchangeTimeout = 10 * time.Second
	// DefaultMetadataEndpoint is the metadata service of an ECS instance.
	DefaultMetadataEndpoint = "http://100.100.100.200"
	// DefaultSessionName is how sessions show in the account's audit trail.
	DefaultSessionName = "domaincert"
)

// Exchange says where the services that hand out credentials are, and how to
// trust them. The zero value is Alibaba Cloud's own, trusted by the system's
// roots.
type Exchange struct {
	// STSEndpoint is the Security Token Service, in the form of
	// Config.Endpoint. By default the host of Region, or sts.aliyuncs.com
	// without one.
	STSEndpoint string
	// Region chooses the default STSEndpoint, for example "cn-shanghai".
	Region string
	// MetadataEndpoint is the metadata service of the ECS instance, in the form
	// of Config.Endpoint, but over HTTP where it names no scheme. Default
	// DefaultMetadataEndpoint.
	MetadataEndpoint string
	// RootCAs are trusted instead of the system's, if set.
	RootCAs *x509.CertPool `json:"-"`
	// SignatureVersion of calls to STS is SignatureV3 (default) or SignatureV1.
	SignatureVersion string
	// ConnectTimeout bounds dialling and, apart from it, the TLS handshake;
	// DefaultConnectTimeout if zero.
	ConnectTimeout time.Duration
	// CallTimeout bounds each request of an exchange and the fetching of a
	// token; DefaultExchangeTimeout if zero.
	CallTimeout time.Duration
	// Clock tells the time by which credentials expire. Default time.Now.
	Clock func() time.Time `json:"-"`
}

func (at Exchange) timeout() time.Duration { return orDefault(at.CallTimeout, DefaultExchangeTimeout) }

// transport makes a connection for each request: exchanges are rare, the other
// side would have closed an idle one by the next, and so nothing of credentials
// that are given up stays behind.
func (at Exchange) transport() *http.Transport {
	through := transport.New(orDefault(at.ConnectTimeout, DefaultConnectTimeout), at.RootCAs, maxConnections)
	through.DisableKeepAlives = true
	return through
}

// sts makes a client of the Security Token Service.
func (at Exchange) sts(who Credentials) (*Client, error) {
	host := stsEndpoint(Config{STSEndpoint: at.STSEndpoint, Region: at.Region})
	client, err := newClient(Config{
		Endpoint:         host,
		STSEndpoint:      host,
		SignatureVersion: at.SignatureVersion,
		Credentials:      who,
		CallTimeout:      at.timeout(),
		Clock:            at.Clock,
	}, at.transport())
	return client, err
}

// grant is what every service that hands out credentials calls their parts
// (AssumeRole, response parameters; the metadata service and credentials URIs
// say the same without an envelope).
type grant struct {
	AccessKeyID, AccessKeySecret, SecurityToken, Expiration Text
	// Code is Success; only the metadata service and URIs have one.
	Code Text
}

// issued reports whether the grant has its parts. Only a credentials URI may
// leave out the token.
func (g grant) issued() (issued, bool) {
	who := identity{
		strings.TrimSpace(string(g.AccessKeyID)),
		strings.TrimSpace(string(g.AccessKeySecret)),
		strings.TrimSpace(string(g.SecurityToken)),
	}
	return issued{identity: who, expires: expiration(strings.TrimSpace(string(g.Expiration)))}, who.accessKeyID != "" && who.accessKeySecret != ""
}

// expiration reads the end of credentials in any form, seconds and milliseconds
// since 1970 among them; zero if there is none.
func expiration(text string) time.Time {
	if end, ok := ParseTime(text); ok {
		return end
	}
	const year5138 = 100_000_000_000 // as seconds; as milliseconds it is 1973
	switch number, err := strconv.ParseInt(text, 10, 64); {
	case err != nil || number <= 0:
		return time.Time{}
	case number < year5138:
		return time.Unix(number, 0).UTC()
	default:
		return time.UnixMilli(number).UTC()
	}
}
