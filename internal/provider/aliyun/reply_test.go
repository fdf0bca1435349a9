package aliyun_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

var _ = Describe("A reply", func() {
	DescribeTable("that is a success",
		func(body, requestID, value string) {
			response, err := aliyun.Judge(nil, http.StatusOK, nil, []byte(body))
			Expect(err).NotTo(HaveOccurred())
			Expect(response.RequestID).To(Equal(requestID))
			var fields struct{ Value string }
			Expect(response.Decode(&fields)).To(Succeed())
			Expect(fields.Value).To(Equal(value))
		},
		Entry("plain", `{"RequestId":"R-1","Value":"v"}`, "R-1", "v"),
		Entry("wrapped, as one page shows", `{"SetLiveDomainCertificateResponse":{"RequestId":"R-1","Value":"v"}}`, "R-1", "v"),
		Entry("with a stray line end in the id", `{"RequestId":"R-1\n","Value":"v"}`, "R-1", "v"),
		Entry("with an id of unknown form, which is not repeated", `{"RequestId":"<script>","Value":"v"}`, "", "v"),
		Entry("with a number for an id", `{"RequestId":17,"Value":"v"}`, "17", "v"),
	)

	DescribeTable("that is none",
		func(status int, body, code string, kind provider.Kind) {
			_, err := aliyun.Judge(nil, status, nil, []byte(body))
			failure := expectError(err)
			Expect(failure.Code).To(Equal(code))
			Expect(failure.Kind).To(Equal(kind))
			Expect(failure.Status).To(Equal(status))
			Expect(failure.Advice).NotTo(BeEmpty())
		},
		Entry("empty", 200, ``, "malformed", provider.Unavailable),
		Entry("204", 204, ``, "malformed", provider.Unavailable),
		Entry("an array", 200, `[{"RequestId":"R"}]`, "malformed", provider.Unavailable),
		Entry("null", 200, `null`, "malformed", provider.Unavailable),
		Entry("a string", 200, `"RequestId"`, "malformed", provider.Unavailable),
		Entry("a page of HTML", 200, `<html>`, "malformed", provider.Unavailable),
		Entry("XML", 200, `<?xml version="1.0"?><R><RequestId>1</RequestId></R>`, "malformed", provider.Unavailable),
		Entry("cut short", 200, `{"RequestId":"R"`, "malformed", provider.Unavailable),
		Entry("followed by more", 200, `{"RequestId":"R"}{}`, "malformed", provider.Unavailable),
		Entry("without request id", 200, `{"CertInfos":{}}`, "incomplete", provider.Unavailable),
		Entry("with an empty request id", 200, `{"RequestId":" "}`, "incomplete", provider.Unavailable),
		Entry("an empty wrapper", 200, `{"SetResponse":null}`, "incomplete", provider.Unavailable),
		Entry("HTML from a proxy", 502, `<html>`, "http-502", provider.Unavailable),
		Entry("HTML with 404, which is not an unknown domain", 404, `<html>`, "http-404", provider.Unavailable),
		Entry("HTML with 403, which is not a missing permission", 403, `<html>`, "http-403", provider.Unavailable),
		Entry("no body and 503", 503, ``, "http-503", provider.Unavailable),
		Entry("no code and 429", 429, `{}`, "http-429", provider.Throttled),
		Entry("a code that is a text", 400, `{"Code":"no such\nthing"}`, "http-400", provider.Unavailable),
		Entry("no status at all", 0, ``, "http-0", provider.Unavailable),
		Entry("302 without a place to go, as one product throttles", 302, `{"Code":"Throttling"}`, "Throttling", provider.Throttled),
	)

	It("keeps the request id of a refusal", func() {
		_, err := aliyun.Judge(nil, 400, nil, []byte(`{"Code":"Throttling","RequestId":"R-7","HostId":"h","Message":"m"}`))
		Expect(expectError(err).RequestID).To(Equal("R-7"))
		Expect(err.Error()).NotTo(ContainSubstring("R-7"))
	})

	It("of another shape than asked for is an error", func() {
		response, err := aliyun.Judge(nil, 200, nil, []byte(`{"RequestId":"R","Value":{"a":"b"}}`))
		Expect(err).NotTo(HaveOccurred())
		var fields struct{ Value string }
		Expect(expectError(response.Decode(&fields)).Code).To(Equal("malformed"))
	})
})

