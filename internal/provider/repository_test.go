package provider_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider"
)

// uploaded is an upload of the given day, named after its id.
func uploaded(id string, day int) provider.Upload {
	return provider.Upload{ID: id, Name: "name-" + id, NotBefore: time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC)}
}

var _ = Describe("Superseded", func() {
	current := func(id string) provider.Handle { return provider.Handle{CertificateID: id} }
	used := uploaded("2", 2)
	used.InUse = true
	version := func(number int64) provider.Upload { return provider.Upload{ID: "7", Version: number} }
	whole := func(id string, generation int) provider.Upload {
		return provider.Upload{ID: id, Generation: generation}
	}
	staying := func(generation int, number int64) provider.Upload {
		return provider.Upload{ID: "7", Generation: generation, Version: number, Stays: true}
	}

	DescribeTable("lets go",
		func(uploads []provider.Upload, current provider.Handle, keep int, gone ...string) {
			var ids []string
			for _, upload := range provider.Superseded(uploads, current, keep) {
				ids = append(ids, fmt.Sprintf("%s/%d", upload.ID, upload.Version))
			}
			if len(gone) == 0 {
				Expect(ids).To(BeEmpty())
				return
			}
			Expect(ids).To(Equal(gone))
		},
		Entry("what is older than the one in effect, oldest first",
			[]provider.Upload{uploaded("3", 3), uploaded("1", 1), uploaded("2", 2)}, current("3"), 0, "1/0", "2/0"),
		Entry("but the youngest ones that are to be kept",
			[]provider.Upload{uploaded("3", 3), uploaded("1", 1), uploaded("2", 2)}, current("3"), 1, "1/0"),
		Entry("nothing if fewer are there than are to be kept",
			[]provider.Upload{uploaded("3", 3), uploaded("1", 1)}, current("3"), 2),
		Entry("nothing younger than the one in effect",
			[]provider.Upload{uploaded("1", 1), uploaded("2", 2), uploaded("3", 3)}, current("2"), 0, "1/0"),
		Entry("nothing that is in use",
			[]provider.Upload{uploaded("1", 1), used, uploaded("3", 3)}, current("3"), 0, "1/0"),
		Entry("nothing if the one in effect is not among them",
			[]provider.Upload{uploaded("1", 1), uploaded("2", 2)}, current("3"), 0),
		Entry("nothing if nobody knows which is in effect",
			[]provider.Upload{uploaded("1", 1), uploaded("2", 2)}, provider.Handle{}, 0),
		Entry("nothing of nothing", nil, current("1"), 0),
		Entry("by id where the days are equal, and a longer id is younger",
			[]provider.Upload{uploaded("10", 1), uploaded("9", 1), uploaded("8", 1)}, current("10"), 0, "8/0", "9/0"),
		Entry("by id alone where one has no date, for it may be young",
			[]provider.Upload{uploaded("1", 1), uploaded("2", 3), {ID: "4", Name: "name-4"}, uploaded("3", 2)}, current("3"), 0, "1/0", "2/0"),
		Entry("by version where one certificate has several",
			[]provider.Upload{version(2), version(3), version(1)}, provider.Handle{CertificateID: "7", Version: 3}, 1, "7/1"),
		Entry("a full certificate that another follows, whatever their ids",
			[]provider.Upload{staying(3, 1), whole("9", 2), whole("8", 1)}, provider.Handle{CertificateID: "7", Version: 1}, 0, "8/0", "9/0"),
		Entry("nothing that the product keeps, which counts as kept",
			[]provider.Upload{staying(2, 1), staying(2, 2), staying(2, 3), whole("9", 1)}, provider.Handle{CertificateID: "7", Version: 3}, 2, "9/0"),
		Entry("no full certificate while what follows it does not have as many versions as are kept",
			[]provider.Upload{staying(2, 1), staying(2, 2), whole("9", 1)}, provider.Handle{CertificateID: "7", Version: 2}, 2),
		Entry("nothing more than there is, however few are to be kept",
			[]provider.Upload{uploaded("1", 1), uploaded("2", 2)}, current("2"), -1, "1/0"),
	)

	It("never lets go what is in effect, in use, younger, or to be kept", func() {
		for seed := range uint64(5000) {
			random := rand.New(rand.NewPCG(seed, 1))
			var uploads []provider.Upload
			for id := range random.IntN(8) {
				upload := uploaded(fmt.Sprint(id+6), 1+random.IntN(3))
				upload.InUse = random.IntN(4) == 0
				uploads = append(uploads, upload)
			}
			random.Shuffle(len(uploads), func(i, j int) { uploads[i], uploads[j] = uploads[j], uploads[i] })
			before := slices.Clone(uploads)
			effect, keep := fmt.Sprint(5+random.IntN(10)), random.IntN(4)

			gone := provider.Superseded(uploads, provider.Handle{CertificateID: effect}, keep)
			Expect(uploads).To(Equal(before), "the argument is left alone")
			at := slices.IndexFunc(uploads, func(u provider.Upload) bool { return u.ID == effect })
			older := 0
			for _, upload := range uploads {
				if at >= 0 && upload.ID != effect && !upload.InUse && !isYounger(upload, uploads[at]) {
					older++
				}
			}
			Expect(gone).To(HaveLen(max(0, older-keep)), "seed %d", seed)
			for _, upload := range gone {
				Expect(upload.ID).NotTo(Equal(effect), "seed %d", seed)
				Expect(upload.InUse).To(BeFalse(), "seed %d", seed)
				Expect(isYounger(upload, uploads[at])).To(BeFalse(), "seed %d", seed)
			}
			Expect(slices.IsSortedFunc(gone, func(a, b provider.Upload) int {
				if isYounger(a, b) {
					return 1
				}
				return -1
			})).To(BeTrue(), "seed %d", seed)
		}
	})
})

