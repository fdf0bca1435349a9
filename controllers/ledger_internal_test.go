package controllers

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = DescribeTable("hastening what is due",
	func(planned, least, expected time.Duration) {
		ledger := NewLedger()
		ledger.plan("uid", "subject", testNow, planned)
		Expect(ledger.hasten("uid", testNow, least)).To(Equal(expected))
		Expect(ledger.of("uid").due).To(BeTemporally("==", testNow.Add(expected)))
		Expect(ledger.of("uid").subject).To(Equal("subject"))
	},
	Entry("it comes as soon as it may", 6*time.Hour, 5*time.Minute, 5*time.Minute),
	Entry("what comes sooner is not put off", time.Minute, 5*time.Minute, time.Minute),
)
