package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-logr/logr/funcr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/metrics"
)

// cached is what the operator's cache holds.
type cached struct {
	client.Reader
	objects []domaincertv1alpha1.DomainCertificate
	err     error
	// unsynced has every reader wait, as a cache does before its first list.
	unsynced bool
}

// List implements client.Reader.
func (c *cached) List(ctx context.Context, list client.ObjectList, _ ...client.ListOption) error {
	found, ok := list.(*domaincertv1alpha1.DomainCertificateList)
	if !ok {
		return fmt.Errorf("a scrape lists %T", list)
	}
	if _, bounded := ctx.Deadline(); c.unsynced && bounded {
		return context.DeadlineExceeded
	}
	found.Items = c.objects
	return c.err
}

// at is a time so many seconds after the epoch.
func at(seconds int64) *metav1.Time { return &metav1.Time{Time: time.Unix(seconds, 0)} }

// object is a DomainCertificate with these conditions, each "Type=Status".
func object(name string, conditions ...string) domaincertv1alpha1.DomainCertificate {
	made := domaincertv1alpha1.DomainCertificate{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}}
	for _, condition := range conditions {
		kind, status, _ := strings.Cut(condition, "=")
		made.Status.Conditions = append(made.Status.Conditions, metav1.Condition{Type: kind, Status: metav1.ConditionStatus(status), Reason: "Any"})
	}
	return made
}

var _ = Describe("The metrics of objects", func() {
	var (
		cache    *cached
		registry *prometheus.Registry
		logged   []string
	)

	BeforeEach(func() {
		cache, registry, logged = &cached{}, prometheus.NewPedanticRegistry(), nil
		log := funcr.New(func(_, text string) { logged = append(logged, text) }, funcr.Options{})
		Expect(registry.Register(metrics.NewObjects(cache, log))).To(Succeed())
	})

	It("say when each of the three certificates expires, and which status each condition has", func() {
		served := object("live", "Accepted=True", "Deployed=False", "Ready=Unknown")
		served.Status.Source = &domaincertv1alpha1.SourceStatus{NotAfter: at(1_800_000_000)}
		served.Status.Provider = &domaincertv1alpha1.ProviderStatus{NotAfter: at(1_700_000_000)}
		served.Status.Edge = &domaincertv1alpha1.EdgeStatus{NotAfter: at(1_600_000_000)}
		cache.objects = []domaincertv1alpha1.DomainCertificate{served}
		Expect(scrape(registry)).To(ConsistOf(
			`domaincert_certificate_not_after_timestamp_seconds{name="live",namespace="shop",observed="source"} 1.8e+09`,
			`domaincert_certificate_not_after_timestamp_seconds{name="live",namespace="shop",observed="provider"} 1.7e+09`,
			`domaincert_certificate_not_after_timestamp_seconds{name="live",namespace="shop",observed="edge"} 1.6e+09`,
			`domaincert_condition{name="live",namespace="shop",status="True",type="Accepted"} 1`,
			`domaincert_condition{name="live",namespace="shop",status="False",type="Deployed"} 1`,
			`domaincert_condition{name="live",namespace="shop",status="Unknown",type="Ready"} 1`,
		))
	})

	It("say nothing of what is not known", func() {
		unread := object("new")
		unread.Status.Source = &domaincertv1alpha1.SourceStatus{SecretName: "garbled"}
		unread.Status.Provider = &domaincertv1alpha1.ProviderStatus{HTTPS: domaincertv1alpha1.HTTPSOff}
		cache.objects = []domaincertv1alpha1.DomainCertificate{unread, object("newer")}
		Expect(scrape(registry)).To(BeEmpty())
	})

	It("follow a condition from one status to the other", func() {
		cache.objects = []domaincertv1alpha1.DomainCertificate{object("live", "Ready=False")}
		Expect(scrape(registry)).To(HaveExactElements(ContainSubstring(`status="False",type="Ready"} 1`)))
		cache.objects = []domaincertv1alpha1.DomainCertificate{object("live", "Ready=True")}
		Expect(scrape(registry)).To(HaveExactElements(ContainSubstring(`status="True",type="Ready"} 1`)))
	})

	It("vanish with the object", func() {
		cache.objects = []domaincertv1alpha1.DomainCertificate{object("gone", "Ready=True"), object("kept", "Ready=True")}
		Expect(scrape(registry)).To(HaveLen(2))
		cache.objects = cache.objects[1:]
		Expect(scrape(registry)).To(HaveExactElements(ContainSubstring(`name="kept"`)))
	})

	It("are at most nine for an object, however bad its state", func() {
		worst := object("worst", "Accepted=True", "CertificateValid=True", "Deployed=True", "Verified=False", "Ready=False", "Stalled=True")
		worst.Status.Source = &domaincertv1alpha1.SourceStatus{NotAfter: at(1)}
		worst.Status.Provider = &domaincertv1alpha1.ProviderStatus{NotAfter: at(1)}
		worst.Status.Edge = &domaincertv1alpha1.EdgeStatus{NotAfter: at(1)}
		cache.objects = []domaincertv1alpha1.DomainCertificate{worst}
		Expect(scrape(registry)).To(HaveLen(9))
	})

	It("please promlint", func() {
		served := object("live", "Ready=True")
		served.Status.Source = &domaincertv1alpha1.SourceStatus{NotAfter: at(1)}
		cache.objects = []domaincertv1alpha1.DomainCertificate{served}
		expectNoComplaints(registry)
	})

	It("leave the rest of a scrape alone if the cache cannot be read, and log it", func() {
		other := prometheus.NewGauge(prometheus.GaugeOpts{Name: "other", Help: "Another metric."})
		Expect(registry.Register(other)).To(Succeed())
		cache.err = errors.New("not started")
		Expect(scrape(registry)).To(HaveExactElements("other 0"))
		Expect(logged).To(HaveExactElements(ContainSubstring("list DomainCertificates for a scrape")))
	})

	It("do not hold a scrape up until the cache has synced", func() {
		cache.unsynced = true
		Expect(scrape(registry)).To(BeEmpty())
		Expect(logged).To(HaveExactElements(ContainSubstring(context.DeadlineExceeded.Error())))
	})
})
