package provider_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
)

var _ = Describe("Plan", func() {
	const wanted, former, foreign = "aaaa", "bbbb", "cccc"
	var (
		now      = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		issued   = now.Add(-24 * time.Hour)
		expires  = issued.Add(90 * 24 * time.Hour)
		settings = provider.Settings{Propagation: 2 * time.Minute, Interval: 6 * time.Hour}
		want     = provider.Want{Fingerprint: wanted, NotBefore: issued, NotAfter: expires, RepairDrift: true, Name: "dcert-ours"}
		warn     = provider.Want{Fingerprint: wanted, NotBefore: issued, NotAfter: expires}
		older    = provider.Want{Fingerprint: wanted, NotBefore: issued, NotAfter: expires, RepairDrift: true, AllowOlder: true, Name: "dcert-ours"}
	)

	holding := func(fingerprint string, edits ...func(*provider.Observation)) provider.Observation {
		observed := provider.Observation{Found: true, Fingerprint: fingerprint,
			NotBefore: issued, NotAfter: expires, HTTPS: provider.HTTPSOn}
		for _, edit := range edits {
			edit(&observed)
		}
		return observed
	}
	pending := func(o *provider.Observation) { o.Pending = true }
	httpsOff := func(o *provider.Observation) { o.HTTPS = provider.HTTPSOff }
	httpsUnknown := func(o *provider.Observation) { o.HTTPS = "" }
	youngerThanWanted := func(o *provider.Observation) { o.NotBefore = issued.Add(time.Hour) }
	ours := func(o *provider.Observation) { o.CertificateName = "dcert-ours-0123" }
	expired := func(o *provider.Observation) { o.NotAfter = now.Add(-time.Second) }
	expiresOtherwise := func(o *provider.Observation) { o.NotAfter = expires.Add(time.Hour) }
	manySteps := func(h *provider.History) { h.Steps = 10 }
	unfinished := func(o *provider.Observation) { o.Unfinished = true }
	free := func(o *provider.Observation) { o.CertificateType = "free" }
	withoutDates := func(o *provider.Observation) { o.NotBefore, o.NotAfter = time.Time{}, time.Time{} }

	deployed := func(fingerprint string, ago time.Duration, edits ...func(*provider.History)) provider.History {
		history := provider.History{Fingerprint: fingerprint, NotBefore: issued,
			DeployedAt: now.Add(-ago), MissingSince: now.Add(-ago)}
		for _, edit := range edits {
			edit(&history)
		}
		return history
	}
	confirmed := func(h *provider.History) { h.Confirmed, h.MissingSince = true, time.Time{} }
	heldBack := func(h *provider.History) { h.HeldBack = true }
	sentAgain := func(h *provider.History) { h.MissingSince = h.DeployedAt.Add(-settings.Propagation) }
	missingSinceUnknown := func(h *provider.History) { h.MissingSince = time.Time{} }
	issuedEarlier := func(h *provider.History) { h.NotBefore = issued.Add(-time.Hour) }
	issuedLater := func(h *provider.History) { h.NotBefore = issued.Add(time.Hour) }

	anyFree := provider.Want{Free: true, RepairDrift: true}
	warnFree := provider.Want{Free: true}
	nothing := provider.Observation{}
	never := provider.History{}

	DescribeTable("decides",
		func(want provider.Want, observed provider.Observation, history provider.History, action provider.Action, cause provider.Cause) {
			Expect(provider.Plan(want, observed, history, settings, now)).
				To(Equal(provider.Decision{Action: action, Cause: cause}))
		},
		Entry("a domain without a certificate gets one",
			want, nothing, never, provider.Deploy, provider.Missing),
		Entry("what is already there is adopted, not sent",
			want, holding(wanted), never, provider.Hold, provider.InSync),
		Entry("what was sent and is there is in sync",
			want, holding(wanted), deployed(wanted, time.Hour), provider.Hold, provider.InSync),
		Entry("... as soon as it shows",
			want, holding(wanted), deployed(wanted, time.Second), provider.Hold, provider.InSync),
		Entry("a product that does not report HTTPS is taken at its certificate",
			want, holding(wanted, httpsUnknown), never, provider.Hold, provider.InSync),
		Entry("a foreign certificate that is not younger is replaced on first sight",
			want, holding(foreign), never, provider.Deploy, provider.Renewed),
		Entry("a renewed bundle replaces the one before it",
			want, holding(former), deployed(former, time.Hour, confirmed, issuedEarlier), provider.Deploy, provider.Renewed),
		Entry("a renewed bundle does not wait until the one before it has shown",
			want, nothing, deployed(former, time.Second, issuedEarlier), provider.Deploy, provider.Missing),
		Entry("drift policy Warn does not stop a renewal",
			warn, holding(former), deployed(former, time.Hour, confirmed, issuedEarlier), provider.Deploy, provider.Renewed),

		Entry("a bundle older than the one sent before is refused",
			want, holding(former), deployed(former, time.Hour, confirmed, issuedLater), provider.Refuse, provider.OlderThanHeld),
		Entry("... also where the provider has lost that one",
			want, nothing, deployed(former, time.Hour, confirmed, issuedLater), provider.Refuse, provider.OlderThanHeld),
		Entry("... also where only HTTPS must be switched on for it",
			want, holding(wanted, httpsOff), deployed(former, time.Hour, confirmed, issuedLater), provider.Refuse, provider.OlderThanHeld),
		Entry("a bundle older than a valid one that somebody else put there is refused",
			want, holding(foreign, youngerThanWanted), never, provider.Refuse, provider.OlderThanHeld),
		Entry("an expired certificate is replaced, however young",
			want, holding(foreign, youngerThanWanted, expired), never, provider.Deploy, provider.Renewed),
		Entry("an older bundle is sent if that is allowed",
			older, holding(former, youngerThanWanted), deployed(former, time.Hour, confirmed, issuedLater), provider.Deploy, provider.Renewed),
		Entry("an older bundle that is there already is left in place",
			want, holding(wanted), deployed(former, time.Hour, confirmed, issuedLater), provider.Hold, provider.InSync),
		Entry("an older bundle that shows while a newer one propagates is not called in sync",
			want, holding(wanted), deployed(former, time.Second, issuedLater), provider.Await, provider.Propagating),
		Entry("... nor when that one was seen already, since reads may go back for a while",
			want, holding(wanted), deployed(former, time.Second, issuedLater, confirmed), provider.Await, provider.Propagating),
		Entry("a renewed bundle that shows is in sync at once, though the answer to sending it was lost",
			want, holding(wanted), deployed(former, time.Second, issuedEarlier), provider.Hold, provider.InSync),
		Entry("a younger one that drifted in does not make our own bundle older",
			want, holding(foreign, youngerThanWanted), deployed(wanted, time.Hour, confirmed), provider.Deploy, provider.Drifted),

		Entry("a younger one of our own shows that the history is not up to date, and stays",
			want, holding(foreign, youngerThanWanted, ours), deployed(wanted, time.Hour, confirmed), provider.Refuse, provider.OlderThanHeld),
		Entry("... unless the user asks for the older one",
			older, holding(foreign, youngerThanWanted, ours), deployed(wanted, time.Hour, confirmed), provider.Deploy, provider.Drifted),
		Entry("... or it has expired",
			want, holding(foreign, youngerThanWanted, ours, expired), deployed(wanted, time.Hour, confirmed), provider.Deploy, provider.Drifted),
		Entry("an older one of our own that somebody put back is drift",
			want, holding(former, ours), deployed(wanted, time.Hour, confirmed), provider.Deploy, provider.Drifted),
		Entry("a younger one of our own that still shows after an older one was asked for is awaited",
			want, holding(foreign, youngerThanWanted, ours), deployed(wanted, time.Second, confirmed), provider.Await, provider.Propagating),

		Entry("a change that the provider says is on its way is awaited",
			want, holding(former, pending), deployed(wanted, time.Hour), provider.Await, provider.Propagating),
		Entry("a certificate that is there but on its way is awaited",
			want, holding(wanted, pending), deployed(wanted, time.Hour), provider.Await, provider.Propagating),
		Entry("an eventually consistent provider may show the former one for a while",
			want, holding(former), deployed(wanted, settings.Propagation-time.Second), provider.Await, provider.Propagating),
		Entry("... or go back to it after having shown the wanted one",
			want, holding(former), deployed(wanted, time.Second, confirmed), provider.Await, provider.Propagating),
		Entry("... or show nothing at all",
			want, nothing, deployed(wanted, time.Second), provider.Await, provider.Propagating),

		Entry("a bundle that has no effect is sent once more",
			want, holding(former), deployed(wanted, settings.Propagation), provider.Deploy, provider.Ineffective),
		Entry("after that it waits for the next read-back",
			want, holding(former), deployed(wanted, settings.Propagation, sentAgain), provider.Await, provider.Propagating),
		Entry("... and is sent at that pace",
			want, holding(former), deployed(wanted, settings.Interval, sentAgain), provider.Deploy, provider.Ineffective),
		Entry("where nobody knows since when it is missing it waits for the next read-back",
			want, holding(former), deployed(wanted, time.Hour, missingSinceUnknown), provider.Await, provider.Propagating),

		Entry("a bundle held back is not sent again",
			want, holding(former), deployed(wanted, time.Hour, heldBack), provider.Hold, provider.HeldBackCause),
		Entry("... not even if it is stored with HTTPS off",
			want, holding(wanted, httpsOff), deployed(wanted, time.Hour, heldBack), provider.Hold, provider.HeldBackCause),
		Entry("... before the next read-back",
			want, holding(former), deployed(wanted, settings.Interval, heldBack), provider.Deploy, provider.Ineffective),
		Entry("a bundle held back that is in effect after all is in sync",
			want, holding(wanted), deployed(wanted, time.Hour, heldBack), provider.Hold, provider.InSync),
		Entry("a newer bundle is sent although the one before was held back",
			want, holding(foreign), deployed(former, time.Hour, heldBack, issuedEarlier), provider.Deploy, provider.Renewed),

		Entry("drift is repaired",
			want, holding(foreign), deployed(wanted, time.Hour, confirmed), provider.Deploy, provider.Drifted),
		Entry("... also if the certificate is gone",
			want, nothing, deployed(wanted, time.Hour, confirmed), provider.Deploy, provider.Drifted),
		Entry("... but left alone with drift policy Warn",
			warn, holding(foreign), deployed(wanted, time.Hour, confirmed), provider.Hold, provider.Drifted),
		Entry("HTTPS switched off behind our back is repaired",
			want, holding(wanted, httpsOff), deployed(wanted, time.Hour, confirmed), provider.Deploy, provider.Disabled),
		Entry("... but left alone with drift policy Warn",
			warn, holding(wanted, httpsOff), deployed(wanted, time.Hour, confirmed), provider.Hold, provider.Drifted),
		Entry("HTTPS that is off for a bundle never sent is switched on",
			warn, holding(wanted, httpsOff), never, provider.Deploy, provider.Disabled),
		Entry("... whatever happened to the bundle before it",
			warn, holding(wanted, httpsOff), deployed(former, time.Hour, confirmed, issuedEarlier), provider.Deploy, provider.Disabled),
		Entry("HTTPS may take its time to come on",
			want, holding(wanted, httpsOff), deployed(wanted, time.Second), provider.Await, provider.Propagating),
		Entry("HTTPS that does not come on is not asked for again and again",
			want, holding(wanted, httpsOff), deployed(wanted, settings.Propagation, sentAgain), provider.Await, provider.Propagating),

		Entry("without the body, what was sent is known by its expiry",
			want, holding(""), deployed(wanted, time.Hour), provider.Hold, provider.InSync),
		Entry("without the body, the same expiry proves nothing for a bundle never sent",
			want, holding(""), never, provider.Deploy, provider.Renewed),
		Entry("without the body, another expiry is another certificate",
			want, holding("", expiresOtherwise), deployed(wanted, time.Hour, confirmed), provider.Deploy, provider.Drifted),
		Entry("a step that is due is taken at once",
			want, holding(former, unfinished), deployed(wanted, time.Second), provider.Deploy, provider.Unfinished),
		Entry("... also where nothing is in effect yet",
			want, provider.Observation{Unfinished: true}, deployed(wanted, time.Second), provider.Deploy, provider.Unfinished),
		Entry("what was in effect before is not unfinished but drifted, though the provider still has it",
			want, holding(foreign, unfinished), deployed(wanted, time.Hour, confirmed), provider.Deploy, provider.Drifted),
		Entry("... and is left alone with drift policy Warn",
			warn, holding(foreign, unfinished), deployed(wanted, time.Hour, confirmed), provider.Hold, provider.Drifted),
		Entry("... and may be the past for a while",
			want, holding(former, unfinished), deployed(wanted, time.Second, confirmed), provider.Await, provider.Propagating),
		Entry("... and with drift policy Warn, since it finishes what was begun",
			warn, holding(former, unfinished), deployed(wanted, time.Second), provider.Deploy, provider.Unfinished),
		Entry("... but not before the one under way has ended",
			want, holding(former, unfinished, pending), deployed(wanted, time.Second), provider.Await, provider.Propagating),
		Entry("... nor for a bundle that is held back",
			want, holding(former, unfinished), deployed(wanted, time.Hour, heldBack), provider.Hold, provider.HeldBackCause),
		Entry("... nor of more of them than any product has: that goes in circles",
			want, holding(former, unfinished), deployed(wanted, time.Second, manySteps), provider.Await, provider.Propagating),
		Entry("... which is taken once more after a while",
			want, holding(former, unfinished), deployed(wanted, settings.Propagation, manySteps), provider.Deploy, provider.Ineffective),
		Entry("... and then at the pace of the read-back",
			want, holding(former, unfinished), deployed(wanted, settings.Propagation, manySteps, sentAgain), provider.Await, provider.Propagating),
		Entry("a bundle that is in effect needs no step",
			want, holding(wanted, unfinished), deployed(wanted, time.Second), provider.Hold, provider.InSync),
		Entry("a bundle never sent is sent for what is missing, not as a step",
			want, holding(former, unfinished), deployed(former, time.Hour, confirmed, issuedEarlier), provider.Deploy, provider.Renewed),
		Entry("an older bundle takes no step either",
			want, holding(former, unfinished), deployed(former, time.Hour, confirmed, issuedLater), provider.Refuse, provider.OlderThanHeld),

		Entry("a free certificate is put where there is none",
			anyFree, nothing, never, provider.Deploy, provider.Missing),
		Entry("... or where another one is, however young",
			anyFree, holding(foreign, youngerThanWanted), never, provider.Deploy, provider.Renewed),
		Entry("... or in place of a bundle of ours",
			anyFree, holding(former), deployed(former, time.Second, confirmed), provider.Deploy, provider.Renewed),
		Entry("a free certificate that is there is adopted, whatever its content",
			anyFree, holding(foreign, free), never, provider.Hold, provider.InSync),
		Entry("... and stays in sync when the provider renews it",
			anyFree, holding(former, free), deployed("", time.Hour, confirmed), provider.Hold, provider.InSync),
		Entry("... and without a body",
			anyFree, holding("", free, withoutDates), deployed("", time.Hour), provider.Hold, provider.InSync),
		Entry("a free certificate that is being issued is awaited",
			anyFree, holding("", free, pending), deployed("", time.Hour), provider.Await, provider.Propagating),
		Entry("a free certificate that does not show is given its time",
			anyFree, nothing, deployed("", time.Second), provider.Await, provider.Propagating),
		Entry("... then asked for once more",
			anyFree, nothing, deployed("", settings.Propagation), provider.Deploy, provider.Ineffective),
		Entry("a free certificate that somebody replaced is put back",
			anyFree, holding(foreign), deployed("", time.Hour, confirmed), provider.Deploy, provider.Drifted),
		Entry("... but left alone with drift policy Warn",
			warnFree, holding(foreign), deployed("", time.Hour, confirmed), provider.Hold, provider.Drifted),
		Entry("a free certificate with HTTPS off is switched on",
			anyFree, holding(foreign, free, httpsOff), never, provider.Deploy, provider.Disabled),
		Entry("a bundle replaces a free certificate that is not younger",
			want, holding(foreign, free), deployed("", time.Hour, confirmed, issuedEarlier), provider.Deploy, provider.Renewed),

		Entry("without body and dates nothing is known, and it is sent at the pace of the read-back",
			want, holding("", withoutDates), deployed(wanted, time.Hour, sentAgain), provider.Await, provider.Propagating),
	)
})