var _ = DescribeTable("A hint to wait",
	func(header map[string]string, expected time.Duration) {
		canonical := http.Header{}
		for name, value := range header {
			canonical.Set(name, value)
		}
		Expect(aliyun.RetryAfter(canonical)).To(Equal(expected))
	},
	Entry("none", nil, time.Duration(0)),
	Entry("the user's quota for the API", map[string]string{"x-ratelimit-user-api": "Limit:30,Remain:0,TimeLeft:421"}, 421*time.Millisecond),
	Entry("the larger of both", map[string]string{"x-ratelimit-user-api": "TimeLeft:90", "x-ratelimit-user": "Limit:1, TimeLeft:421 "}, 421*time.Millisecond),
	Entry("seconds", map[string]string{"Retry-After": "7"}, 7*time.Second),
	Entry("no number", map[string]string{"Retry-After": "soon", "x-ratelimit-user": "TimeLeft:x"}, time.Duration(0)),
	Entry("negative", map[string]string{"Retry-After": "-7"}, time.Duration(0)),
	Entry("a year is cut", map[string]string{"Retry-After": "31536000"}, 10*time.Minute),
	Entry("a number that would overflow is cut", map[string]string{"Retry-After": "9223372036854775807"}, 10*time.Minute),
)

var _ = DescribeTable("A time in a reply",
	func(text string, expected string) {
		parsed, ok := aliyun.ParseTime(text)
		Expect(ok).To(Equal(expected != ""))
		if ok {
			Expect(parsed.Format(time.RFC3339)).To(Equal(expected))
		}
	},
	Entry("ISO 8601", "2018-06-03T22:03:39Z", "2018-06-03T22:03:39Z"),
	Entry("without seconds", "2018-06-03T22:03Z", "2018-06-03T22:03:00Z"),
	Entry("as Go prints it", "2015-12-21 08:02:07 +0000 UTC", "2015-12-21T08:02:07Z"),
	Entry("without zone", "2018-12-26 14:45:09", "2018-12-26T14:45:09Z"),
	Entry("as OpenSSL prints it", "Nov 29 00:00:00 2016 GMT", "2016-11-29T00:00:00Z"),
	Entry("as OpenSSL prints it, with a one-digit day", "Nov  9 00:00:00 2016 GMT", "2016-11-09T00:00:00Z"),
	Entry("a day", "2022-11-17", "2022-11-17T00:00:00Z"),
	Entry("with an offset", "2018-06-03T22:03:39+08:00", "2018-06-03T14:03:39Z"),
	Entry("nothing", "", ""),
	Entry("a word", "soon", ""),
)

var _ = DescribeTable("A list in a reply",
	func(document string, expected ...string) {
		var list aliyun.List[aliyun.Text]
		Expect(json.Unmarshal([]byte(document), &list)).To(Succeed())
		texts := []string{}
		for _, text := range list {
			texts = append(texts, string(text))
		}
		Expect(texts).To(Equal(expected))
	},
	Entry("an array", `["a", 2]`, "a", "2"),
	Entry("a single element", `"a"`, "a"),
	Entry("a large number keeps its digits", `9007199254740993`, "9007199254740993"),
	Entry("null", `null`),
	Entry("an empty text", `""`),
)

func FuzzReply(f *testing.F) {
	for _, seed := range []string{
		accepted, `{"SetResponse":{"RequestId":"R"}}`, `{"Code":"Throttling","RequestId":1}`, `[]`, `null`, `<html>`, ``,
	} {
		for _, status := range []int{200, 302, 400, 503} {
			f.Add(status, []byte(seed), "TimeLeft:421")
		}
	}
	f.Fuzz(func(t *testing.T, status int, body []byte, hint string) {
		response, err := aliyun.Judge(nil, status, http.Header{"X-Ratelimit-User": {hint}}, body)
		if err == nil {
			if status < 200 || status > 299 {
				t.Fatalf("status %d is a success", status)
			}
			var fields map[string]json.RawMessage
			if err := response.Decode(&fields); err != nil {
				t.Fatalf("a success has no fields: %v", err)
			}
			return
		}
		failure := provider.AsError(err)
		if len(failure.Error()) > 512 || failure.Kind == "" || failure.RetryAfter < 0 || failure.RetryAfter > 10*time.Minute {
			t.Fatalf("unfit error: %+v", failure)
		}
		for _, c := range failure.Error() + failure.RequestID {
			if c < ' ' || c > '~' {
				t.Fatalf("unprintable error: %q", failure.Error())
			}
		}
	})
}
