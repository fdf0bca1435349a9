package aliyuncas_test

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyuncas"
)

// encoded is a value as JSON.
func encoded(tb testing.TB, value any) []byte {
	tb.Helper()
	body, err := json.Marshal(value)
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

// ours is an upload for the target.
func ours(id int, digit string) row {
	return row{id: id, name: provider.UploadName(name, sha2(digit)), sha2: strings.ToUpper(sha2(digit)), sans: "*.example.com", since: "2026-01-02", uploaded: true}
}

var _ = Describe("The uploads of a target", func() {
	listing := func(ctx context.Context, s *shelf, wanted string) []provider.Upload {
		GinkgoHelper()
		t := target()
		t.Wanted = wanted
		uploads, err := aliyuncas.New(scripted(answers{list: s.list}), nil).Uploads(ctx, t)
		Expect(err).NotTo(HaveOccurred())
		Expect(uploads.Calls).To(Equal(len(s.asked)))
		return uploads.Items
	}

	It("are those that are valid and those that are expired", func(ctx SpecContext) {
		expired := ours(1, "a")
		expired.status = "EXPIRED"
		s := &shelf{rows: []row{ours(2, "b"), expired}}
		Expect(listing(ctx, s, sha2("b"))).To(ConsistOf(
			provider.Upload{ID: "1", Name: name + "-aaaaaaaaaaaaaaa", NotBefore: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)},
			provider.Upload{ID: "2", Name: name + "-bbbbbbbbbbbbbbb", NotBefore: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)},
		))
		Expect(s.keywords()).To(Equal([]string{domain, domain, "example.com", "example.com"}))
	})

	It("are sought by the very domain first, of which there are few", func(ctx SpecContext) {
		own := ours(2, "b")
		own.sans = domain
		s := &shelf{rows: []row{own}}
		Expect(listing(ctx, s, sha2("b"))).To(HaveLen(1))
		Expect(s.keywords()).To(Equal([]string{domain, domain}))
	})

	It("of a wildcard are sought by its parent", func(ctx SpecContext) {
		s, t := &shelf{rows: []row{ours(2, "b")}}, target()
		t.Domain, t.Wanted = "*.example.com", sha2("b")
		uploads, err := aliyuncas.New(scripted(answers{list: s.list}), nil).Uploads(ctx, t)
		Expect(err).NotTo(HaveOccurred())
		Expect(uploads.Items).To(HaveLen(1))
		Expect(s.keywords()).To(Equal([]string{"example.com", "example.com"}))
	})

	DescribeTable("are not",
		func(ctx SpecContext, change func(*row)) {
			foreign := ours(1, "a")
			change(&foreign)
			Expect(listing(ctx, &shelf{rows: []row{foreign, ours(2, "b")}}, "")).To(HaveLen(1))
		},
		Entry("without Sha2", func(r *row) { r.sha2 = "" }),
		Entry("with a Sha2 that is none", func(r *row) { r.sha2 = strings.Repeat("a", 40) }),
		Entry("with another content than the name says", func(r *row) { r.sha2 = sha2("c") }),
		Entry("of a target whose name begins like this one's", func(r *row) { r.name = provider.UploadName(name+"-2", sha2("a")) }),
		Entry("named by a human", func(r *row) { r.name = name }),
		Entry("bought", func(r *row) { r.uploaded = false }),
	)

	It("are sought everywhere if the search by domain does not find the one in effect", func(ctx SpecContext) {
		s := &shelf{rows: []row{ours(1, "a"), ours(2, "b")}, deaf: true}
		Expect(listing(ctx, s, sha2("b"))).To(HaveLen(2))
		Expect(s.keywords()).To(Equal([]string{domain, domain, "example.com", "example.com", "", ""}))
	})

	DescribeTable("are sought in the whole repository only if they can be there",
		func(ctx SpecContext, known provider.Handle, everywhere bool) {
			s, t := &shelf{rows: []row{{id: 3, name: "other", sha2: sha2("c"), sans: "*.example.com", uploaded: true}}}, target()
			t.Wanted, t.Known = sha2("c"), known
			uploads, err := aliyuncas.New(scripted(answers{list: s.list}), nil).Uploads(ctx, t)
			Expect(err).NotTo(HaveOccurred())
			Expect(uploads.Items).To(BeEmpty())
			Expect(slices.Contains(s.keywords(), "")).To(Equal(everywhere))
		},
		Entry("served with another's", provider.Handle{CertificateName: "other", Fingerprint: sha2("c")}, false),
		Entry("served with its own", provider.Handle{CertificateName: provider.UploadName(name, sha2("c")), Fingerprint: sha2("c")}, true),
		Entry("served with something without a name", provider.Handle{Fingerprint: sha2("c")}, true),
		Entry("served with nobody knows what", provider.Handle{}, true),
	)

	DescribeTable("are on many pages",
		func(ctx SpecContext, silent bool, count, calls int) {
			s := &shelf{silent: silent}
			for i := range count - 1 {
				s.rows = append(s.rows, row{id: i + 10, name: "other-" + strconv.Itoa(i), sans: domain, uploaded: true})
			}
			own := ours(1, "a")
			own.sans = domain
			s.rows = append(s.rows, own)
			Expect(listing(ctx, s, "")).To(HaveLen(1))
			Expect(s.asked).To(HaveLen(calls+1), "and one for the expired ones")
		},
		Entry("one", false, 50, 1),
		Entry("one and a row", false, 51, 2),
		Entry("three", false, 149, 3),
		Entry("one that may not be the last", true, 50, 2),
		Entry("two, without a count", true, 51, 2),
	)

	It("end where a list does not", func(ctx SpecContext) {
		calls := 0
		adapter := aliyuncas.New(scripted(answers{list: func(form url.Values) (int, any) {
			calls++
			return replying(map[string]any{"TotalCount": 1_000_000, "CertificateOrderList": []any{ours(calls, "a").fields()}})(form)
		}}), nil)
		uploads, err := adapter.Uploads(ctx, target())
		Expect(err).NotTo(HaveOccurred())
		Expect(uploads.Calls).To(Equal(200))
	})

	It("fail with what was called", func(ctx SpecContext) {
		uploads, err := aliyuncas.New(scripted(answers{list: refusing(400, "Throttling.User")}), nil).Uploads(ctx, target())
		expectFailure(err, provider.Throttled)
		Expect(uploads).To(Equal(provider.Uploads{Calls: 1}))
	})

	DescribeTable("are sought by",
		func(domain, keyword string) { Expect(aliyuncas.KeywordFor(domain)).To(Equal(keyword)) },
		Entry("the parent of a domain", "www.example.com", "example.com"),
		Entry("the parent of a wildcard", "*.example.com", "example.com"),
		Entry("a domain that has no parent to speak of", "example.com", "example.com"),
		Entry("a domain that is none", "localhost", "localhost"),
	)
})