// isYounger is the order of uploads in its simplest words: ids here are numbers.
func isYounger(a, b provider.Upload) bool {
	if !a.NotBefore.Equal(b.NotBefore) {
		return a.NotBefore.After(b.NotBefore)
	}
	return len(a.ID) > len(b.ID) || len(a.ID) == len(b.ID) && a.ID > b.ID
}

var _ = Describe("The name of an upload", func() {
	const fingerprint = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

	It("fits what the products take", func() {
		for length := range 48 {
			Expect(len(provider.UploadName(strings.Repeat("n", length), fingerprint))).To(BeNumerically("<=", 63))
		}
	})

	DescribeTable("is recognised",
		func(uploaded, name, fingerprint string, is bool) {
			Expect(provider.IsUpload(uploaded, name, fingerprint)).To(Equal(is))
		},
		Entry("as made", provider.UploadName("www", fingerprint), "www", fingerprint, true),
		Entry("in capitals, as a product may store it", strings.ToUpper(provider.UploadName("www", fingerprint)), "www", fingerprint, true),
		Entry("not with another content", provider.UploadName("www", fingerprint), "www", "f"+fingerprint[1:], false),
		Entry("not for another target", provider.UploadName("www", fingerprint), "live", fingerprint, false),
		Entry("not for a target whose name it begins with", provider.UploadName("www-2", fingerprint), "www", fingerprint, false),
		Entry("not without a fingerprint", "www-", "www", "", false),
		Entry("not with half a fingerprint", "www-01234567", "www", "01234567", false),
		Entry("not by the target's name alone", "www", "www", fingerprint, false),
	)
})

// shelves is a catalog and a repository that take some calls.
type shelves struct {
	calls int
	err   error
}

func (s *shelves) Find(context.Context, provider.Target) (provider.Stored, error) {
	return provider.Stored{Calls: s.calls}, s.err
}

func (s *shelves) Uploads(context.Context, provider.Target) (provider.Uploads, error) {
	return provider.Uploads{Calls: s.calls}, s.err
}

func (s *shelves) Remove(context.Context, provider.Target, provider.Upload) error { return s.err }

func find(c provider.Catalog, _ provider.Repository, target provider.Target) error {
	_, err := c.Find(context.Background(), target)
	return err
}

func uploads(_ provider.Catalog, r provider.Repository, target provider.Target) error {
	_, err := r.Uploads(context.Background(), target)
	return err
}

func removeUpload(_ provider.Catalog, r provider.Repository, target provider.Target) error {
	return r.Remove(context.Background(), target, provider.Upload{})
}

