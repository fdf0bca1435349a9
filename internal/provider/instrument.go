package provider

import (
	"context"
	"time"

	"github.com/domaincert/domaincert/internal/certbundle"
)

// Recorder is told about every request to a provider.
type Recorder interface {
	// Request has the method ("Observe", "Deploy", "Withdraw"), how it ended
	// (nil for success) and how long it took.
	Request(method string, err *Error, duration time.Duration)
}

// Instrument returns p with every call reported to the recorder. It belongs
// inside [Limit], so that waiting in line is not counted as a request.
func Instrument(p Provider, recorder Recorder) Provider {
	return &instrumented{provider: p, recorder: recorder}
}

type instrumented struct {
	provider Provider
	recorder Recorder
}

// Observe implements [Provider].
func (i *instrumented) Observe(ctx context.Context, target Target) (Observation, error) {
	start := time.Now()
	observation, err := i.provider.Observe(ctx, target)
	i.recorder.Request("Observe", AsError(err), time.Since(start))
	return observation, err
}

// Deploy implements [Provider].
func (i *instrumented) Deploy(ctx context.Context, target Target, bundle certbundle.Bundle) (Handle, error) {
	start := time.Now()
	handle, err := i.provider.Deploy(ctx, target, bundle)
	i.recorder.Request("Deploy", AsError(err), time.Since(start))
	return handle, err
}

// Withdraw implements [Provider].
func (i *instrumented) Withdraw(ctx context.Context, target Target) error {
	start := time.Now()
	err := i.provider.Withdraw(ctx, target)
	i.recorder.Request("Withdraw", AsError(err), time.Since(start))
	return err
}
