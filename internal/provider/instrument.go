package provider

import (
	"context"
	"time"

	"github.com/domaincert/domaincert/internal/certbundle"
)

// Recorder is told about every request to a provider.
type Recorder interface {
	// Request has the method ("Observe", "Deploy", "Withdraw", "Find", "Uploads",
	// "Remove"), how it ended (nil for success) and how long it took.
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

// InstrumentCatalog is [Instrument] for a catalog.
func InstrumentCatalog(c Catalog, recorder Recorder) Catalog {
	return &instrumentedCatalog{c, recorder}
}

type instrumentedCatalog struct {
	catalog  Catalog
	recorder Recorder
}

// Find implements [Catalog].
func (i *instrumentedCatalog) Find(ctx context.Context, target Target) (Stored, error) {
	start := time.Now()
	stored, err := i.catalog.Find(ctx, target)
	i.recorder.Request("Find", AsError(err), time.Since(start))
	return stored, err
}

// InstrumentRepository is [Instrument] for a repository.
func InstrumentRepository(r Repository, recorder Recorder) Repository {
	return &instrumentedRepository{r, recorder}
}

type instrumentedRepository struct {
	repository Repository
	recorder   Recorder
}

// Uploads implements [Repository].
func (i *instrumentedRepository) Uploads(ctx context.Context, target Target) (Uploads, error) {
	start := time.Now()
	uploads, err := i.repository.Uploads(ctx, target)
	i.recorder.Request("Uploads", AsError(err), time.Since(start))
	return uploads, err
}

// Remove implements [Repository].
func (i *instrumentedRepository) Remove(ctx context.Context, target Target, upload Upload) error {
	start := time.Now()
	err := i.repository.Remove(ctx, target, upload)
	i.recorder.Request("Remove", AsError(err), time.Since(start))
	return err
}
