package aliyuncdn_test

import (
	"crypto/sha1" // the product's own fingerprints
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

// number is a certificate's id as the port has it.
func number(id int64) string { return strconv.FormatInt(id, 10) }

// listed is a certificate on a list, with the fingerprint of the bundle.
func listed(id int, name string, bundle certbundle.Bundle, change map[string]any) map[string]any {
	sum := sha1.Sum(bundle.Leaf().Raw)
	all := map[string]any{"CertId": id, "CertName": name, "Fingerprint": strings.ToUpper(hex.EncodeToString(sum[:])), "CertRegion": "ap-southeast-1"}
	for field, value := range change {
		all[field] = value
	}
	return all
}

var _ = Describe("A first upload", func() {
	for _, p := range products() {
		It("to "+p.name+" carries the fingerprint in its name and nothing that is not on the page", func(ctx SpecContext) {
			var form url.Values
			bundle := aBundle()
			handle := deploy(ctx, p.scripted(alibaba.Answers{p.set: func(sent url.Values) (int, any) {
				form = sent
				return 200, map[string]string{"RequestId": "R-1\n"}
			}}), provider.Target{Domain: "*.example.com", Name: name}, bundle)
			uploaded := name + "-" + bundle.Fingerprint()[:15]
			Expect(form).To(Equal(url.Values{
				"DomainName": {".example.com"}, "CertType": {"upload"}, "CertName": {uploaded}, "SSLProtocol": {"on"},
				"SSLPub": {string(bundle.CertificatePEM())}, "SSLPri": {string(bundle.PrivateKey().Bytes())},
			}))
			Expect(handle).To(Equal(provider.Handle{CertificateName: uploaded, Fingerprint: bundle.Fingerprint(), RequestID: "R-1", Calls: 1}))
		})
	}
})

var _ = Describe("An upload that the provider has already", func() {
	for _, p := range products() {
		Context("of "+p.name, func() {
			// refuseUploads refuses uploads with the code and keeps what else is set.
			refuseUploads := func(code string, stored *[]url.Values) alibaba.Answer {
				return func(sent url.Values) (int, any) {
					if sent.Get("CertType") == "upload" {
						return alibaba.Refusing(400, code, "")(sent)
					}
					*stored = append(*stored, sent)
					return alibaba.Accepting(sent)
				}
			}

			DescribeTable("is put on the domain by its id, at the next attempt",
				func(ctx SpecContext, code string, found func(certbundle.Bundle) map[string]any, expected func(certbundle.Bundle) string) {
					bundle := aBundle()
					var stored []url.Values
					lists := 0
					list := alibaba.Listed(listed(1, "unlike", aBundle(), nil), found(bundle))
					adapter := p.scripted(alibaba.Answers{
						p.set: refuseUploads(code, &stored),
						p.list: func(sent url.Values) (int, any) {
							lists++
							Expect(sent).To(Equal(url.Values{"PageNumber": {"1"}, "PageSize": {"1000"}}))
							return list(sent)
						},
						p.describe: alibaba.Described([]any{}),
					})
					_, err := adapter.Deploy(ctx, target(), bundle)
					Expect(alibaba.ExpectFailure(err, provider.Conflict).RetryAfter).NotTo(BeZero())
					Expect(stored).To(BeEmpty(), "one changing request is the most that an attempt makes")

					handle := deploy(ctx, adapter, target(), bundle)
					Expect(stored).To(Equal([]url.Values{{
						"DomainName": {domain}, "CertType": {"cas"}, "CertId": {"17"}, "CertName": {expected(bundle)},
						"CertRegion": {"ap-southeast-1"}, "SSLProtocol": {"on"},
					}}))
					Expect(handle).To(Equal(provider.Handle{CertificateID: "17", CertificateName: expected(bundle),
						Fingerprint: bundle.Fingerprint(), RequestID: "R-1", Calls: 1}))
					deploy(ctx, adapter, target(), bundle)
					Expect(lists).To(Equal(1), "it is remembered")
				},
				Entry("by its name", "Certificate.Duplicated",
					func(b certbundle.Bundle) map[string]any {
						return listed(17, provider.UploadName(name, b.Fingerprint()), b, nil)
					},
					func(b certbundle.Bundle) string { return provider.UploadName(name, b.Fingerprint()) }),
				Entry("by its name, in CDN's own code", "CertNameAlreadyExists",
					func(b certbundle.Bundle) map[string]any {
						return listed(17, provider.UploadName(name, b.Fingerprint()), b, nil)
					},
					func(b certbundle.Bundle) string { return provider.UploadName(name, b.Fingerprint()) }),
				Entry("by its name, where the list shows no fingerprints", "Certificate.Duplicated",
					func(b certbundle.Bundle) map[string]any {
						return listed(17, provider.UploadName(name, b.Fingerprint()), b, map[string]any{"Fingerprint": ""})
					},
					func(b certbundle.Bundle) string { return provider.UploadName(name, b.Fingerprint()) }),
				Entry("under another name", "CertificateContent.Duplicated",
					func(b certbundle.Bundle) map[string]any { return listed(17, "other", b, nil) },
					func(certbundle.Bundle) string { return "other" }),
			)

			DescribeTable("is a success where the domain has it",
				func(ctx SpecContext, code string) {
					bundle := aBundle()
					own := provider.UploadName(name, bundle.Fingerprint())
					handle := deploy(ctx, p.scripted(alibaba.Answers{
						p.set:      alibaba.Refusing(400, code, ""),
						p.list:     alibaba.Listed(listed(16, "other", bundle, nil), listed(17, own, bundle, nil)),
						p.describe: alibaba.Described([]any{p.info(map[string]any{p.body: string(bundle.CertificatePEM())})}),
					}), target(), bundle)
					Expect(handle).To(Equal(provider.Handle{CertificateID: "17", CertificateName: own, Fingerprint: bundle.Fingerprint(), RequestID: "R-1", Calls: 3}))
				},
				Entry("refused for its name", "Certificate.Duplicated"),
				Entry("refused for its content", "CertificateContent.Duplicated"),
			)

			DescribeTable("is a human's to mend where none like it is listed",
				func(ctx SpecContext, certificates func(certbundle.Bundle) map[string]any) {
					bundle := aBundle()
					_, err := p.scripted(alibaba.Answers{
						p.set:  alibaba.Refusing(400, "CertificateContent.Duplicated", ""),
						p.list: alibaba.Listed(certificates(bundle)),
					}).Deploy(ctx, target(), bundle)
					Expect(alibaba.ExpectFailure(err, provider.Rejected).Code).To(Equal("CertificateContent.Duplicated"))
				},
				Entry("another", func(certbundle.Bundle) map[string]any { return listed(1, "other", aBundle(), nil) }),
				Entry("another under its very name", func(b certbundle.Bundle) map[string]any {
					return listed(1, provider.UploadName(name, b.Fingerprint()), aBundle(), nil)
				}),
				Entry("one without an id", func(b certbundle.Bundle) map[string]any { return listed(1, "other", b, map[string]any{"CertId": nil}) }),
			)

			It("is searched for on all pages", func(ctx SpecContext) {
				bundle := aBundle()
				full := make([]map[string]any, 1000)
				for i := range full {
					full[i] = map[string]any{"CertId": i + 100, "CertName": "x", "Fingerprint": "00"}
				}
				var pages []string
				adapter := p.scripted(alibaba.Answers{
					p.set: alibaba.Refusing(400, "CertificateContent.Duplicated", ""),
					p.list: func(sent url.Values) (int, any) {
						pages = append(pages, sent.Get("PageNumber"))
						if len(pages) == 3 {
							return alibaba.Listed(listed(17, "other", bundle, nil))(sent)
						}
						return alibaba.Listed(full...)(sent)
					},
				})
				_, err := adapter.Deploy(ctx, target(), bundle)
				Expect(alibaba.ExpectFailure(err, provider.Conflict).RetryAfter).NotTo(BeZero())
				Expect(pages).To(Equal([]string{"1", "2", "3"}))
			})

			It("is uploaded again once it is gone from the repository", func(ctx SpecContext) {
				bundle := aBundle()
				gone, uploads := false, 0
				adapter := p.scripted(alibaba.Answers{
					p.set: func(sent url.Values) (int, any) {
						switch {
						case sent.Get("CertType") == "cas":
							gone = true
							return alibaba.Refusing(400, "Certificate.NotFind", "")(sent)
						case gone:
							uploads++
							return alibaba.Accepting(sent)
						}
						return alibaba.Refusing(400, "CertificateContent.Duplicated", "")(sent)
					},
					p.list: alibaba.Listed(listed(17, "other", bundle, nil)),
				})
				_, err := adapter.Deploy(ctx, target(), bundle)
				Expect(alibaba.ExpectFailure(err, provider.Conflict).RetryAfter).NotTo(BeZero())
				_, err = adapter.Deploy(ctx, target(), bundle)
				Expect(alibaba.ExpectFailure(err, provider.Conflict).RetryAfter).To(BeZero())
				deploy(ctx, adapter, target(), bundle)
				Expect(uploads).To(Equal(1))
			})

			It("is looked for first where it is known to have been sent, and uploaded where that fails", func(ctx SpecContext) {
				bundle := aBundle()
				t := target()
				t.Known.Fingerprint = bundle.Fingerprint()
				var types []string
				set := func(sent url.Values) (int, any) {
					types = append(types, sent.Get("CertType"))
					return alibaba.Accepting(sent)
				}
				found := deploy(ctx, p.scripted(alibaba.Answers{p.set: set, p.list: alibaba.Listed(listed(17, "other", bundle, nil))}), t, bundle)
				Expect(found.Calls).To(Equal(2))
				for _, list := range []alibaba.Answer{alibaba.Listed(), alibaba.Refusing(403, "NoPermission", "")} {
					Expect(deploy(ctx, p.scripted(alibaba.Answers{p.set: set, p.list: list}), t, bundle).Calls).To(Equal(2))
				}
				Expect(types).To(Equal([]string{"cas", "upload", "upload"}))
			})
		})
	}
})

var _ = Describe("A hundred domains that meet one duplicate at once", func() {
	for _, p := range products() {
		It("look for it once at "+p.name, func(ctx SpecContext) {
			const domains = 100
			unlimited := map[string]int{p.set: -1, p.describe: -1, "DescribeCertificateInfoByID": -1}
			simulator := alibaba.NewSimulator(edgesim.Settings{
				DuplicateContent: edgesim.DuplicateReject, RepeatedUpload: edgesim.RepeatedReject, Quotas: unlimited,
				CertificateRegion: "ap-southeast-1",
			})
			adapter := p.before(simulator)
			bundle := alibaba.NewBundle(testcerts.NewCA("Example"), testcerts.Options{DNSNames: []string{"*.example.com"}})
			object := func(i int) provider.Target {
				return provider.Target{Domain: fmt.Sprintf("d%d.example.com", i), Name: fmt.Sprintf("default-d%d", i)}
			}
			for i := range domains {
				Expect(simulator.PutDomain(alibaba.AccountID, p.domain(object(i).Domain))).To(Succeed())
			}
			deploy(ctx, adapter, object(0), bundle)

			var callers sync.WaitGroup
			for i := 1; i < domains; i++ {
				callers.Go(func() {
					defer GinkgoRecover()
					if _, err := adapter.Deploy(ctx, object(i), bundle); err != nil {
						Expect(alibaba.ExpectFailure(err, provider.Conflict).RetryAfter).NotTo(BeZero())
					}
				})
			}
			callers.Wait()
			Expect(simulator.Journal(edgesim.Query{Operation: p.list})).To(HaveLen(1))

			simulator.ClearJournal()
			for i := range domains {
				deploy(ctx, adapter, object(i), bundle)
			}
			Expect(alibaba.Operations(simulator)).To(HaveLen(domains))
			observation, err := adapter.Observe(ctx, object(7))
			Expect(err).NotTo(HaveOccurred())
			Expect(observation.Fingerprint).To(Equal(bundle.Fingerprint()))
			Expect(observation.CertificateName).To(Equal(provider.UploadName(object(0).Name, bundle.Fingerprint())))
			if p.name != vod().name {
				served, _, err := adapter.Users(ctx, provider.Upload{ID: observation.CertificateID, Name: observation.CertificateName})
				Expect(err).NotTo(HaveOccurred())
				Expect(served).To(HaveLen(domains))
			}
			Expect(simulator.Stored(alibaba.AccountID)).To(HaveLen(1))
		}, NodeTimeout(nodeTimeout))
	}

	It("find it being looked for, and come back", func(ctx SpecContext) {
		p := cdn()
		bundle := aBundle()
		looking, proceed := make(chan struct{}), make(chan struct{})
		list := alibaba.Listed(listed(17, "other", bundle, nil))
		adapter := p.scripted(alibaba.Answers{
			p.set: alibaba.Refusing(400, "CertificateContent.Duplicated", ""),
			p.list: func(sent url.Values) (int, any) {
				close(looking)
				<-proceed
				return list(sent)
			},
		})
		var first sync.WaitGroup
		first.Go(func() {
			defer GinkgoRecover()
			_, err := adapter.Deploy(ctx, target(), bundle)
			Expect(alibaba.ExpectFailure(err, provider.Conflict).Code).To(Equal("CertificateContent.Duplicated"))
		})
		<-looking
		_, err := adapter.Deploy(ctx, target(), bundle)
		failure := alibaba.ExpectFailure(err, provider.Conflict)
		Expect(failure.Code).To(Equal("busy"))
		Expect(failure.RetryAfter).NotTo(BeZero())
		close(proceed)
		first.Wait()
	}, NodeTimeout(nodeTimeout))
})
