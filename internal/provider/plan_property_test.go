package provider_test

import (
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
)

var planSettings = provider.Settings{Propagation: 2 * time.Minute, Interval: 6 * time.Hour}

// situation is one input of Plan.
type situation struct {
	want     provider.Want
	observed provider.Observation
	history  provider.History
	now      time.Time
}

func (s situation) plan() provider.Decision {
	return provider.Plan(s.want, s.observed, s.history, planSettings, s.now)
}

// inEffect reports whether the provider shows the wanted leaf, or any free one if
// that is wanted, switched on.
func (s situation) inEffect() bool {
	isWanted := s.observed.Fingerprint == s.want.Fingerprint
	if s.want.Free {
		isWanted = s.observed.CertificateType == "free"
	}
	return s.observed.Found && isWanted && s.observed.HTTPS != provider.HTTPSOff
}

// sent reports whether the last deployment was of what is wanted.
func (s situation) sent() bool {
	return s.history.Fingerprint == s.want.Fingerprint && !s.history.DeployedAt.IsZero()
}

// situations yields every combination of what matters to Plan, with three
// bundles in the roles of wanted, sent and held, issued an hour apart, and a free
// certificate in each of these roles too.
func situations(yield func(situation) bool) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	issued := map[string]time.Time{"": {}, "free": now.Add(-29 * 24 * time.Hour)}
	for age, name := range []string{"new", "middle", "old"} {
		issued[name] = now.Add(-time.Duration(age+30*24) * time.Hour)
	}
	both := []bool{false, true}
	for _, sent := range []string{"", "new", "middle", "old", "free"} {
		for _, held := range []string{"", "new", "middle", "old", "free"} {
			for _, https := range []provider.HTTPS{"", provider.HTTPSOn, provider.HTTPSOff} {
				for _, ago := range []time.Duration{time.Second, time.Hour, 7 * time.Hour} {
					for _, missing := range []time.Duration{0, time.Second, time.Hour} {
						for flags := range 1 << 8 {
							on := func(bit int) bool { return both[flags>>bit&1] }
							next := situation{now: now}
							next.want = provider.Want{Fingerprint: "middle", NotBefore: issued["middle"],
								NotAfter: now.Add(time.Hour), RepairDrift: on(0), AllowOlder: on(1)}
							next.observed = provider.Observation{Found: held != "", Fingerprint: held, HTTPS: https,
								NotBefore: issued[held], NotAfter: now.Add(time.Hour), Pending: on(2)}
							if on(5) {
								next.observed.NotAfter = now.Add(-time.Hour)
							}
							if sent != "" {
								next.history = provider.History{Fingerprint: sent, NotBefore: issued[sent],
									DeployedAt: now.Add(-ago), Confirmed: on(3), HeldBack: on(4)}
							}
							next.observed.Unfinished = on(6)
							if held == "free" {
								next.observed.CertificateType = "free"
							}
							if sent == "free" {
								next.history.Fingerprint, next.history.NotBefore = "", time.Time{}
							}
							if on(7) {
								next.want.Free, next.want.Fingerprint = true, ""
								next.want.NotBefore, next.want.NotAfter = time.Time{}, time.Time{}
							}
							if missing != 0 {
								next.history.MissingSince = now.Add(-ago - missing)
							}
							if !yield(next) {
								return
							}
						}
					}
				}
			}
		}
	}
}

var _ = Describe("Plan, in every situation", func() {
	It("never sends an older bundle, unless that is allowed or it was sent before", func() {
		for s := range situations {
			olderThanSent := s.want.NotBefore.Before(s.history.NotBefore)
			olderThanHeld := s.observed.Found && s.observed.NotAfter.After(s.now) &&
				s.want.NotBefore.Before(s.observed.NotBefore)
			if !s.want.Free && !s.want.AllowOlder && !s.sent() && (olderThanSent || olderThanHeld) {
				Expect(s.plan().Action).NotTo(Equal(provider.Deploy), "%+v", s)
			}
		}
	})

	It("sends nothing that is in effect", func() {
		for s := range situations {
			if s.inEffect() {
				Expect(s.plan().Action).To(BeElementOf(provider.Hold, provider.Await), "%+v", s)
			}
		}
	})

	It("says InSync only of what is in effect", func() {
		for s := range situations {
			if s.plan().Cause == provider.InSync {
				Expect(s.inEffect()).To(BeTrue(), "%+v", s)
				Expect(s.observed.Pending).To(BeFalse(), "%+v", s)
			}
		}
	})

	It("sends the same twice only after it had time to propagate, or as its next step", func() {
		for s := range situations {
			if decision := s.plan(); s.sent() && decision.Action == provider.Deploy && decision.Cause != provider.Unfinished {
				Expect(s.now.Sub(s.history.DeployedAt)).To(BeNumerically(">=", planSettings.Propagation), "%+v", s)
			}
		}
	})

	It("takes a next step only of what was sent, is not in effect, and is not on its way", func() {
		for s := range situations {
			if s.plan().Cause == provider.Unfinished {
				Expect(s.observed.Unfinished && s.sent()).To(BeTrue(), "%+v", s)
				Expect(s.inEffect() || s.observed.Pending).To(BeFalse(), "%+v", s)
			}
		}
	})

	It("refuses nothing that is allowed, and no free certificate", func() {
		for s := range situations {
			if s.want.AllowOlder || s.want.Free {
				Expect(s.plan().Action).NotTo(Equal(provider.Refuse), "%+v", s)
			}
		}
	})
})

// BenchmarkPlan is the decision of the usual case, nothing to do.
func BenchmarkPlan(b *testing.B) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	want := provider.Want{Fingerprint: "aaaa", NotBefore: now, NotAfter: now, RepairDrift: true}
	observed := provider.Observation{Found: true, Fingerprint: "aaaa", NotBefore: now, NotAfter: now, HTTPS: provider.HTTPSOn}
	history := provider.History{Fingerprint: "aaaa", NotBefore: now, DeployedAt: now, Confirmed: true}
	b.ReportAllocs()
	for b.Loop() {
		if provider.Plan(want, observed, history, planSettings, now).Action != provider.Hold {
			b.Fatal("in sync is not held")
		}
	}
}
