package conformance

import (
	"context"

	"github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
)

// maxRounds bounds the steps of a deployment, each of which may have to be waited
// for: far more than any product takes.
const maxRounds = 30

// settle lets what is under way at the provider come to its end.
func (f *fixture) settle() {
	if settler, ok := f.Harness.(Settler); ok {
		settler.Settle()
	}
}

// mustDeploy deploys the bundle, with all steps that this takes.
func (f *fixture) mustDeploy(ctx context.Context, target provider.Target, bundle certbundle.Bundle) provider.Handle {
	ginkgo.GinkgoHelper()
	target.Wanted = bundle.Fingerprint()
	target.Known = f.mustStep(ctx, target, bundle)
	_, handle := f.finish(ctx, target, bundle)
	return handle
}

// mustStep is one call of Deploy.
func (f *fixture) mustStep(ctx context.Context, target provider.Target, bundle certbundle.Bundle) provider.Handle {
	ginkgo.GinkgoHelper()
	changes := f.Changes()
	handle := f.step(ctx, target, bundle)
	Expect(f.Changes()).To(BeNumerically("<=", changes+1), "Deploy makes at most one changing request")
	return handle
}

// step is mustStep while others are at work too.
func (f *fixture) step(ctx context.Context, target provider.Target, bundle certbundle.Bundle) provider.Handle {
	ginkgo.GinkgoHelper()
	handle, err := f.provider.Deploy(ctx, target, bundle)
	Expect(err).NotTo(HaveOccurred())
	Expect(handle.Fingerprint).To(Equal(bundle.Fingerprint()), "a handle says what it stands for")
	return handle
}

// finish observes, and takes the steps that are due, until none is.
func (f *fixture) finish(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (provider.Observation, provider.Handle) {
	ginkgo.GinkgoHelper()
	return f.drive(ctx, target, bundle, f.mustObserve, f.mustStep)
}

// drive is the controller's part in a deployment of several steps: it waits while
// one is under way and takes the next when it is due, carrying along what is known.
func (f *fixture) drive(ctx context.Context, target provider.Target, bundle certbundle.Bundle,
	observe func(context.Context, provider.Target) provider.Observation,
	step func(context.Context, provider.Target, certbundle.Bundle) provider.Handle,
) (provider.Observation, provider.Handle) {
	ginkgo.GinkgoHelper()
	target.Wanted = bundle.Fingerprint()
	var observation provider.Observation
	for range maxRounds {
		observation = observe(ctx, target)
		if observation.TaskID != "" {
			target.Known.TaskID = observation.TaskID
		}
		switch {
		case observation.Pending:
			f.settle()
		case observation.Unfinished:
			target.Known = step(ctx, target, bundle)
		default:
			return observation, target.Known
		}
	}
	ginkgo.Fail("the deployment does not come to an end; does the harness need Settle?")
	return observation, target.Known
}

// mustWithdraw withdraws, as often as it takes.
func (f *fixture) mustWithdraw(ctx context.Context, target provider.Target) {
	ginkgo.GinkgoHelper()
	for range maxRounds {
		changes := f.Changes()
		err := f.provider.Withdraw(ctx, target)
		Expect(f.Changes()).To(BeNumerically("<=", changes+1), "Withdraw makes at most one changing request")
		if err == nil {
			return
		}
		underWay := f.expectFailure(err)
		Expect(underWay.Kind).To(Equal(provider.Conflict), "%v", underWay)
		Expect(underWay.RetryAfter).To(BeNumerically(">", 0), "who is asked to come back is told when")
		f.settle()
	}
	ginkgo.Fail("the withdrawal does not come to an end; does the harness need Settle?")
}

func (f *fixture) mustObserve(ctx context.Context, target provider.Target) provider.Observation {
	ginkgo.GinkgoHelper()
	changes := f.Changes()
	observation := f.observe(ctx, target)
	Expect(f.Changes()).To(Equal(changes), "Observe changes nothing")
	return observation
}

// observe is mustObserve while others are at work too.
func (f *fixture) observe(ctx context.Context, target provider.Target) provider.Observation {
	ginkgo.GinkgoHelper()
	observation, err := f.provider.Observe(ctx, target)
	Expect(err).NotTo(HaveOccurred())
	Expect(observation.Calls).To(BeNumerically(">=", 1), "the budget is charged for what was called")
	return observation
}

// expectHeld lets the deployment of the bundle come to its end, and expects the
// bundle in effect.
func (f *fixture) expectHeld(ctx context.Context, target provider.Target, bundle certbundle.Bundle) provider.Observation {
	ginkgo.GinkgoHelper()
	observation, _ := f.finish(ctx, target, bundle)
	expectShown(observation, bundle)
	return observation
}

// expectShown expects the bundle in effect. A product that does not return the
// body is believed by its expiry.
func expectShown(observation provider.Observation, bundle certbundle.Bundle) {
	ginkgo.GinkgoHelper()
	Expect(observation.Found).To(BeTrue())
	Expect(observation.HTTPS).NotTo(Equal(provider.HTTPSOff))
	Expect(observation.NotAfter).To(BeTemporally("==", bundle.Leaf().NotAfter))
	Expect(observation.Fingerprint).To(BeElementOf("", bundle.Fingerprint()))
	if observation.Fingerprint != "" && !observation.NotBefore.IsZero() {
		Expect(observation.NotBefore).To(BeTemporally("==", bundle.Leaf().NotBefore))
	}
}

// expectNothing observes the target and expects no certificate in effect.
func (f *fixture) expectNothing(ctx context.Context, target provider.Target) {
	ginkgo.GinkgoHelper()
	observation := f.mustObserve(ctx, target)
	Expect(!observation.Found || observation.HTTPS == provider.HTTPSOff).To(BeTrue(), "%+v", observation)
}
