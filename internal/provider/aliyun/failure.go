package aliyun

import (
	"context"
	"errors"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/transport"
)

// callFailure is the error of a call that came to nothing below the API.
func callFailure(caller, bounded context.Context, from transport.Origin, err error) *provider.Error {
	if errors.Is(err, errPanic) && bounded.Err() == nil {
		return from.Unavailable("panic", "the SDK failed in an unforeseen way; report it if it happens again")
	}
	return from.Failure(caller, bounded, err)
}

// credentialsFailure is the error of a call for which no identity was to be
// had: what the source says, or that it said nothing in time.
func credentialsFailure(caller context.Context, from transport.Origin, err error) *provider.Error {
	known := new(provider.Error)
	if errors.As(err, &known) {
		failure := *known
		if failure.Operation == "" {
			failure.Operation, failure.Host = from.Operation, from.Host
		}
		return &failure
	}
	failure := from.Expired(caller)
	if failure.Code == "timeout" {
		failure.Advice = "no credentials came in time; check their source and the network to it"
		failure.Account = failure.Cause == nil
	}
	return failure
}
