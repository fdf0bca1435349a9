package aliyun_test

import (
	"context"
	"errors"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gleak"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/test/edgesim"
)

// The sessions of these specs last a minute, so a renewal is due once less than
// 20 seconds remain.
var _ = Describe("Temporary credentials", func() {
	var (
		at     *cloud
		client *aliyun.Client
	)
	BeforeEach(func() {
		at = newCloud()
		client = at.client(must(aliyun.FromOIDC(federated(), at.exchange())))
	})
	works := func(ctx context.Context) {
		GinkgoHelper()
		Expect(client.Identify(ctx)).To(Equal(roleAccount))
	}
	fails := func(ctx context.Context) *provider.Error {
		GinkgoHelper()
		_, err := client.Identify(ctx)
		failure := expectError(err)
		Expect(failure.Account).To(BeTrue())
		return failure
	}
	stillFails := func(ctx context.Context) {
		GinkgoHelper()
		Expect(fails(ctx).Code).NotTo(BeEmpty())
	}
	exchanges := func() int { return at.count(assumeOIDC, "") }

	It("are kept until a third of their life remains, and renewed while the old ones are used", func(ctx SpecContext) {
		for range 3 {
			works(ctx)
		}
		at.clock.advance(39 * time.Second)
		works(ctx)
		Expect(exchanges()).To(Equal(1))

		at.clock.advance(2 * time.Second)
		works(ctx)
		Eventually(exchanges).WithContext(ctx).Should(Equal(2))
		signers := at.signers()
		Expect(signers).To(HaveEach(signers[0]), "nobody waited for the new ones")
		Eventually(func(ctx context.Context) string {
			works(ctx)
			return at.signers()[len(at.signers())-1]
		}).WithContext(ctx).ShouldNot(Equal(signers[0]))
		Expect(exchanges()).To(Equal(2))
	}, NodeTimeout(nodeTimeout))

	It("are used to their end by everyone, however long a renewal takes or fails", func(ctx SpecContext) {
		works(ctx)
		at.fault(edgesim.Fault{Kind: edgesim.FaultHang, Operation: assumeOIDC})
		at.clock.advance(50 * time.Second)
		for range 20 {
			works(ctx)
		}
		Eventually(exchanges).WithContext(ctx).Should(Equal(2), "one renewal at a time")
		at.ClearFaults()
	}, NodeTimeout(nodeTimeout))

	It("are never used past their end, even where the clock jumps over it", func(ctx SpecContext) {
		works(ctx)
		at.clock.advance(10 * time.Minute)
		works(ctx)
		Expect(exchanges()).To(Equal(2))
		Expect(at.count(identify, edgesim.OutcomeOK)).To(Equal(2), "none was refused")
	})

	It("survive a clock that jumps back", func(ctx SpecContext) {
		works(ctx)
		at.clock.advance(-10 * time.Minute)
		works(ctx)
		Expect(exchanges()).To(Equal(1))
	})

	It("are asked for again with a growing pause of their own, not by every caller", func(ctx SpecContext) {
		at.fault(edgesim.Fault{Kind: edgesim.FaultError, Operation: assumeOIDC, Status: 503, Code: "ServiceUnavailable"})
		expected := 1
		for _, pause := range []int{5, 10, 20, 40, 60, 60} {
			for range 5 {
				failure := fails(ctx)
				Expect(failure.Code).To(Equal("ServiceUnavailable"))
				Expect(failure.Kind).To(Equal(provider.Unavailable))
			}
			Expect(exchanges()).To(Equal(expected))
			at.clock.advance(time.Duration(pause)*time.Second - time.Millisecond)
			stillFails(ctx)
			Expect(exchanges()).To(Equal(expected))
			at.clock.advance(time.Millisecond)
			expected++
		}
		Expect(at.count(identify, "")).To(BeZero(), "no call was made without credentials")
		at.ClearFaults()
		works(ctx)
	})

	It("wait as long as STS asks for", func(ctx SpecContext) {
		at.fault(edgesim.Fault{Kind: edgesim.FaultError, Operation: assumeOIDC, Status: 429, Code: "Throttling.User",
			Headers: map[string]string{"Retry-After": "30"}})
		failure := fails(ctx)
		Expect(failure.Kind).To(Equal(provider.Unavailable), "it is not the product's quota that is used up")
		at.clock.advance(29 * time.Second)
		stillFails(ctx)
		Expect(exchanges()).To(Equal(1))
		at.clock.advance(time.Second)
		stillFails(ctx)
		Expect(exchanges()).To(Equal(2))
	})

	It("that have ended when they come are an error, not a loop", func(ctx SpecContext) {
		at.change("federated", func(r *edgesim.Role) { r.SessionLife = 1 })
		for range 3 {
			Expect(fails(ctx).Code).To(Equal("expired"))
		}
		Expect(exchanges()).To(Equal(1))
	})

	It("are renewed once, within the call, when a product refuses them early", func(ctx SpecContext) {
		works(ctx)
		at.ExpireSessions()
		works(ctx)
		Expect(exchanges()).To(Equal(2))
		Expect(at.count(identify, "InvalidSecurityToken.Expired")).To(Equal(1))
		works(ctx)
		Expect(at.count(identify, "")).To(Equal(4))
	})

	It("are not renewed in a loop for a product that refuses them all", func(ctx SpecContext) {
		at.fault(edgesim.Fault{Kind: edgesim.FaultError, Operation: identify, Status: 403, Code: "InvalidSecurityToken.Expired"})
		for range 5 {
			failure := fails(ctx)
			Expect(failure.Kind).To(Equal(provider.Denied))
			Expect(failure.Code).To(Equal("InvalidSecurityToken.Expired"))
		}
		Expect(exchanges()).To(Equal(2))
		Expect(at.count(identify, "")).To(Equal(6), "twice the first time, then once")
		at.clock.advance(time.Minute)
		stillFails(ctx)
		Expect(exchanges()).To(Equal(4), "the old ones had ended, and the new ones were refused")
	})

	It("say why they cannot be renewed after a product refused them", func(ctx SpecContext) {
		works(ctx)
		at.ExpireSessions()
		at.change("federated", func(r *edgesim.Role) { r.OIDC.Tokens = []edgesim.Secret{"another"} })
		failure := fails(ctx)
		Expect(failure.Operation).To(Equal(assumeOIDC))
		Expect(failure.Code).To(Equal("AuthenticationFail.OIDCToken.Invalid"))
	})

	It("that were obtained with others bring those along when both are refused", func(ctx SpecContext) {
		own := must(aliyun.FromOIDC(federated(), at.exchange()))
		client = at.client(must(own.AssumeRole(target(), at.exchange())))
		works(ctx)
		at.ExpireSessions()
		works(ctx)
		Expect(exchanges()).To(Equal(2))
		Expect(at.count(assume, edgesim.OutcomeOK)).To(Equal(2))
		Expect(at.count(assume, "InvalidSecurityToken.Expired")).To(Equal(1))
	})

	It("are told to whoever waits, and to the next if nobody could wait", func(ctx SpecContext) {
		at.fault(edgesim.Fault{Kind: edgesim.FaultDelay, Operation: assumeOIDC, Delay: 200 * edgesim.Millisecond})
		stopping, stop := context.WithCancel(ctx)
		stop()
		_, err := client.Identify(stopping)
		Expect(errors.Is(err, context.Canceled)).To(BeTrue())
		Expect(exchanges()).To(BeZero())

		hasty, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		_, err = client.Identify(hasty)
		failure := expectError(err)
		Expect(failure.Code).To(Equal("timeout"))
		Expect(failure.Advice).To(ContainSubstring("no credentials came in time"))
		Expect(errors.Is(err, context.DeadlineExceeded)).To(BeTrue())
		works(ctx)
		Expect(exchanges()).To(Equal(1))
	}, NodeTimeout(nodeTimeout))

	It("serve a hundred callers with one exchange each, and leave no goroutine behind", func(ctx SpecContext) {
		before := gleak.Goroutines()
		own := must(aliyun.FromOIDC(federated(), at.exchange()))
		assumed := must(own.AssumeRole(target(), at.exchange()))
		clients := []*aliyun.Client{at.client(own), at.client(assumed)}
		var callers sync.WaitGroup
		outcomes := make(chan error, 1000)
		for i := range 100 {
			callers.Go(func() {
				for j := range 10 {
					if i == 0 && j == 5 {
						at.clock.advance(45 * time.Second)
					}
					_, err := clients[i%2].Identify(ctx)
					outcomes <- err
				}
			})
		}
		callers.Wait()
		close(outcomes)
		for err := range outcomes {
			Expect(err).NotTo(HaveOccurred())
		}
		Expect(exchanges()).To(BeNumerically("<=", 2))
		Expect(at.count(assume, "")).To(BeNumerically("<=", 2))
		for _, client := range clients {
			client.Close()
		}
		Eventually(gleak.Goroutines).WithContext(ctx).ShouldNot(gleak.HaveLeaked(before))
	}, NodeTimeout(nodeTimeout))
})

var _ = Describe("A fixed key that a product refuses", func() {
	It("is not sent again", func(ctx SpecContext) {
		at := newCloud()
		at.fault(edgesim.Fault{Kind: edgesim.FaultError, Operation: identify, Status: 403, Code: "InvalidSecurityToken.Expired"})
		_, err := at.client(must(aliyun.AccessKey(accessKeyID, accessSecret, ""))).Identify(ctx)
		Expect(expectError(err).Code).To(Equal("InvalidSecurityToken.Expired"))
		_, err = at.client(keys()).Identify(ctx)
		Expect(expectError(err).Kind).To(Equal(provider.Denied))
		Expect(at.count(identify, "")).To(Equal(2))
	})
})