var _ = Describe("Removing an upload", func() {
	old := provider.Upload{ID: "1", Name: provider.UploadName(name, sha2("a"))}

	It("names it by its id", func(ctx SpecContext) {
		var asked []url.Values
		adapter := aliyuncas.New(scripted(answers{remove: func(form url.Values) (int, any) {
			asked = append(asked, form)
			return replying(nil)(form)
		}}), nil)
		Expect(adapter.Remove(ctx, target(), old)).To(Succeed())
		Expect(asked).To(Equal([]url.Values{{"CertId": {"1"}}}))
	})

	It("succeeds if it is gone", func(ctx SpecContext) {
		Expect(aliyuncas.New(scripted(answers{remove: refusing(400, "NotFound")}), nil).Remove(ctx, target(), old)).To(Succeed())
	})

	DescribeTable("asks the product first",
		func(ctx SpecContext, domains []string, failure error, kind provider.Kind) {
			var asked provider.Upload
			users := func(_ context.Context, upload provider.Upload) ([]string, int, error) {
				asked = upload
				return domains, 1, failure
			}
			script := answers{}
			if kind == "" {
				script[remove] = replying(nil)
			}
			err := aliyuncas.New(scripted(script), users).Remove(ctx, target(), old)
			Expect(asked).To(Equal(old))
			if kind == "" {
				Expect(err).NotTo(HaveOccurred())
				return
			}
			expectFailure(err, kind)
		},
		Entry("no domain is served with it", nil, nil, provider.Kind("")),
		Entry("a domain is", []string{"b.example.com", "a.example.com"}, nil, provider.Conflict),
		Entry("it cannot tell", nil, &provider.Error{Kind: provider.Unavailable, Advice: "wait"}, provider.Unavailable),
	)

	DescribeTable("refuses what the target wants or is served with, whatever its id, without a call",
		func(ctx SpecContext, change func(*provider.Target)) {
			t := target()
			change(&t)
			failure := expectFailure(aliyuncas.New(scripted(answers{}), nil).Remove(ctx, t, old), provider.Conflict)
			Expect(failure.Code).To(Equal("used"))
			Expect(failure.Advice).To(ContainSubstring(domain))
		},
		Entry("wanted", func(t *provider.Target) { t.Wanted = sha2("a") }),
		Entry("served", func(t *provider.Target) { t.Known.Fingerprint = sha2("a") }),
	)

	It("says which domain is served with it, the same one every time", func(ctx SpecContext) {
		users := func(context.Context, provider.Upload) ([]string, int, error) {
			return []string{"b.example.com", "a.example.com"}, 1, nil
		}
		err := aliyuncas.New(scripted(answers{}), users).Remove(ctx, target(), old)
		Expect(err).To(MatchError(ContainSubstring("a.example.com")))
	})

	DescribeTable("refuses what is not an upload of the target, without a call",
		func(ctx SpecContext, upload provider.Upload) {
			expectFailure(aliyuncas.New(scripted(answers{}), nil).Remove(ctx, target(), upload), provider.Rejected)
		},
		Entry("no id", provider.Upload{Name: old.Name}),
		Entry("no name", provider.Upload{ID: "1"}),
		Entry("another target's", provider.Upload{ID: "1", Name: provider.UploadName("other", sha2("a"))}),
		Entry("a name too short", provider.Upload{ID: "1", Name: name + "-aaaa"}),
		Entry("a name too long", provider.Upload{ID: "1", Name: old.Name + "a"}),
	)
})

