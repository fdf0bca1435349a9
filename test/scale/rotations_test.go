package scale_test

import (
	"context"
	"fmt"
	"runtime"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/aliyuncas"
	"github.com/domaincert/domaincert/internal/provider/aliyuncdn"
	"github.com/domaincert/domaincert/internal/provider/aliyunlive"
	"github.com/domaincert/domaincert/internal/provider/cdnpro"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

const (
	rotations = 1000
	// warmUp is how many rotations it takes until everything that is kept open is.
	warmUp = 50
	// keep is how many superseded uploads stay.
	keep = 2
	// mostVersions is how many versions a certificate at CDN Pro can have.
	mostVersions = 20

	rotatedAccount = "1000000000000007"
	rotatedDomain  = "rotated.example.com"
	rotatedKey     = "rotations"
)

// rotated is one domain at one product, and what its account has stored.
type rotated struct {
	provider   provider.Provider
	repository provider.Repository
	target     provider.Target
	stored     func() int
	// bound is the most that may be stored.
	bound int
	// inspect looks at what the rotations have changed, if set.
	inspect func()
}

// The adapters by themselves, without the operator: what stays behind after
// each rotation would add up here. Keys are ECDSA, since making a thousand others
// takes minutes.
var _ = Describe("A thousand rotations", Serial, func() {
	DescribeTable("leave no connection, goroutine or upload behind",
		func(ctx SpecContext, product edgesim.Product, open func(sim *edgesim.Server) rotated) {
			sim, err := edgesim.Start(edgesim.Config{Accounts: []edgesim.Account{{
				ID:      rotatedAccount,
				Keys:    []edgesim.AccessKey{{ID: rotatedKey, Secret: rotatedKey}},
				Domains: domainsOf(product),
				CDNPro:  &edgesim.CDNPro{User: rotatedKey, APIKey: rotatedKey, Properties: propertiesOf(product)},
			}}})
			Expect(err).NotTo(HaveOccurred())
			DeferCleanup(sim.Close)
			unhurried(sim)

			r, ca := open(sim), testcerts.NewCA("Rotations")
			var goroutines, connections, most int
			for i := range rotations {
				pair := ca.Issue(testcerts.Options{DNSNames: []string{rotatedDomain}})
				bundle, err := certbundle.Parse(pair.CertificatePEM, pair.KeyPEM)
				Expect(err).NotTo(HaveOccurred())
				r.rotate(ctx, bundle)
				r.tidy(ctx)
				bundle.Clear()
				most = max(most, r.stored())
				if i == warmUp {
					goroutines, connections = runtime.NumGoroutine(), sim.OpenConnections()
				}
			}
			AddReportEntry("after the warm-up, and at the end", fmt.Sprintf("%d and %d goroutines, %d and %d connections; at most %d stored",
				goroutines, runtime.NumGoroutine(), connections, sim.OpenConnections(), most))
			Expect(most).To(BeNumerically("<=", r.bound))
			if r.inspect != nil {
				r.inspect()
			}
			Expect(sim.OpenConnections()).To(BeNumerically("<=", connections+1))
			Expect(runtime.NumGoroutine()).To(BeNumerically("<=", goroutines+2*runtime.GOMAXPROCS(0)))
		},
		Entry("at ApsaraVideo Live", edgesim.ProductLive, func(sim *edgesim.Server) rotated {
			return atAlibabaCloud(sim, false, func(client *aliyun.Client) (provider.Provider, aliyuncas.Users) { return aliyunlive.New(client), nil })
		}),
		Entry("at CDN", edgesim.ProductCDN, func(sim *edgesim.Server) rotated {
			return atAlibabaCloud(sim, true, func(client *aliyun.Client) (provider.Provider, aliyuncas.Users) {
				adapter := aliyuncdn.NewCDN(client)
				return adapter, adapter.Users
			})
		}),
		Entry("at DCDN", edgesim.ProductDCDN, func(sim *edgesim.Server) rotated {
			return atAlibabaCloud(sim, true, func(client *aliyun.Client) (provider.Provider, aliyuncas.Users) {
				adapter := aliyuncdn.NewDCDN(client)
				return adapter, adapter.Users
			})
		}),
		Entry("at VOD", edgesim.ProductVOD, func(sim *edgesim.Server) rotated {
			return atAlibabaCloud(sim, true, func(client *aliyun.Client) (provider.Provider, aliyuncas.Users) { return aliyuncdn.NewVOD(client), nil })
		}),
		Entry("at CDN Pro", edgesim.Product(""), atCDNPro),
	)
})

// domainsOf and propertiesOf put the domain at one product.
func domainsOf(product edgesim.Product) []edgesim.Domain {
	if product == "" {
		return nil
	}
	return []edgesim.Domain{{Name: rotatedDomain, Product: product}}
}

func propertiesOf(product edgesim.Product) []edgesim.CDNProProperty {
	if product != "" {
		return nil
	}
	return []edgesim.CDNProProperty{{ID: "rotated", Hostnames: []string{rotatedDomain}}}
}

// unhurried takes the quotas away: a thousand rotations would take hours.
func unhurried(sim *edgesim.Server) {
	GinkgoHelper()
	settings := sim.Settings()
	settings.Quotas = map[string]int{"cdnpro": -1}
	for _, operation := range []string{
		"SetLiveDomainCertificate", "DescribeLiveDomainCertificateInfo", "DescribeLiveCertificateDetail", "DescribeLiveCertificateList",
		"SetCdnDomainSSLCertificate", "DescribeDomainCertificateInfo", "DescribeCertificateInfoByID",
		"SetDcdnDomainSSLCertificate", "DescribeDcdnDomainCertificateInfo", "DescribeDcdnHttpsDomainList", "DescribeDcdnCertificateList",
		"SetVodDomainSSLCertificate", "DescribeVodDomainCertificateInfo", "DescribeVodCertificateList",
		"ListUserCertificateOrder", "DeleteUserCertificate", "GetUserCertificateDetail",
	} {
		settings.Quotas[operation] = -1
	}
	Expect(sim.SetSettings(settings)).To(Succeed())
}

// atAlibabaCloud opens one of its products, and Certificate Management Service if
// the product keeps there what was uploaded. VOD cannot be asked who uses it.
func atAlibabaCloud(sim *edgesim.Server, uploads bool, open func(*aliyun.Client) (provider.Provider, aliyuncas.Users)) rotated {
	GinkgoHelper()
	credentials, err := aliyun.AccessKey(rotatedKey, rotatedKey, "")
	Expect(err).NotTo(HaveOccurred())
	client, err := aliyun.New(aliyun.Config{Endpoint: "http://" + sim.APIAddress(), Credentials: credentials})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(client.Close)
	adapter, users := open(client)
	r := rotated{provider: adapter, target: targetOfRotations(), stored: func() int { return len(sim.Stored(rotatedAccount)) }, bound: keep + 1}
	if uploads {
		r.repository = aliyuncas.New(client, users)
	}
	return r
}

func atCDNPro(sim *edgesim.Server) rotated {
	GinkgoHelper()
	client, err := cdnpro.New(cdnpro.Config{Endpoint: "http://" + sim.APIAddress(), User: rotatedKey, APIKey: cdnpro.NewAPIKey(rotatedKey)})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(client.Close)
	adapter := cdnpro.NewAdapter(client)
	settings := sim.Settings()
	settings.CDNPro.MaxVersions = mostVersions
	Expect(sim.SetSettings(settings)).To(Succeed())
	changes := map[string]int{}
	r := rotated{provider: adapter, repository: adapter, target: targetOfRotations(), bound: mostVersions + keep + 1}
	r.stored = func() int {
		stored := 0
		for _, certificate := range sim.CDNProCertificates(rotatedAccount) {
			stored += len(certificate.Versions)
		}
		for _, entry := range sim.Journal(edgesim.Query{}) {
			if entry.Applied {
				changes[entry.Operation]++
			}
		}
		sim.ClearJournal()
		return stored
	}
	r.inspect = func() {
		const full = (rotations - 1) / mostVersions // certificates that another has followed
		AddReportEntry("changes", changes)
		Expect(changes).To(Equal(map[string]int{
			"POST /cdn/certificates":             full + 1,
			"PATCH /cdn/certificates/{id}":       rotations - full - 1,
			"POST /cdn/properties/{id}/versions": full + 1,
			"POST /cdn/validations":              full + 1,
			"POST /cdn/deploymentTasks":          rotations + full,
			"DELETE /cdn/certificates/{id}":      full,
		}), "one version and one task each")
	}
	return r
}

func targetOfRotations() provider.Target {
	return provider.Target{Domain: rotatedDomain, Name: "dcert-rotated-example-com-0123456789ab"}
}

// rotate deploys a bundle, step by step, until the provider holds it.
func (r *rotated) rotate(ctx context.Context, bundle certbundle.Bundle) {
	GinkgoHelper()
	const mostSteps = 20
	r.target.Wanted = bundle.Fingerprint()
	history := provider.History{}
	want := provider.Want{Fingerprint: bundle.Fingerprint(), NotBefore: bundle.Leaf().NotBefore, NotAfter: bundle.Leaf().NotAfter}
	settings := provider.Settings{Propagation: time.Hour, Interval: time.Hour}
	for range mostSteps {
		seen, err := r.provider.Observe(ctx, r.target)
		Expect(err).NotTo(HaveOccurred())
		r.target.Known = provider.Handle{CertificateID: seen.CertificateID, CertificateName: seen.CertificateName,
			Fingerprint: seen.Fingerprint, Version: seen.Version, TaskID: seen.TaskID}
		switch provider.Plan(want, seen, history, settings, time.Now()).Action {
		case provider.Hold:
			return
		case provider.Await:
			continue
		case provider.Refuse:
			Fail("the plan refuses a bundle that is newer")
		case provider.Deploy:
		}
		handle, err := r.provider.Deploy(ctx, r.target, bundle)
		Expect(err).NotTo(HaveOccurred())
		r.target.Known.TaskID = handle.TaskID
		history = provider.History{Fingerprint: bundle.Fingerprint(), NotBefore: want.NotBefore, DeployedAt: time.Now()}
	}
	Fail("the bundle is not in place after so many steps")
}

// tidy removes what was superseded.
func (r *rotated) tidy(ctx context.Context) {
	GinkgoHelper()
	if r.repository == nil {
		return
	}
	uploads, err := r.repository.Uploads(ctx, r.target)
	Expect(err).NotTo(HaveOccurred())
	for _, upload := range provider.Superseded(uploads.Items, r.target.Known, keep) {
		err := r.repository.Remove(ctx, r.target, upload)
		if provider.IsKind(err, provider.Conflict) && provider.AsError(err).RetryAfter > 0 {
			continue // it is on its way
		}
		Expect(err).NotTo(HaveOccurred())
	}
}
