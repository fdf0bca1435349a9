package aliyun_test

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("A clock that differs from the cloud's", func() {
	const expired = "InvalidTimeStamp.Expired"
	user := func() aliyun.Credentials { return must(aliyun.AccessKey(accessKeyID, accessSecret, "")) }
	skew := func(c *cloud, ahead time.Duration) {
		GinkgoHelper()
		settings := c.Settings()
		settings.ClockSkew = edgesim.Duration(ahead)
		Expect(c.SetSettings(settings)).To(Succeed())
	}

	DescribeTable("costs one request, and what was learned is kept",
		func(ctx SpecContext, version string, ahead time.Duration) {
			at := newCloud()
			at.signature = version
			skew(at, ahead)
			client := at.client(user())
			for range 3 {
				Expect(client.Identify(ctx)).To(Equal(userAccount))
			}
			Expect(at.count(identify, expired)).To(Equal(1))
			Expect(at.count(identify, edgesim.OutcomeOK)).To(Equal(3))

			skew(at, 0)
			Expect(client.Identify(ctx)).To(Equal(userAccount), "a clock that was set right is learned like one that was wrong")
			Expect(at.count(identify, expired)).To(Equal(2))
		},
		Entry("V3, an hour behind", aliyun.SignatureV3, time.Hour),
		Entry("V3, an hour ahead", aliyun.SignatureV3, -time.Hour),
		Entry("V1, an hour behind", aliyun.SignatureV1, time.Hour),
		Entry("V1, an hour ahead", aliyun.SignatureV1, -time.Hour),
		Entry("V3, just outside the window", aliyun.SignatureV3, 16*time.Minute),
	)

	DescribeTable("does not keep sessions from being used",
		func(ctx SpecContext, ahead time.Duration, obtain func(*cloud) aliyun.Credentials) {
			at := newCloud()
			skew(at, ahead)
			client := at.client(obtain(at))
			for range 3 {
				Expect(client.Identify(ctx)).To(Equal(roleAccount))
			}
			Expect(at.signers()[1:]).To(HaveEach(at.signers()[1]), "one session serves them all")
		},
		Entry("assumed, an hour ahead: it seems to have ended long ago", -time.Hour, func(c *cloud) aliyun.Credentials {
			return must(user().AssumeRole(target(), c.exchange()))
		}),
		Entry("assumed, an hour behind", time.Hour, func(c *cloud) aliyun.Credentials {
			return must(user().AssumeRole(target(), c.exchange()))
		}),
		Entry("federated, an hour ahead", -time.Hour, func(c *cloud) aliyun.Credentials {
			return must(aliyun.FromOIDC(federated(), c.exchange()))
		}),
		Entry("of the instance, an hour ahead", -time.Hour, func(c *cloud) aliyun.Credentials {
			return must(aliyun.FromECSRAMRole("instance", c.exchange()))
		}),
		Entry("from a URI, an hour ahead", -time.Hour, func(c *cloud) aliyun.Credentials {
			return must(aliyun.FromURI(c.uri, c.exchange()))
		}),
	)

	// refusing answers every request with the code and a date.
	refusing := func(code string, date time.Time) *recorder {
		return serve(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", date.UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusBadRequest)
			mustWrite(w, `{"Code":"`+code+`","RequestId":"R"}`)
		})
	}

	DescribeTable("is told, after no more tries than can help",
		func(ctx SpecContext, code string, ahead time.Duration, told, advice string, tries int) {
			server := refusing(code, time.Now().Add(ahead))
			operation, parameters := set()
			_, err := newClient(server.URL).Call(ctx, operation, parameters)
			failure := expectError(err)
			Expect(failure.Kind).To(Equal(provider.Unavailable))
			Expect(failure.Account).To(BeTrue())
			Expect(failure.Code).To(Equal(told))
			Expect(failure.Advice).To(Equal(advice))
			Expect(failure.RequestID).To(Equal("R"))
			Expect(server.seen()).To(HaveLen(tries))
		},
		Entry("refused again with the cloud's own date", expired, time.Hour, provider.CodeClockSkew,
			"set the clock of the operator's node: it is about 60 minutes behind the provider's", 2),
		Entry("by a code of V1", "IllegalTimestamp", -3*time.Hour, provider.CodeClockSkew,
			"set the clock of the operator's node: it is about 3 hours ahead of the provider's", 2),
		Entry("too far to be followed", expired, 72*time.Hour, provider.CodeClockSkew,
			"set the clock of the operator's node: it is about 3 days behind the provider's", 1),
		Entry("where the cloud's own date is that of the request", expired, time.Duration(0), expired,
			"set the clock of the operator's node: the request's time is more than 15 minutes off", 1),
	)

	It("is not blamed for a refusal of another kind", func(ctx SpecContext) {
		server := refusing("SignatureDoesNotMatch", time.Now().Add(time.Hour))
		operation, parameters := set()
		_, err := newClient(server.URL).Call(ctx, operation, parameters)
		Expect(expectError(err).Code).To(Equal("SignatureDoesNotMatch"))
		Expect(server.seen()).To(HaveLen(1))
	})
})
