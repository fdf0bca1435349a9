package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"

	"github.com/domaincert/domaincert/internal/provider"
)

// Origin is what an error may tell about the call it came from.
type Origin struct {
	// Operation is the product's own name of the call.
	Operation string
	// Host that was called.
	Host string
}

// Unavailable is the error of a call that got no usable answer.
func (o Origin) Unavailable(code, advice string) *provider.Error {
	return &provider.Error{Kind: provider.Unavailable, Operation: o.Operation, Host: o.Host, Code: code, Advice: advice}
}

// unreached is Unavailable for a host that did not answer. The advice begins with
// its name, since the object may name none: it has a default.
func (o Origin) unreached(code, advice string) *provider.Error {
	return o.Unavailable(code, o.Host+" "+advice)
}

const timeoutAdvice = "does not answer in time; check the endpoint and the network on the way"

// Failure turns an error from below the API into one that can be shown: those of
// net/http quote the URL, and all of them may quote more. Bounded is the context
// that the call itself was given, with its timeout.
func (o Origin) Failure(caller, bounded context.Context, err error) *provider.Error {
	if caller.Err() != nil || bounded.Err() != nil {
		return o.Expired(caller)
	}
	switch {
	case errors.Is(err, ErrUnsent):
		return o.Unavailable("unsent", "the request could not be built; check credentials, endpoint and proxy settings for stray characters")
	case errors.Is(err, ErrOversize):
		return o.Unavailable("oversized", "the reply is larger than 1 MiB; check what answers at the endpoint")
	case isDNS(err):
		return o.unreached("dns", "cannot be resolved; check endpoint and region in the provider's spec, the DNS that the operator uses and its proxy settings")
	case isTimeout(err):
		return o.unreached("timeout", timeoutAdvice)
	case isTLS(err):
		return o.unreached(provider.CodeTLS, "has a TLS certificate or version that was not accepted; check the endpoint, its CA and any proxy on the way")
	default:
		return o.unreached("connection", "cannot be connected to; check the endpoint, and the network and any proxy on the way")
	}
}

// Expired is the error of a call that ran out of time, its own or its caller's.
// Only the latter is a cause: the caller must be able to tell whether it was asked
// to stop.
func (o Origin) Expired(caller context.Context) *provider.Error {
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
