//go:build faults

package network_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/faults/rig"
	"github.com/domaincert/domaincert/test/testcerts"
)

const (
	// deadline is within which a call must be given up: 15 s, and one for what comes
	// after it.
	deadline = 16 * time.Second
	// busy is what a machine that runs other things as well may add to it.
	busy = 9 * time.Second
	// untouched is how long a renewal may take at an account where all is well: far
	// less than any deadline that it could wait for.
	untouched = 5 * time.Second
	// crowd is how many objects an account has that does not answer. Two of them have
	// fewer than there are workers: more would hold up the others once, for one
	// deadline, until the accounts count as out of reach.
	crowd = 12
)

// Accounts that do not answer.
const (
	hanging  = "hanging"
	dripping = "dripping"
)

// Providers that are not reached.
const (
	unresolvable = "unresolvable"
	blackHole    = "black-hole"
	proxied      = "proxied"
)

// slowness is what one operator went through that met everything slow at once. It
// is measured once for all rows that tell of it, because a deadline takes as long
// as it takes.
type slowness struct {
	once sync.Once
	// givenUp is, for each domain of an account that does not answer and that was
	// asked about, the time from the request to what the status told.
	givenUp map[string][]time.Duration
	// told is, for each provider that is not reached, what its status says, and after
	// what time since the start it did.
	told  map[string]string
	since map[string]time.Duration
	// renewals are how long those took, meanwhile, at an account where all is well.
	renewals []time.Duration
}

// measured is filled by the first row that needs it.
var measured slowness

// measure lets an operator meet everything slow.
func (s *slowness) measure(ctx SpecContext) {
	GinkgoHelper()
	s.once.Do(func() {
		w := plane.NewWorld(ctx, rig.WorldOptions{})
		for _, account := range []string{hanging, dripping} {
			addAccount(ctx, w, account)
		}
		w.AddFault(edgesim.Fault{Kind: edgesim.FaultHang, Account: accountID(w, hanging), Operation: rig.DescribeOperation})
		w.AddFault(edgesim.Fault{Kind: edgesim.FaultDrip, Account: accountID(w, dripping), Operation: rig.DescribeOperation})
		addProvider(ctx, w, unresolvable, "https://provider.domaincert.invalid")
		addProvider(ctx, w, blackHole, "https://"+listenToNobody())
		addProvider(ctx, w, proxied, "")
		w.StartOperator(ctx, rig.Operator{Environment: []string{"HTTPS_PROXY=http://" + listenAndSayNothing(ctx), "NO_PROXY=.invalid"}})
		start := time.Now()
		s.told, s.since = map[string]string{}, map[string]time.Duration{}
		for next := w.Pair; !s.complete(w); next = w.Issue(w.Domain) {
			s.renew(ctx, w, next)
			s.lookAtProviders(ctx, w, time.Since(start))
		}
	})
}

// complete reports whether everything has been told, and remembers it.
func (s *slowness) complete(w *rig.World) bool {
	s.givenUp = map[string][]time.Duration{}
	for _, account := range []string{hanging, dripping} {
		for i := range crowd {
			if took, told := givenUp(w, account, i); told {
				s.givenUp[account] = append(s.givenUp[account], took)
			}
		}
	}
	return len(s.givenUp[hanging]) > 0 && len(s.givenUp[dripping]) > 0 && len(s.since) == 3
}

// renew renews the certificate where all is well.
func (s *slowness) renew(ctx context.Context, w *rig.World, next testcerts.Pair) {
	GinkgoHelper()
	start := time.Now()
	w.PutCertificate(ctx, rig.Name, next)
	w.AwaitReady(ctx, rig.Name, next.Fingerprint)
	s.renewals = append(s.renewals, time.Since(start))
}

// lookAtProviders notes what the providers that are not reached say of it.
func (s *slowness) lookAtProviders(ctx context.Context, w *rig.World, since time.Duration) {
	GinkgoHelper()
	for _, name := range []string{unresolvable, blackHole, proxied} {
		said := providerCondition(ctx, w, name, ready)
		if _, known := s.since[name]; !known && said != nil && said.Status == metav1.ConditionFalse {
			s.told[name], s.since[name] = said.Reason+": "+said.Message, since
		}
	}
}

