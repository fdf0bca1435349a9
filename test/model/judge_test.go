package model_test

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/fake"
)

// nilContext is for reads from memory.
func nilContext() context.Context { return context.Background() }

// judge holds everything that the operator does against the reference. It notes what
// is wrong where it happens, and reports it between reconciles, since a panic in one
// would be taken for the operator's.
type judge struct {
	*world

	wrong string
	// sent is what was last sent for an object by this life of the operator: it knows
	// of it even if no status could be written.
	sent map[types.UID]string
	// claims are what statuses said last of what the provider holds.
	claims map[types.UID]string
	// lagging is true while observations may show the past.
	lagging bool
	// deploys are counted.
	deploys int
}

func newJudge(w *world) *judge {
	return &judge{world: w, sent: map[types.UID]string{}, claims: map[types.UID]string{}}
}

func (j *judge) restarted() { clear(j.sent) }

func (j *judge) violate(format string, args ...any) {
	if j.wrong == "" {
		j.wrong = fmt.Sprintf(format, args...)
	}
}

func (j *judge) report() {
	j.Helper()
	if j.wrong != "" {
		j.Fatalf("%s", j.wrong)
	}
}

// seen is an object as the operator's cache shows it.
func (j *judge) seen(name string) *domaincertv1alpha1.DomainCertificate {
	all := j.seenAll()
	for i := range all {
		if key(&all[i]) == name {
			return &all[i]
		}
	}
	return nil
}

func (j *judge) seenAll() []domaincertv1alpha1.DomainCertificate {
	var list domaincertv1alpha1.DomainCertificateList
	j.must(j.cache.List(nilContext(), &list))
	return list.Items
}

// called judges a call before it takes effect.
func (j *judge) called(account string, call fake.Call) {
	if call.Method != fake.Deploy && call.Method != fake.Withdraw && call.Method != fake.Remove {
		return
	}
	object := j.seen(call.Target.Turn.Object)
	switch {
	case object == nil:
		j.violate("%s for %s, which does not exist", call.Method, call.Target.Turn.Object)
	case accountNamed(object) != account || object.Spec.DomainName != call.Target.Domain:
		j.violate("%s for %s at another account or domain than its own", call.Method, key(object))
	case !isLetIn(j.cache, object):
		j.violate("%s for %s, which is not let in", call.Method, key(object))
	case call.Method == fake.Deploy:
		j.deployed(account, object, call.Fingerprint)
	case call.Method == fake.Withdraw:
		j.withdrawn(account, object)
	default:
		if held, _ := j.held(account, call.Target.Domain); held.CertificateID == call.Upload.ID {
			j.violate("%s removes the upload that its domain is served with", key(object))
		}
	}
}

// deployed judges a deployment: by who may, of what its Secret holds, and never back
// to an older certificate.
func (j *judge) deployed(account string, object *domaincertv1alpha1.DomainCertificate, fingerprint string) {
	j.deploys++
	wanted := j.contents[object.Namespace+"/"+object.Spec.SecretRef.Name]
	best := winner(j.cache, j.seenAll(), account, object.Spec.DomainName)
	held, isThere := j.held(account, object.Spec.DomainName)
	repairs := object.Status.DeployedFingerprint == fingerprint || j.sent[object.UID] == fingerprint
	goesBack := isThere && held.Found && held.NotAfter.After(time.Now()) && wanted.notBefore.Before(held.NotBefore)
	switch {
	case isSuspended(object):
		j.violate("Deploy for %s, which is suspended", key(object))
	case !object.DeletionTimestamp.IsZero():
		j.violate("Deploy for %s, which is being deleted", key(object))
	case best == nil || best.UID != object.UID:
		j.violate("Deploy for %s, whose domain another object manages", key(object))
	case fingerprint != wanted.fingerprint || wanted.unfit != "":
		j.violate("Deploy of %s for %s, whose Secret holds %s %s", short(fingerprint), key(object), short(wanted.fingerprint), wanted.unfit)
	case goesBack && !repairs && !allowsOlder(object) && !j.lagging:
		j.violate("O2: Deploy of %s for %s, the provider holds %s, which is younger", short(fingerprint), key(object), short(held.Fingerprint))
	case j.isBehind(object, wanted) && !allowsOlder(object):
		j.violate("O2: Deploy of %s for %s, which has deployed a younger one", short(fingerprint), key(object))
	}
	j.sent[object.UID] = fingerprint
}

// isBehind reports whether an object has deployed a younger certificate than the
// wanted one, as the API server knows it.
func (j *judge) isBehind(object *domaincertv1alpha1.DomainCertificate, wanted content) bool {
	stored := &domaincertv1alpha1.DomainCertificate{}
	if j.api.Get(nilContext(), client.ObjectKeyFromObject(object), stored) != nil || stored.UID != object.UID {
		return false
	}
	deployed := stored.Status.DeployedNotBefore
	return deployed != nil && wanted.notBefore.Before(deployed.Time) && stored.Status.DeployedFingerprint != wanted.fingerprint &&
		stored.ResourceVersion == object.ResourceVersion
}

// withdrawn judges a withdrawal: nothing is removed unless it was asked for.
func (j *judge) withdrawn(account string, object *domaincertv1alpha1.DomainCertificate) {
	if object.DeletionTimestamp.IsZero() || object.Spec.DeletionPolicy != domaincertv1alpha1.DeletionDisableHTTPS {
		j.violate("O5: Withdraw for %s, which did not ask for it", key(object))
	}
	all := j.seenAll()
	for i := range all {
		heir := &all[i]
		if heir.UID != object.UID && heir.DeletionTimestamp.IsZero() && heir.Spec.DomainName == object.Spec.DomainName &&
			accountNamed(heir) == account && isLetIn(j.cache, heir) {
			j.violate("O5: Withdraw for %s, whose domain %s takes over", key(object), key(heir))
		}
	}
}

// wrote judges a status: a new claim that a certificate is deployed is true.
func (j *judge) wrote(object *domaincertv1alpha1.DomainCertificate) {
	claim := ""
	if meta.IsStatusConditionTrue(object.Status.Conditions, domaincertv1alpha1.DeployedCondition) {
		claim = object.Status.DeployedFingerprint
	}
	before := j.claims[object.UID]
	j.claims[object.UID] = claim
	held, _ := j.held(accountNamed(object), object.Spec.DomainName)
	isHeld := held.Fingerprint == claim && held.HTTPS == provider.HTTPSOn
	if claim != "" && claim != before && !isHeld && !j.lagging {
		j.violate("O4: %s is Deployed with %s, the provider holds %s", key(object), short(claim), short(held.Fingerprint))
	}
	if seen := object.Status.Provider; claim != "" && seen != nil && seen.Fingerprint != claim {
		j.violate("O4: %s is Deployed with %s, and has seen %s", key(object), short(claim), short(seen.Fingerprint))
	}
}
