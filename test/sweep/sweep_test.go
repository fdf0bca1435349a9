package sweep_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/lockstep"
)

// opener makes the API server of a run, in the run's bubble, and what closes idle
// connections to it.
type opener func() (api lockstep.API, closeIdle func(), err error)

// inMemory is the API server of most runs.
func inMemory() (lockstep.API, func(), error) { return lockstep.NewStore(), func() {}, nil }

// outcome of a run.
type outcome struct {
	// points are what the operator did until the goal was reached.
	points     []point
	mostSets   int
	pointless  bool
	violations []string
}

// worlds are counted, so that each has a namespace of its own.
var worlds atomic.Int64

// must notes what the test itself could not do.
func (o *oracle) must(err error) {
	if err != nil {
		o.violate("the run itself failed: %v", err)
	}
}

// run runs a scenario once, in a bubble of its own.
func (sc scenario) run(sim *simulator, open opener, f *fault) (found outcome, err error) {
	synctest.Test(suite, func(t *testing.T) {
		s := &scene{ctx: context.Background(), sim: sim, namespace: fmt.Sprintf("sweep-%06d", worlds.Add(1)), accounts: &opened{}, fault: f, closeAPI: func() {}}
		s.Gomega = NewGomega(func(message string, _ ...int) { panic(errors.New(message)) })
		s.watch = &oracle{scene: s, withdraws: sc.withdraws, setsWhenSettled: -1, claims: map[string]claimed{}}
		defer func() {
			s.closeIdle()
			if failed := recover(); failed != nil {
				err = fmt.Errorf("the run itself failed: %v", failed)
			}
		}()
		s.sleep(time.Until(begin))
		found, err = s.play(sc, open)
	})
	return found, err
}

// play plays a scenario.
func (s *scene) play(sc scenario, open opener) (outcome, error) {
	s.Expect(s.sim.Reset()).To(Succeed())
	s.Expect(s.sim.SetSettings(sc.settings)).To(Succeed())
	s.Expect(s.sim.put(bystander, foreign)).To(Succeed())
	var err error
	s.api, s.closeAPI, err = open()
	s.Expect(err).NotTo(HaveOccurred())
	s.Expect(s.api.Create(s.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.namespace}})).To(Succeed())
	s.cache = lockstep.NewCache(s.api, s.namespace)
	s.start()
	sc.prepare(s)
	if err := s.until(sc.ready); err != nil {
		return outcome{}, fmt.Errorf("before the act: %w", err)
	}
	s.arm()
	sc.act(s)
	s.watch.held = s.sim.held(domain)
	err = s.run(sc.goal)
	found := outcome{mostSets: s.watch.conclude(), pointless: s.fault.pointless}
	found.points, found.violations = s.watch.points, s.watch.violations
	return found, err
}

// until reconciles until something is so.
func (s *scene) until(ready func(*scene) bool) error {
	const most = 100
	for range most {
		if s.settled() && ready(s) {
			return nil
		}
		if stepped, err := s.step(time.Now().Add(interval)); err != nil || !stepped {
			return errors.Join(err, s.describe())
		}
	}
	return s.describe()
}

// points are what the operator has done since the act.
func (s *scene) points() []point {
	points := append([]point{}, s.fault.effects...)
	for i, entry := range s.sim.Journal(edgesim.Query{}) {
		points = append(points, point{atProvider: true, index: i, what: entry.Operation, changes: entry.Applied})
	}
	return points
}

// sweep runs a scenario without a fault, and then with every fault at everything that
// it did.
func (sc scenario) sweep(sim *simulator, open opener) {
	GinkgoHelper()
	golden, err := sc.run(sim, open, &fault{})
	Expect(err).NotTo(HaveOccurred())
	Expect(golden.violations).To(BeEmpty(), "without a fault")
	Expect(golden.mostSets).To(BeNumerically("<=", 1), "without a fault")
	totals.scenarios.Add(1)
	totals.points.Add(int64(len(golden.points)))
	var failures []string
	runs, mostSets := 1, 0
	for _, p := range golden.points {
		for _, f := range faultsAt(p) {
			found, err := sc.run(sim, open, f)
			if found.pointless {
				continue
			}
			runs++
			mostSets = max(mostSets, found.mostSets)
			if err != nil {
				failures = append(failures, fmt.Sprintf("%d %s: %v", p.index, f, err))
			}
			for _, violation := range found.violations {
				failures = append(failures, fmt.Sprintf("%d %s: %s", p.index, f, violation))
			}
		}
	}
	totals.runs.Add(int64(runs))
	totals.mostSets.Store(max(totals.mostSets.Load(), int64(mostSets)))
	AddReportEntry("swept", fmt.Sprintf("%d points, %d runs, at most %d Sets", len(golden.points), runs, mostSets))
	Expect(failures).To(BeEmpty())
}

var _ = Describe("Whatever goes wrong", func() {
	for _, p := range sweptProducts() {
		Describe("at "+p.service, Ordered, ContinueOnFailure, func() {
			var sim *simulator
			BeforeAll(func() {
				var err error
				sim, err = startSimulator(p)
				Expect(err).NotTo(HaveOccurred())
				DeferCleanup(sim.Close)
			})
			for _, sc := range scenariosOf(p) {
				It("the "+sc.name+" comes to its end", func() {
					sc.sweep(sim, inMemory)
				})
			}
		})
	}
})