var _ = Describe("Uploading", func() {
	It("stores the bundle under its own name", func(ctx SpecContext) {
		bundle := aBundle()
		var form url.Values
		adapter := aliyuncas.New(scripted(answers{upload: func(sent url.Values) (int, any) {
			form = sent
			return replying(map[string]any{"CertId": 23, "ResourceId": "cas-upload-1"})(sent)
		}}), nil)
		handle, err := adapter.Upload(ctx, target(), bundle)
		Expect(err).NotTo(HaveOccurred())
		Expect(handle).To(Equal(provider.Handle{CertificateID: "23", CertificateName: provider.UploadName(name, bundle.Fingerprint()),
			Fingerprint: bundle.Fingerprint(), RequestID: "R-1", Calls: 1}))
		Expect(form).To(Equal(url.Values{"Name": {handle.CertificateName}, "Cert": {string(bundle.CertificatePEM())}, "Key": {string(bundle.PrivateKey().Bytes())}}))
	})

	It("finds what was uploaded before", func(ctx SpecContext) {
		bundle := aBundle()
		before := row{id: 23, name: provider.UploadName(name, bundle.Fingerprint()), sha2: strings.ToUpper(bundle.Fingerprint()), sans: domain, uploaded: true}
		s := &shelf{rows: []row{ours(1, "a"), before}}
		handle, err := aliyuncas.New(scripted(answers{upload: refusing(400, "NameRepeat"), list: s.list}), nil).Upload(ctx, target(), bundle)
		Expect(err).NotTo(HaveOccurred())
		Expect(handle.CertificateID).To(Equal("23"))
		Expect(handle.Fingerprint).To(Equal(bundle.Fingerprint()))
		Expect(handle.Calls).To(Equal(3))
	})

	DescribeTable("fails",
		func(ctx SpecContext, script answers, kind provider.Kind) {
			handle, err := aliyuncas.New(scripted(script), nil).Upload(ctx, target(), aBundle())
			expectFailure(err, kind)
			Expect(handle).To(BeZero())
		},
		Entry("the name has another content", answers{upload: refusing(400, "NameRepeat"), list: (&shelf{rows: []row{ours(1, "a")}}).list}, provider.Rejected),
		Entry("what has the name cannot be found out", answers{upload: refusing(400, "NameRepeat"), list: refusing(503, "ServiceUnavailable")}, provider.Unavailable),
		Entry("no id comes back", answers{upload: replying(nil)}, provider.Unavailable),
		Entry("no room", answers{upload: refusing(400, "InsufficientQuota")}, provider.Rejected),
	)
})

func FuzzListReply(f *testing.F) {
	_, sample := (&shelf{rows: []row{ours(1, "a"), {order: true, instance: "cas-ivauto-1", status: "CHECKING"}}}).list(url.Values{"CurrentPage": {"1"}, "ShowSize": {"50"}})
	for _, seed := range []any{sample, map[string]any{"TotalCount": "-1", "CertificateOrderList": map[string]any{"Sha2": sha2("G")}}, []any{}, nil} {
		f.Add(encoded(f, seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		fingerprints, err := aliyuncas.DecodeList(body)
		if err != nil {
			return
		}
		for _, fingerprint := range fingerprints {
			if fingerprint != "" && (len(fingerprint) != 64 || strings.Trim(fingerprint, "0123456789abcdef") != "") {
				t.Fatalf("no fingerprint: %q", fingerprint)
			}
		}
	})
}
