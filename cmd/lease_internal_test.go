package main

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/controllers"
	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
)

const leasePath = "/apis/coordination.k8s.io/v1/namespaces/domaincert-system/leases/domaincert.domaincert.io"

// answering answers every request with a status.
func answering(status int) http.RoundTripper {
	return roundTripper(func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: status}, nil })
}

// asks sends a request through a transport, and returns what came of it.
func asks(t *testing.T, through http.RoundTripper, method, path string) error {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://cluster.example"+path, http.NoBody)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	_, err = through.RoundTrip(request) //nolint:bodyclose // there is none
	return err
}

func TestWithoutALeaseNothingIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lease{end: func(error) { t.Error("there is nothing to lose") }}
		time.Sleep(time.Hour)
		NewWithT(t).Expect(asks(t, l.guardCluster(answering(200)), http.MethodPatch, "/")).To(Succeed())
		NewWithT(t).Expect(asks(t, l.watchElector(answering(200)), http.MethodGet, leasePath)).To(Succeed())
	})
}

func TestALeaseThatIsRenewedStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lease{end: func(error) { t.Error("it was renewed") }}
		for range 60 {
			NewWithT(t).Expect(asks(t, l.watchElector(answering(200)), http.MethodPut, leasePath)).To(Succeed())
			time.Sleep(leaseDeadline)
			NewWithT(t).Expect(asks(t, l.guardCluster(answering(200)), http.MethodPatch, "/")).To(Succeed())
		}
		l.timer.Stop()
	})
}

func TestALeaseLapses(t *testing.T) {
	for reason, last := range map[string]struct {
		method, path string
		status       int
	}{
		"when nothing happens any more":         {http.MethodGet, "/", 200},
		"if it is only looked at":               {http.MethodGet, leasePath, 200},
		"if the renewal is refused":             {http.MethodPut, leasePath, 409},
		"if the elector writes something else":  {http.MethodPost, "/api/v1/namespaces/domaincert-system/events", 201},
		"if the API server cannot do it at all": {http.MethodPut, leasePath, 503},
	} {
		t.Run(reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := NewWithT(t)
				run, end := context.WithCancelCause(context.Background())
				l := &lease{end: end}
				g.Expect(asks(t, l.watchElector(answering(201)), http.MethodPost, leasePath)).To(Succeed())
				time.Sleep(leaseLapse - time.Nanosecond)
				g.Expect(asks(t, l.watchElector(answering(last.status)), last.method, last.path)).To(Succeed())
				g.Expect(asks(t, l.guardCluster(answering(200)), http.MethodPatch, "/")).To(Succeed())
				g.Expect(run.Err()).NotTo(HaveOccurred())

				time.Sleep(time.Nanosecond)
				synctest.Wait()
				g.Expect(context.Cause(run)).To(MatchError(errLapsed))
				g.Expect(asks(t, l.guardCluster(answering(200)), http.MethodPatch, "/")).To(MatchError(errLapsed))
				g.Expect(asks(t, l.watchElector(answering(200)), http.MethodPut, leasePath)).To(MatchError(errLapsed), "the lease may be another's to renew or release")
			})
		})
	}
}

func TestALeaseLapsesWhileTheMachineSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		run, end := context.WithCancelCause(context.Background())
		asleep := time.Hour
		l := &lease{end: end, slept: func() time.Duration { return asleep }}
		g.Expect(asks(t, l.watchElector(answering(200)), http.MethodPut, leasePath)).To(Succeed())
		asleep += leaseLapse - time.Second
		g.Expect(asks(t, l.guardCluster(answering(200)), http.MethodPatch, "/")).To(Succeed())
		time.Sleep(time.Second)
		g.Expect(asks(t, l.guardCluster(answering(200)), http.MethodPatch, "/")).To(MatchError(errLapsed))
		g.Expect(context.Cause(run)).To(MatchError(errLapsed), "although the timer has stood still")
		l.timer.Stop()
	})
}

// account counts what is asked of it.
type account struct {
	controllers.Account
	provider.Provider
	provider.Repository
	observed, changed int
}

func (a *account) Access(string) controllers.Access {
	return controllers.Access{Provider: a, Repository: a}
}

func (a *account) Observe(context.Context, provider.Target) (provider.Observation, error) {
	a.observed++
	return provider.Observation{}, nil
}

func (a *account) Deploy(context.Context, provider.Target, certbundle.Bundle) (provider.Handle, error) {
	a.changed++
	return provider.Handle{}, nil
}

func (a *account) Withdraw(context.Context, provider.Target) error {
	a.changed++
	return nil
}

func (a *account) Remove(context.Context, provider.Target, provider.Upload) error {
	a.changed++
	return nil
}

func TestProvidersAreNotChangedWithoutTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, kept := NewWithT(t), &account{}
		l := &lease{end: func(error) {}}
		guarded := l.guardProducts(map[string]controllers.Product{"Live": {
			Open: func(*domaincertv1alpha1.EdgeProviderSpec, controllers.Material) (controllers.Account, error) {
				return kept, nil
			},
		}})
		opened, err := guarded["Live"].Open(nil, controllers.Material{})
		g.Expect(err).NotTo(HaveOccurred())
		access := opened.Access("1000000000000001")
		change := func() []error {
			_, deployed := access.Provider.Deploy(t.Context(), provider.Target{}, certbundle.Bundle{})
			return []error{deployed, access.Provider.Withdraw(t.Context(), provider.Target{}), access.Repository.Remove(t.Context(), provider.Target{}, provider.Upload{})}
		}

		l.hold(time.Now(), 0)
		g.Expect(change()).To(HaveEach(Succeed()))
		g.Expect(kept.changed).To(Equal(3))

		time.Sleep(leaseLapse)
		synctest.Wait()
		g.Expect(change()).To(HaveEach(MatchError(context.Canceled)))
		g.Expect(kept.changed).To(Equal(3))
		_, err = access.Provider.Observe(t.Context(), provider.Target{})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(kept.observed).To(Equal(1), "looking does no harm")
	})
}