func TestCatalogAndRepositoryStayWithinTheBudget(t *testing.T) {
	for _, test := range []struct {
		reason string
		call   func(provider.Catalog, provider.Repository, provider.Target) error
		op     provider.Operation
		calls  int
		err    error
		taken  int
	}{
		{"a find of three calls", find, provider.OperationObserve, 3, nil, 3},
		{"a find that did not say", find, provider.OperationObserve, 0, nil, 1},
		{"a find that failed after two calls", find, provider.OperationObserve, 2, &provider.Error{Kind: provider.Denied}, 2},
		{"a list of four calls", uploads, provider.OperationObserve, 4, nil, 4},
		{"a list that needed none", uploads, provider.OperationObserve, 0, nil, 0},
		{"a list that failed", uploads, provider.OperationObserve, 0, &provider.Error{Kind: provider.Denied}, 1},
		{"a removal", removeUpload, provider.OperationDeploy, 0, nil, 1},
		{"a removal that failed", removeUpload, provider.OperationDeploy, 0, &provider.Error{Kind: provider.Denied}, 1},
	} {
		t.Run(test.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, turns := NewWithT(t), newWoken()
				budget := provider.NewBudget(provider.Quota{DeployPerSecond: 6, ObservePerSecond: 6}, turns.wake) // 5 slots each
				inner := &shelves{calls: test.calls, err: test.err}
				catalog, repository := provider.LimitCatalog(inner, budget), provider.LimitRepository(inner, budget)
				err := test.call(catalog, repository, provider.Target{Turn: by("a", "0", 0)})
				g.Expect(err == nil).To(Equal(test.err == nil))
				for i := range 5 {
					err := budget.Reserve(test.op, by("b", fmt.Sprint(i), 0))
					g.Expect(err == nil).To(Equal(i < 5-test.taken), "slot %d", i)
				}
				g.Expect(test.call(catalog, repository, provider.Target{Turn: by("a", "late", 0)})).To(beQueued())
			})
		})
	}
}

func TestARemovalIsChargedWhatItMayTake(t *testing.T) {
	for _, failure := range []error{nil, &provider.Error{Kind: provider.Conflict}} {
		synctest.Test(t, func(t *testing.T) {
			g, turns := NewWithT(t), newWoken()
			budget := provider.NewBudget(provider.Quota{DeployPerSecond: 12, ObservePerSecond: 6, Most: 5}, turns.wake) // 11 slots
			repository := provider.LimitRepository(&shelves{err: failure}, budget)
			remove := func(name string) error {
				return repository.Remove(t.Context(), provider.Target{Turn: by("a", name, 0)}, provider.Upload{})
			}
			for i := range 2 {
				g.Expect(provider.AsError(remove(fmt.Sprint(i)))).To(BeIdenticalTo(provider.AsError(failure)))
			}
			g.Expect(provider.AsError(remove("2"))).To(HaveField("Queued", BeTrue()), "two in a second")
			time.Sleep(time.Second)
			g.Expect(turns.soFar()).To(Equal([]string{"a/2"}))
			g.Expect(provider.AsError(remove("2"))).To(BeIdenticalTo(provider.AsError(failure)))
			for i := range 5 {
				g.Expect(budget.Reserve(provider.OperationObserve, by("a", fmt.Sprint(i), 0))).To(Succeed(), "one that only looks takes one")
			}
		})
	}
}

func TestARemovalHasRoomHoweverLowTheQuota(t *testing.T) {
	g := NewWithT(t)
	budget := provider.NewBudget(provider.Quota{DeployPerSecond: 1, ObservePerSecond: 1, Most: 5}, func(string) {})
	g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "1", 0))).To(Succeed())
	g.Expect(budget.Reserve(provider.OperationDeploy, by("a", "2", 0))).To(beQueued())
}

func TestInstrumentReportsCatalogAndRepository(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, failure := range []*provider.Error{nil, {Kind: provider.Denied}} {
			g, records, inner := NewWithT(t), &recorder{}, &shelves{calls: 2}
			if failure != nil {
				inner.err = failure
			}
			catalog, repository := provider.InstrumentCatalog(inner, records), provider.InstrumentRepository(inner, records)
			for _, call := range []func(provider.Catalog, provider.Repository, provider.Target) error{find, uploads, removeUpload} {
				g.Expect(call(catalog, repository, provider.Target{}) == nil).To(Equal(failure == nil))
			}
			g.Expect(*records).To(Equal(recorder{{"Find", failure, 0}, {"Uploads", failure, 0}, {"Remove", failure, 0}}))
		}
	})
}
