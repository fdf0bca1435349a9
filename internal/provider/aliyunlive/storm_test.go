package aliyunlive_test

import (
	"fmt"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

var _ = It("A hundred domains that meet one duplicate at once look for it once", func(ctx SpecContext) {
	const domains = 100
	unlimited := map[string]int{"SetLiveDomainCertificate": -1}
	simulator := alibaba.NewSimulator(edgesim.Settings{DuplicateContent: edgesim.DuplicateReject, Quotas: unlimited})
	adapter := newAdapter(simulator)
	bundle := alibaba.NewBundle(testcerts.NewCA("Example"), testcerts.Options{DNSNames: []string{"*.example.com"}})
	object := func(i int) provider.Target {
		return provider.Target{Domain: fmt.Sprintf("d%d.example.com", i), Name: fmt.Sprintf("default-d%d", i)}
	}
	for i := range domains {
		Expect(simulator.PutDomain(alibaba.AccountID, edgesim.Domain{Name: object(i).Domain})).To(Succeed())
	}
	deploy(ctx, adapter, object(0), bundle)
	simulator.ClearJournal()

	var callers sync.WaitGroup
	for i := 1; i < domains; i++ {
		callers.Go(func() {
			defer GinkgoRecover()
			// The storm ends after a handful of rounds: who came while one was
			// looking tries again and finds the name known.
			for range 5 {
				_, err := adapter.Deploy(ctx, object(i), bundle)
				if err == nil {
					return
				}
				Expect(alibaba.ExpectFailure(err, provider.Conflict).RetryAfter).NotTo(BeZero())
			}
		})
	}
	callers.Wait()
	for i := range domains {
		Expect(deploy(ctx, adapter, object(i), bundle).CertificateName).To(Equal(object(0).Name))
	}
	made := map[string]int{}
	for _, operation := range alibaba.Operations(simulator) {
		made[operation]++
	}
	Expect(made["DescribeLiveCertificateList"]).To(Equal(1))
	Expect(made["DescribeLiveCertificateDetail"]).To(Equal(1))
	Expect(made["DescribeLiveDomainCertificateInfo"]).To(BeZero())
}, NodeTimeout(nodeTimeout))