// givenUp is the time from the first request about an object's domain to the first
// status that tells of its end, if there is one.
func givenUp(w *rig.World, account string, number int) (time.Duration, bool) {
	asked := w.Cloud.Journal(edgesim.Query{Operation: rig.DescribeOperation, Domain: domainOf(w, account, number)})
	if len(asked) == 0 {
		return 0, false
	}
	for _, seen := range w.Sightings(nameOf(account, number)) {
		found := meta.FindStatusCondition(seen.Object.Status.Conditions, deployed)
		if found != nil && found.Reason == domaincertv1alpha1.UnavailableReason && seen.At.After(asked[0].Time) {
			return seen.At.Sub(asked[0].Time), true
		}
	}
	return 0, false
}

var _ = It("row 03: a call whose answer never comes is given up after 15 s, and costs other accounts nothing", func(ctx SpecContext) {
	measured.measure(ctx)
	Expect(measured.givenUp[hanging]).To(And(Not(BeEmpty()), HaveEach(BeNumerically("<=", deadline+busy))))
	Expect(measured.renewals).To(And(Not(BeEmpty()), HaveEach(BeNumerically("<=", untouched))))
}, SpecTimeout(timeout))

var _ = It("row 04: an answer that comes byte by byte is given up after 15 s as well, and costs other accounts nothing", func(ctx SpecContext) {
	measured.measure(ctx)
	Expect(measured.givenUp[dripping]).To(And(Not(BeEmpty()), HaveEach(BeNumerically("<=", deadline+busy))))
	Expect(measured.renewals).To(And(Not(BeEmpty()), HaveEach(BeNumerically("<=", untouched))))
}, SpecTimeout(timeout))

var _ = It("row 64: a name without address, an address that drops what it gets and a proxy that says nothing are told of in time, and keep nobody else waiting", func(ctx SpecContext) {
	measured.measure(ctx)
	Expect(measured.since).To(And(HaveLen(3), HaveEach(BeNumerically("<=", deadline+busy))))
	Expect(measured.told).To(HaveEach(HavePrefix("Unavailable: GetCallerIdentity: Unavailable (")))
	Expect(measured.told[unresolvable]).To(ContainSubstring("(dns)"))
	Expect(measured.told[blackHole]).To(ContainSubstring("(timeout)"))
	Expect(measured.told[proxied]).To(ContainSubstring("(timeout)"))
	Expect(measured.renewals).To(And(Not(BeEmpty()), HaveEach(BeNumerically("<=", untouched))))
}, SpecTimeout(timeout))

func accountID(w *rig.World, name string) string { return w.AccountID + name }

func nameOf(account string, number int) string { return fmt.Sprintf("%s-%02d", account, number) }

func domainOf(w *rig.World, account string, number int) string {
	return nameOf(account, number) + "." + w.Namespace + ".example.com"
}

// addProvider makes an EdgeProvider with the world's credentials; without endpoint it
// asks the real one.
func addProvider(ctx context.Context, w *rig.World, name, endpoint string) {
	GinkgoHelper()
	edge := w.EdgeProvider()
	edge.Name, edge.Spec.AlibabaCloud.Endpoint = name, endpoint
	w.Create(ctx, edge)
}

// addAccount gives the cloud one more account with a crowd of domains, each with an
// object and a Secret.
func addAccount(ctx context.Context, w *rig.World, name string) {
	GinkgoHelper()
	edge, secret := w.EdgeProvider(), w.CredentialsSecret()
	secret.Name, secret.StringData[domaincertv1alpha1.AccessKeyIDKey] = name, "key-"+name+"-"+w.Namespace
	edge.Name, edge.Spec.AlibabaCloud.Credentials.AccessKey.SecretRef.Name = name, name
	Expect(w.Cloud.PutAccount(edgesim.Account{ID: accountID(w, name), Keys: []edgesim.AccessKey{{
		ID:     secret.StringData[domaincertv1alpha1.AccessKeyIDKey],
		Secret: edgesim.Secret(secret.StringData[domaincertv1alpha1.AccessKeySecretKey]),
	}}})).To(Succeed())
	w.Create(ctx, secret, edge)
	for i := range crowd {
		domain := domainOf(w, name, i)
		Expect(w.Cloud.PutDomain(accountID(w, name), edgesim.Domain{Name: domain})).To(Succeed())
		w.PutCertificate(ctx, nameOf(name, i), w.Issue(domain))
		object := w.DomainCertificate(nameOf(name, i), domain)
		object.Spec.ProviderRef.Name = name
		w.Create(ctx, object)
	}
}

// listenAndSayNothing is the address of a server that takes connections and says
// nothing.
func listenAndSayNothing(ctx context.Context) string {
	GinkgoHelper()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(listener.Close)
	return listener.Addr().String()
}
