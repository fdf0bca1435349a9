package cdnpro

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"

	"github.com/domaincert/domaincert/internal/provider"
)

// origin is what an error may tell about the call it came from.
type origin struct {
	operation, host string
}

// unavailable is the error of a call that got no usable answer.
func (o origin) unavailable(code, advice string) *provider.Error {
	return &provider.Error{Kind: provider.Unavailable, Operation: o.operation, Host: o.host, Code: code, Advice: advice}
}

// unreached is unavailable for a host that did not answer. The advice begins with
// its name, since the object may name none: it has a default.
func (o origin) unreached(code, advice string) *provider.Error {
	return o.unavailable(code, o.host+" "+advice)
}

const timeoutAdvice = "does not answer in time; check the endpoint and the network on the way"

// transportFailure turns an error from below the API into one that can be shown:
// those of net/http quote the URL, and all of them may quote more.
func (o origin) transportFailure(caller, bounded context.Context, err error) *provider.Error {
	if caller.Err() != nil || bounded.Err() != nil {
		return o.expired(caller)
	}
	switch {
	case errors.Is(err, errUnsent):
		return o.unavailable("unsent", "the request could not be built; check the user name and the endpoint for stray characters")
	case errors.Is(err, errOversize):
		return o.unavailable("oversized", "the reply is larger than 1 MiB; check what answers at the endpoint")
	case isTimeout(err):
		return o.unreached("timeout", timeoutAdvice)
	case isTLS(err):
		return o.unreached("tls", "has a TLS certificate or version that was not accepted; check the endpoint, its CA and any proxy on the way")
	case isDNS(err):
		return o.unreached("dns", "cannot be resolved; check the endpoint in the provider's spec, the DNS that the operator uses and its proxy settings")
	default:
		return o.unreached("connection", "cannot be connected to; check the endpoint and the network on the way")
	}
}

// expired is the error of a call that ran out of time, its own or its caller's.
// Only the latter is a cause: the caller must be able to tell whether it was asked
// to stop.
func (o origin) expired(caller context.Context) *provider.Error {
	failure := o.unreached("timeout", timeoutAdvice)
	failure.Cause = caller.Err()
	if errors.Is(failure.Cause, context.Canceled) {
		failure.Code, failure.Advice = "canceled", ""
	}
	return failure
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

func isDNS(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns)
}

// isTLS reports whether the peer could not be trusted or understood. An alert has
// no exported type; the operation of the error that carries it has a name.
func isTLS(err error) bool {
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert *net.OpError
	switch {
	case errors.As(err, &verification), errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return true
	case errors.As(err, &alert):
		return alert.Op == "remote error" || alert.Op == "local error"
	default:
		return false
	}
}
