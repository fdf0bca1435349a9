package rig

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// Sighting is one version of an object.
type Sighting struct {
	At     time.Time
	Object *domaincertv1alpha1.DomainCertificate
}

// sightings are all versions of all objects of a row, as a watch told them.
type sightings struct {
	cancel    context.CancelFunc
	following sync.WaitGroup

	mu   sync.Mutex
	list []Sighting
}

// watch follows the row's objects until it ends. A watch that the API server has
// ended, as it does when a CRD changes, begins again.
func (w *World) watch() *sightings {
	GinkgoHelper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &sightings{cancel: cancel}
	events, err := w.sighted(ctx)
	Expect(err).NotTo(HaveOccurred())
	s.following.Go(func() {
		for ctx.Err() == nil {
			s.follow(ctx, events)
			again, err := w.sighted(ctx)
			if err == nil {
				events = again
			}
		}
	})
	return s
}

// sighted begins a watch with the objects that there are.
func (w *World) sighted(ctx context.Context) (watch.Interface, error) {
	return w.Client.Watch(ctx, &domaincertv1alpha1.DomainCertificateList{}, client.InNamespace(w.Namespace))
}

// follow adds what a watch tells until it ends.
func (s *sightings) follow(ctx context.Context, events watch.Interface) {
	defer events.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case event, ok := <-events.ResultChan():
			if !ok {
				return
			}
			// The last version of an object that is gone says nothing new.
			if object, ok := event.Object.(*domaincertv1alpha1.DomainCertificate); ok && event.Type != watch.Deleted {
				s.add(object)
			}
		}
	}
}

func (s *sightings) add(object *domaincertv1alpha1.DomainCertificate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.ContainsFunc(s.list, func(known Sighting) bool {
		return known.Object.UID == object.UID && known.Object.ResourceVersion == object.ResourceVersion
	}) {
		s.list = append(s.list, Sighting{At: time.Now(), Object: object})
	}
}

func (s *sightings) stop() {
	s.cancel()
	s.following.Wait()
}

// Unwatch ends the following of the row's objects, for a row with so many that
// only the first of them are worth it.
func (w *World) Unwatch() { w.sightings.stop() }

// of are the versions of one object.
func (s *sightings) of(name string) []Sighting {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Sighting
	for _, sighting := range s.list {
		if sighting.Object.Name == name {
			found = append(found, sighting)
		}
	}
	return found
}

// names of the objects that were seen.
func (s *sightings) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[string]bool{}
	for _, sighting := range s.list {
		seen[sighting.Object.Name] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// last is the last version of each object.
func (s *sightings) last() map[string]domaincertv1alpha1.DomainCertificateStatus {
	found := map[string]domaincertv1alpha1.DomainCertificateStatus{}
	for _, name := range s.names() {
		versions := s.of(name)
		found[name] = versions[len(versions)-1].Object.Status
	}
	return found
}

// Sightings are all versions of an object so far, oldest first, as a watch told
// them.
func (w *World) Sightings(name string) []Sighting { return w.sightings.of(name) }

// Reasons are the reasons that a condition of an object has had so far, each
// time that it changed.
func (w *World) Reasons(name, condition string) []string {
	var reasons []string
	for _, sighting := range w.Sightings(name) {
		found := meta.FindStatusCondition(sighting.Object.Status.Conditions, condition)
		if found != nil && (len(reasons) == 0 || reasons[len(reasons)-1] != found.Reason) {
			reasons = append(reasons, found.Reason)
		}
	}
	return reasons
}

// AwaitCondition waits until a condition of an object has a status and a reason;
// an empty reason is any.
func (w *World) AwaitCondition(ctx context.Context, name, condition string, status metav1.ConditionStatus, reason string) {
	GinkgoHelper()
	Eventually(func() *metav1.Condition {
		versions := w.Sightings(name)
		if len(versions) == 0 {
			return nil
		}
		return meta.FindStatusCondition(versions[len(versions)-1].Object.Status.Conditions, condition)
	}).WithContext(ctx).WithTimeout(Patience).WithPolling(10 * time.Millisecond).Should(And(
		Not(BeNil()), HaveField("Status", status), HaveField("Reason", Or(Equal(reason), WithTransform(func(string) bool { return reason == "" }, BeTrue()))),
	))
}

// AwaitReady waits until an object is Ready because this certificate is deployed,
// and verified at the edge where that is asked for.
func (w *World) AwaitReady(ctx context.Context, name, fingerprint string) {
	GinkgoHelper()
	Eventually(func() bool { return w.isReady(name, fingerprint) }).WithContext(ctx).
		WithTimeout(Patience).WithPolling(10 * time.Millisecond).Should(BeTrue())
}

func (w *World) isReady(name, fingerprint string) bool {
	versions := w.Sightings(name)
	if len(versions) == 0 {
		return false
	}
	object := versions[len(versions)-1].Object
	is := func(condition string) bool { return meta.IsStatusConditionTrue(object.Status.Conditions, condition) }
	verified := object.Spec.Verification.Mode != domaincertv1alpha1.VerificationEdge || is(domaincertv1alpha1.VerifiedCondition)
	return is(domaincertv1alpha1.ReadyCondition) && is(domaincertv1alpha1.DeployedCondition) && verified &&
		object.Status.DeployedFingerprint == fingerprint && (object.Status.Edge == nil || object.Status.Edge.Fingerprint == fingerprint)
}
