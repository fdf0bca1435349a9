package sweep_test

import (
	"fmt"
	"time"

	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/lockstep"
)

// mode is what goes wrong at a side effect.
type mode string

const (
	killedBefore mode = "killed before"
	killedAfter  mode = "killed after"
	fails        mode = "error"
	answerLost   mode = "answer lost"
	// staleCache is killedAfter, with a new operator whose cache shows one kind as it was
	// before the scenario's act.
	staleCache mode = "killed after, then a stale cache of"
)

// point is one thing that the operator does, in the order of the scenario: the nth
// effect on the API server, or the nth call of the provider, from 0.
type point struct {
	atProvider bool
	index      int
	what       string
	// changes is false for a call that only reads.
	changes bool
	// isEvent is true for an event, whose fate the operator is not told of.
	isEvent bool
}

// fault is what goes wrong in a run; without point nothing does.
type fault struct {
	point *point
	mode  mode
	stale lockstep.Kind

	// before is the cache at the scenario's act, since when that was.
	before *lockstep.Cache
	since  time.Time
	// effects on the API server since then, and settled how many of them, and of the
	// calls, there were when the goal was reached.
	effects   []point
	ids       []string
	restarted bool
	// pointless is true if there was nothing that the cache could be behind of.
	pointless bool
}

// String names the fault.
func (f *fault) String() string {
	switch {
	case f.point == nil:
		return "no fault"
	case f.mode == staleCache:
		return fmt.Sprintf("%s: %s %s", f.point.what, f.mode, f.stale)
	default:
		return fmt.Sprintf("%s: %s", f.point.what, f.mode)
	}
}

// faultsAt are all that can go wrong at a point.
func faultsAt(p point) []*fault {
	modes := []mode{killedBefore, killedAfter, fails, answerLost}
	switch {
	case p.isEvent:
		modes = []mode{killedBefore, killedAfter}
	case !p.changes:
		modes = []mode{killedBefore, fails}
	}
	var all []*fault
	for _, m := range modes {
		all = append(all, &fault{point: &p, mode: m})
	}
	if p.changes && !p.isEvent {
		for _, kind := range lockstep.Kinds() {
			all = append(all, &fault{point: &p, mode: staleCache, stale: kind})
		}
	}
	return all
}

// arm begins what is swept: the scenario's act.
func (s *scene) arm() {
	s.Expect(s.operator.CatchUp(s.ctx)).To(Succeed())
	f := s.fault
	f.before, f.since = s.cache.Clone(), time.Now()
	s.reconciles = 0
	s.sim.ClearJournal()
	s.watch.held, s.watch.setsWhenSettled = s.sim.held(domain), -1
	if f.point != nil && f.point.atProvider {
		for _, injected := range f.simulated() {
			id, err := s.sim.AddFault(injected)
			s.Expect(err).NotTo(HaveOccurred())
			f.ids = append(f.ids, id)
		}
	}
}

// simulated is the fault as the simulator knows it. Whom a call kills makes no other:
// what comes after it does not reach the provider.
func (f *fault) simulated() []edgesim.Fault {
	nth := f.point.index + 1
	switch f.mode {
	case killedBefore:
		return []edgesim.Fault{{Kind: edgesim.FaultReset, Nth: nth}}
	case fails:
		return []edgesim.Fault{{Kind: edgesim.FaultError, Nth: nth, Count: 1}}
	case answerLost:
		return []edgesim.Fault{{Kind: edgesim.FaultReset, Applied: true, Nth: nth, Count: 1}}
	default:
		return []edgesim.Fault{{Kind: edgesim.FaultReset, Applied: true, Nth: nth, Count: 1}, {Kind: edgesim.FaultReset, Nth: nth + 1}}
	}
}

// isDead reports whether the call of a provider has killed the operator.
func (s *scene) isDead() bool {
	f := s.fault
	if f.restarted || len(f.ids) == 0 || f.mode == fails || f.mode == answerLost {
		return false
	}
	for _, injected := range s.sim.Faults() {
		if injected.ID == f.ids[0] && injected.Struck > 0 {
			return true
		}
	}
	return false
}

// intercept decides what an effect on the API server comes to.
func (s *scene) intercept(effect lockstep.Effect, do func() error) error {
	f := s.fault
	if s.isDead() {
		panic(lockstep.Killed{})
	}
	if f.since.IsZero() {
		return s.carryOut(effect, do)
	}
	n := len(f.effects)
	f.effects = append(f.effects, point{index: n, what: effect.String(),
		changes: effect.Verb != lockstep.Read, isEvent: effect.Verb == lockstep.Event})
	if f.point == nil || f.point.atProvider || f.point.index != n {
		return s.carryOut(effect, do)
	}
	switch {
	case effect.Verb == lockstep.Event && (f.mode == fails || f.mode == answerLost):
		f.pointless = true // the order was another one this time
		return s.carryOut(effect, do)
	case f.mode == killedBefore:
		panic(lockstep.Killed{})
	case f.mode == fails:
		return apierrors.NewInternalError(fmt.Errorf("swept: %s", effect))
	case f.mode == answerLost:
		s.watch.must(s.carryOut(effect, do))
		return apierrors.NewTimeoutError("swept", 0)
	default:
		s.watch.must(s.carryOut(effect, do))
		panic(lockstep.Killed{})
	}
}

// carryOut does what the operator wants, and judges what it says.
func (s *scene) carryOut(effect lockstep.Effect, do func() error) error {
	err := do()
	if object, ok := effect.Object.(*domaincertv1alpha1.DomainCertificate); ok && err == nil && effect.Verb == lockstep.PatchStatus {
		s.watch.told(object)
	}
	return err
}

// restart begins the next life of the operator.
func (s *scene) restart() error {
	f := s.fault
	f.restarted = true
	s.sim.ClearFaults()
	s.closeIdle()
	s.cache = lockstep.NewCache(s.api, s.namespace)
	if f.mode == staleCache {
		s.cache = f.before.Clone()
		behind, err := s.cache.Behind(s.ctx, f.stale)
		if f.pointless = err == nil && !behind; f.pointless || err != nil {
			return err
		}
		s.cache.Hold(f.stale)
	}
	if _, err := s.cache.CatchUp(s.ctx); err != nil {
		return err
	}
	s.start()
	if f.mode == staleCache {
		return s.liveInThePast()
	}
	return nil
}

// liveInThePast lets the operator act on what its cache shows, until it would wait,
// before the cache catches up.
func (s *scene) liveInThePast() error {
	const enough, soon = 15, 5 * time.Second
	for range enough {
		if stepped, err := s.step(time.Now().Add(soon)); err != nil || !stepped {
			s.cache.Release()
			return err
		}
	}
	s.cache.Release()
	return nil
}
