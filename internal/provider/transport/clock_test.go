package transport_test

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/transport"
)

var _ = Describe("A clock", func() {
	now := time.Date(2026, time.November, 21, 17, 0, 0, 0, time.UTC)
	headerOf := func(date time.Time) http.Header {
		return http.Header{"Date": {date.Format(http.TimeFormat)}}
	}
	// outcome is what became of a clock at now, and of a failure it was told of.
	type outcome struct {
		clock   *transport.Clock
		failure *provider.Error
		again   bool
	}
	refused := func(dated time.Time, header http.Header) outcome {
		clock, failure := transport.NewClock(func() time.Time { return now }), &provider.Error{Code: "TheirCode"}
		return outcome{clock, failure, clock.Refused(failure, dated, header)}
	}

	DescribeTable("says how far it is off, no finer than two tries would agree on",
		func(ahead time.Duration, off string) {
			failure := refused(now, headerOf(now.Add(ahead))).failure
			Expect(failure.Advice).To(HaveSuffix("it is about " + off + " the provider's"))
			Expect(failure.Code).To(Equal(provider.CodeClockSkew))
			Expect(failure.Kind).To(Equal(provider.Unavailable))
			Expect(failure.Account).To(BeTrue())
		},
		Entry("little", 61*time.Second, "5 minutes behind"),
		Entry("minutes", 17*time.Minute, "15 minutes behind"),
		Entry("minutes and a second", -(17*time.Minute+time.Second), "15 minutes ahead of"),
		Entry("an hour", time.Hour, "60 minutes behind"),
		Entry("hours", -8*time.Hour, "8 hours ahead of"),
		Entry("days", 80*time.Hour, "3 days behind"),
	)

	It("follows the provider's, to the second", func() {
		got := refused(now, headerOf(now.Add(time.Hour)))
		Expect(got.again).To(BeTrue())
		Expect(got.clock.Now()).To(Equal(now.Add(time.Hour)))
	})

	It("follows back, where the local one was set right meanwhile", func() {
		got := refused(now.Add(time.Hour), headerOf(now))
		Expect(got.again).To(BeTrue())
		Expect(got.clock.Now()).To(Equal(now))
		Expect(got.failure.Code).To(Equal("TheirCode"), "the clocks agree")
	})

	DescribeTable("is left alone",
		func(dated time.Time, header http.Header, code string) {
			got := refused(dated, header)
			Expect(got.again).To(BeFalse())
			Expect(got.clock.Now()).To(Equal(now))
			Expect(got.failure.Code).To(Equal(code))
		},
		Entry("by a reply without a date", now, http.Header{}, "TheirCode"),
		Entry("by a reply with a date that is none", now, http.Header{"Date": {"yesterday"}}, "TheirCode"),
		Entry("by a date that is almost the request's", now, headerOf(now.Add(30*time.Second)), "TheirCode"),
		Entry("by another day, which somebody may want a signature for", now, headerOf(now.Add(25*time.Hour)), provider.CodeClockSkew),
	)

	It("learned from a request that had the provider's date already is worth no other try", func() {
		got := refused(now.Add(time.Hour), headerOf(now.Add(time.Hour)))
		Expect(got.again).To(BeFalse())
		Expect(got.failure.Code).To(Equal(provider.CodeClockSkew), "the clocks differ all the same")
	})

	DescribeTable("reads another's times",
		func(dated, local time.Duration) {
			Expect(transport.Local(now.Add(2*time.Hour), now.Add(dated), now)).To(Equal(now.Add(local)))
		},
		Entry("of a clock like this one", time.Duration(0), 2*time.Hour),
		Entry("of one some seconds off", 50*time.Second, 2*time.Hour),
		Entry("of one an hour ahead", time.Hour, time.Hour),
		Entry("of one an hour behind", -time.Hour, 3*time.Hour),
	)
})
