package controllers_test

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/edgeprobe"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/test/testcerts"
)

// opener hands out one connection, or fails.
type opener struct {
	connection *controllers.Connection
	failure    *controllers.CredentialsError
	// outdated is true if the credentials have changed since they were checked.
	outdated bool
}

func (o *opener) Outdated(context.Context, controllers.ProviderObject) bool { return o.outdated }

func (o *opener) Connect(context.Context, controllers.ProviderObject) (*controllers.Connection, error) {
	if o.failure != nil {
		return nil, o.failure
	}
	return o.connection, nil
}

func (o *opener) Leave(object string) {
	o.connection.Budget.Release(provider.OperationDeploy, object)
	o.connection.Budget.Release(provider.OperationObserve, object)
}

// edge serves what it is told to.
type edge struct {
	serves  testcerts.Pair
	failure *edgeprobe.Error
	probes  []edgeprobe.Request
}

func (e *edge) Probe(_ context.Context, request edgeprobe.Request) (edgeprobe.Result, error) {
	e.probes = append(e.probes, request)
	if e.failure != nil {
		return edgeprobe.Result{}, e.failure
	}
	return edgeprobe.Result{Fingerprint: e.serves.Fingerprint, NotAfter: e.serves.Leaf.NotAfter, Address: request.ServerName + ":443"}, nil
}

// recorder keeps events as "Type Reason Action".
type recorder struct{ events []string }

func (r *recorder) Eventf(_, _ runtime.Object, eventType, reason, action, _ string, _ ...any) {
	r.events = append(r.events, eventType+" "+reason+" "+action)
}

func (r *recorder) take() []string {
	taken := r.events
	r.events = nil
	return taken
}

// rechecker counts the accounts that were reported as refused, and the uploads.
type rechecker struct{ asked, uploaded int }

func (r *rechecker) Uploaded(controllers.ProviderObject, time.Time) { r.uploaded++ }

func (r *rechecker) Hold(controllers.ProviderObject) {}

func (r *rechecker) IsHeld(controllers.ProviderObject) bool { return false }

func (r *rechecker) Recheck(controllers.ProviderObject, time.Time) { r.asked++ }
