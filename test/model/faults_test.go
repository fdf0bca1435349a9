package model_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"pgregory.net/rapid"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
	"github.com/domaincert/domaincert/test/lockstep"
)

// fate is what a call to the API server comes to.
type fate string

const (
	refusedFate  fate = "fails"
	conflictFate fate = "meets another version"
	lostFate     fate = "loses its answer"
	killBefore   fate = "kills the operator before"
	killAfter    fate = "kills the operator after"
)

var fates = []fate{refusedFate, conflictFate, lostFate, killBefore, killAfter}

// faults are what goes wrong at the moment.
type faults struct {
	// writes are the fates of the API writes to come.
	writes []fate
	// killAt is how many provider calls from now one kills the operator; 0 for none.
	killAt int
	// refused are the accounts that answer nothing but this.
	refused map[string]*provider.Error
}

// called is a call of the fake, before it takes effect.
func (w *world) called(account string, call fake.Call) {
	w.judge.called(account, call)
	if w.faults.killAt > 0 {
		if w.faults.killAt--; w.faults.killAt == 0 {
			panic(lockstep.Killed{})
		}
	}
}

// intercept decides what an effect on the API server comes to.
func (w *world) intercept(effect lockstep.Effect, do func() error) error {
	isWrite := effect.Verb == lockstep.Patch || effect.Verb == lockstep.PatchStatus
	if !isWrite || len(w.faults.writes) == 0 {
		return w.carryOut(effect, do)
	}
	now := w.faults.writes[0]
	w.faults.writes = w.faults.writes[1:]
	switch now {
	case refusedFate:
		return apierrors.NewInternalError(errors.New("the API server is in trouble"))
	case conflictFate:
		return apierrors.NewConflict(schema.GroupResource{}, effect.Key.Name, errors.New("another version is stored"))
	case killBefore:
		panic(lockstep.Killed{})
	default:
		// The others strike once it is done.
	}
	err := w.carryOut(effect, do)
	switch {
	case err != nil:
		return err
	case now == killAfter:
		panic(lockstep.Killed{})
	default:
		return apierrors.NewTimeoutError("the answer is lost", 0)
	}
}

func (w *world) carryOut(effect lockstep.Effect, do func() error) error {
	err := do()
	object, ok := effect.Object.(*domaincertv1alpha1.DomainCertificate)
	switch {
	case !ok, err != nil:
	case effect.Verb == lockstep.PatchStatus:
		w.judge.wrote(object)
	case effect.Verb == lockstep.Patch && !object.DeletionTimestamp.IsZero():
		w.judge.letGo(object)
	}
	return err
}

// failure is an error of a provider's, of any kind.
func failure(t *rapid.T) *provider.Error {
	kind := rapid.SampledFrom([]provider.Kind{provider.Unavailable, provider.Throttled, provider.Denied, provider.NotFound,
		provider.Rejected, provider.Conflict}).Draw(t, "kind")
	failed := &provider.Error{Kind: kind, Operation: "Model", Code: "model"}
	if kind == provider.Throttled || kind == provider.Conflict {
		failed.RetryAfter = time.Duration(rapid.IntRange(0, 3).Draw(t, "retry after")) * time.Second
	}
	return failed
}

// faultActions are what goes wrong.
func (w *world) faultActions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"fault: the provider fails": func(t *rapid.T) {
			method, account := rapid.SampledFrom([]fake.Method{fake.Observe, fake.Deploy, fake.Withdraw, fake.Uploads, fake.Remove}).Draw(t, "method"), anyAccount(t)
			for range rapid.IntRange(1, 6).Draw(t, "times") {
				w.accounts[account].FailNext(method, failure(t))
			}
		},
		"fault: answers are lost": func(t *rapid.T) {
			w.accounts[anyAccount(t)].LoseAnswers(&provider.Error{Kind: provider.Unavailable, Operation: "Model", Code: "connection"})
		},
		"fault: answers are found": func(t *rapid.T) { w.accounts[anyAccount(t)].LoseAnswers(nil) },
		"fault: observations lag": func(t *rapid.T) {
			w.accounts[anyAccount(t)].ShowAfter(rapid.IntRange(1, 3).Draw(t, "observations"))
			w.judge.lagging = true
		},
		"fault: an account answers nothing else": func(t *rapid.T) {
			failed := rapid.SampledFrom([]*provider.Error{
				{Kind: provider.Denied, Operation: "Model", Code: "refused", Account: true},
				{Kind: provider.Unavailable, Operation: "Model", Code: "connection"},
				{Kind: provider.Throttled, Operation: "Model", Code: "throttled"},
				nil,
			}).Draw(t, "answer")
			w.refuse(anyAccount(t), failed)
		},
		"fault: writes come to other ends": func(t *rapid.T) {
			w.faults.writes = rapid.SliceOfN(rapid.SampledFrom(fates), 1, 4).Draw(t, "fates")
		},
		"fault: a call kills the operator": func(t *rapid.T) { w.faults.killAt = rapid.IntRange(1, 4).Draw(t, "call") },
		"fault: the operator is restarted": func(*rapid.T) { w.restart() },
		"fault: a watch halts": func(t *rapid.T) {
			w.cache.Hold(rapid.SampledFrom(lockstep.Kinds()).Draw(t, "kind"))
		},
		"fault: the watches go on": func(*rapid.T) { w.cache.Release() },
	}
}

func anyAccount(t *rapid.T) string {
	return rapid.SampledFrom([]string{ours, theirs}).Draw(t, "account")
}

// refuse has an account answer nothing but an error, until it is nil.
func (w *world) refuse(account string, failed *provider.Error) {
	w.faults.refused[account] = failed
	for _, domain := range domains {
		w.accounts[account].FailFor(domain, failed)
	}
}

// heal ends everything that goes wrong.
func (w *world) heal() {
	w.faults.writes, w.faults.killAt, w.judge.lagging = nil, 0, false
	w.cache.Release()
	for id, account := range w.accounts {
		w.refuse(id, nil)
		account.FailNoMore()
		account.LoseAnswers(nil)
		account.ShowAfter(0)
		account.Settle()
	}
}

// settle heals everything, and lets time pass until every object is what it must be.
func (w *world) settle(t *rapid.T) {
	const (
		longest  = 60 * time.Hour // longer than any hold or interval
		mostOnce = 3000
		after    = 7 * time.Hour // a read-back of everything
	)
	w.heal()
	var unmet string
	for deadline, n := time.Now().Add(longest), 0; ; n++ {
		if unmet = w.allUnmet(); unmet == "" {
			break
		}
		if n == mostOnce || !w.step(deadline) {
			t.Fatalf("after %d reconciles and %s: %s", n, longest-time.Until(deadline), unmet)
		}
	}
	before := w.judge.deploys
	for deadline := time.Now().Add(after); w.step(deadline); {
		continue
	}
	if w.judge.deploys > before {
		t.Fatalf("%d more deployments after everything was in place", w.judge.deploys-before)
	}
	if unmet := w.allUnmet(); unmet != "" {
		t.Fatalf("did not stay so: %s", unmet)
	}
}

// allUnmet says which object is not what it must be.
func (w *world) allUnmet() string {
	w.must(w.operator.CatchUp(context.Background()))
	all := w.objects()
	for i := range all {
		if unmet := w.unmet(&all[i]); unmet != "" {
			return fmt.Sprintf("%s: %s", describe(&all[i]), unmet)
		}
	}
	return ""
}
