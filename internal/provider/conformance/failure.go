package conformance

import (
	"context"
	"errors"
	"time"

	"github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
)

// patience bounds a spec whose provider never answers: it stops a broken
// adapter and is no measure of a good one.
const patience = time.Minute

func describeRefusals(f *fixture) {
	type refusal struct {
		fault   Fault
		kind    provider.Kind
		methods []method
	}
	for _, refusal := range []refusal{
		{Denied, provider.Denied, methods()},
		{Rejected, provider.Rejected, []method{deploying()}},
		{Throttled, provider.Throttled, methods()},
		{HeldBack, provider.HeldBack, []method{deploying()}},
		{Broken, provider.Unavailable, methods()},
		{Skewed, provider.Unavailable, methods()},
	} {
		if _, isUnknown := f.unknown[refusal.fault]; isUnknown {
			continue
		}
		for _, method := range refusal.methods {
			ginkgo.It(method.name+" that meets "+string(refusal.fault)+" says so and changes nothing", func(ctx context.Context) {
				former := f.issue(domain)
				f.mustDeploy(ctx, target(), former)
				changes := f.Changes()

				f.Inject(refusal.fault)
				failure := f.expectFailure(method.call(f, ctx))
				Expect(failure.Kind).To(Equal(refusal.kind))
				Expect(failure.Queued).To(BeFalse(), "only a budget queues")
				if refusal.fault == Throttled {
					Expect(failure.RetryAfter).To(Equal(RetryAfter))
				}
				if refusal.fault == Skewed {
					Expect(failure.Advice).To(ContainSubstring("clock"), "a human must find what to mend")
					Expect(failure.Account).To(BeTrue(), "it stands against every domain of the account")
				}
				Expect(f.Changes()).To(BeNumerically("<=", changes+1), "nothing is tried twice")

				f.Heal()
				f.expectHeld(ctx, target(), former)
				bundle := f.issue(domain)
				f.mustDeploy(ctx, target(), bundle)
				f.expectHeld(ctx, target(), bundle)
			})
		}
	}
}

func describeLosses(f *fixture) {
	ginkgo.Context("when the answer is lost", func() {
		ginkgo.It("Deploy is Unavailable, and Observe shows that it took effect", func(ctx context.Context) {
			f.mustDeploy(ctx, target(), f.issue(domain))
			bundle, changes := f.issue(domain), f.Changes()
			f.Inject(AnswerLost)
			_, err := f.provider.Deploy(ctx, wanting(target(), bundle), bundle)
			Expect(f.expectFailure(err).Kind).To(Equal(provider.Unavailable))
			Expect(f.Changes()).To(Equal(changes+1), "nothing is tried twice")
			f.Heal()
			f.expectHeld(ctx, target(), bundle)
			f.mustDeploy(ctx, target(), bundle)
			f.expectHeld(ctx, target(), bundle)
		})

		ginkgo.It("Withdraw is Unavailable, and repeating it succeeds", func(ctx context.Context) {
			f.mustDeploy(ctx, target(), f.issue(domain))
			f.Inject(AnswerLost)
			Expect(f.expectFailure(f.provider.Withdraw(ctx, target())).Kind).To(Equal(provider.Unavailable))
			f.Heal()
			f.mustWithdraw(ctx, target())
			f.expectNothing(ctx, target())
		})
	})
}

func describePropagation(f *fixture) {
	if _, isUnknown := f.unknown[ReadsStale]; isUnknown {
		return
	}
	ginkgo.It("shows what the provider shows while a change propagates", func(ctx context.Context) {
		former, bundle := f.issue(domain), f.issue(domain)
		f.mustDeploy(ctx, target(), former)
		f.Inject(ReadsStale)
		known := wanting(target(), bundle)
		known.Known = f.mustDeploy(ctx, known, bundle)
		expectShown(f.mustObserve(ctx, known), former)
		f.Heal()
		expectShown(f.mustObserve(ctx, known), bundle)
	})
}

func describeCancellation(f *fixture) {
	for _, method := range methods() {
		ginkgo.It(method.name+" sends nothing for a cancelled context", func(ctx context.Context) {
			cancelled, cancel := context.WithCancel(ctx)
			cancel()
			changes := f.Changes()
			failure := f.expectFailure(method.call(f, cancelled))
			Expect(errors.Is(failure, context.Canceled)).To(BeTrue())
			Expect(f.Changes()).To(Equal(changes))
		})

		ginkgo.It(method.name+" gives up an answer that does not come when the context is cancelled", func(ctx context.Context) {
			f.Inject(Silent)
			ginkgo.DeferCleanup(f.Heal)
			impatient, cancel := context.WithCancel(ctx)
			time.AfterFunc(50*time.Millisecond, cancel)
			failure := f.expectFailure(method.call(f, impatient))
			Expect(errors.Is(failure, context.Canceled)).To(BeTrue(), "%#v", failure)
		}, ginkgo.SpecTimeout(patience))
	}
}

func describeWireFault(f *fixture, fault Fault) {
	for _, method := range methods() {
		ginkgo.It(method.name+" is Unavailable when what comes back is "+string(fault), func(ctx context.Context) {
			f.mustDeploy(ctx, target(), f.issue(domain))
			changes := f.Changes()
			f.Inject(fault)
			Expect(f.expectFailure(method.call(f, ctx)).Kind).To(Equal(provider.Unavailable))
			Expect(f.Changes()).To(BeNumerically("<=", changes+1), "nothing is tried twice")

			f.Heal()
			bundle := f.issue(domain)
			f.mustDeploy(ctx, target(), bundle)
			f.expectHeld(ctx, target(), bundle)
		}, ginkgo.SpecTimeout(patience))
	}
}
