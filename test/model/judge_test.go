package model_test

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"

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
	// accepted is what this life of the operator was last told that it has deployed, by
	// domain, unless somebody else has changed that since.
	accepted map[string]acceptance
	// deploys are counted.
	deploys int
}

// acceptance is a deployment that was answered with success.
type acceptance struct {
	object      types.UID
	fingerprint string
	at          time.Time
}

func newJudge(w *world) *judge {
	return &judge{world: w, sent: map[types.UID]string{}, claims: map[types.UID]string{}, accepted: map[string]acceptance{}}
}

func (j *judge) restarted() {
	clear(j.sent)
	clear(j.accepted)
}

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

// called judges a call before it takes effect. The operator may go by its cache, or
// by the API server, which it asks where it knows that the cache is behind: what is
// right by one of them is right.
func (j *judge) called(account string, call fake.Call) {
	var wrong string
	for _, object := range []*domaincertv1alpha1.DomainCertificate{j.seen(call.Target.Turn.Object), j.stored(call.Target.Turn.Object)} {
		if object == nil {
			wrong = fmt.Sprintf("%s for %s, which does not exist", call.Method, call.Target.Turn.Object)
		} else if wrong = j.judged(account, object, call); wrong == "" {
			break
		}
	}
	if wrong != "" {
		j.violate("%s", wrong)
	}
	if call.Method == fake.Withdraw {
		delete(j.accepted, call.Target.Domain)
	}
	if call.Method == fake.Deploy {
		j.deploys++
		if object := j.stored(call.Target.Turn.Object); object != nil {
			j.sent[object.UID] = call.Fingerprint
		}
	}
}

// stored is an object as the API server has it.
func (j *judge) stored(name string) *domaincertv1alpha1.DomainCertificate {
	all := j.objects()
	for i := range all {
		if key(&all[i]) == name {
			return &all[i]
		}
	}
	return nil
}

// judged says what is wrong with a call for an object; empty if nothing is.
func (j *judge) judged(account string, object *domaincertv1alpha1.DomainCertificate, call fake.Call) string {
	held, _ := j.held(account, call.Target.Domain)
	switch {
	case call.Method != fake.Deploy && call.Method != fake.Withdraw && call.Method != fake.Remove:
		return ""
	case accountNamed(object) != account || object.Spec.DomainName != call.Target.Domain:
		return fmt.Sprintf("%s for %s at another account or domain than its own", call.Method, key(object))
	case !isLetIn(j.cache, object):
		return fmt.Sprintf("%s for %s, which is not let in", call.Method, key(object))
	case call.Method == fake.Deploy:
		return j.deployed(account, object, call.Fingerprint)
	case call.Method == fake.Withdraw:
		return j.withdrawn(account, object)
	case held.CertificateID == call.Upload.ID:
		return fmt.Sprintf("%s removes the upload that its domain is served with", key(object))
	default:
		return ""
	}
}

// deployed judges a deployment: by who may, of what its Secret holds, and never back
// to an older certificate.
func (j *judge) deployed(account string, object *domaincertv1alpha1.DomainCertificate, fingerprint string) string {
	wanted := j.contents[object.Namespace+"/"+object.Spec.SecretRef.Name]
	best := winner(j.cache, j.seenAll(), account, object.Spec.DomainName)
	held, isThere := j.held(account, object.Spec.DomainName)
	repairs := object.Status.DeployedFingerprint == fingerprint || j.sent[object.UID] == fingerprint
	goesBack := isThere && held.Found && held.NotAfter.After(time.Now()) && wanted.notBefore.Before(held.NotBefore)
	const propagation = 10 * time.Minute
	last := j.accepted[object.Spec.DomainName]
	repeats := last.object == object.UID && last.fingerprint == fingerprint && time.Since(last.at) < propagation
	switch {
	case repeats:
		return fmt.Sprintf("O3: Deploy of %s for %s, which the provider has just accepted", short(fingerprint), key(object))
	case isSuspended(object):
		return fmt.Sprintf("Deploy for %s, which is suspended", key(object))
	case !object.DeletionTimestamp.IsZero():
		return fmt.Sprintf("Deploy for %s, which is being deleted", key(object))
	case best == nil || best.UID != object.UID:
		return fmt.Sprintf("Deploy for %s, whose domain another object manages", key(object))
	case fingerprint != wanted.fingerprint || wanted.unfit != "":
		return fmt.Sprintf("Deploy of %s for %s, whose Secret holds %s %s", short(fingerprint), key(object), short(wanted.fingerprint), wanted.unfit)
	case goesBack && !repairs && !allowsOlder(object) && !j.lagging:
		return fmt.Sprintf("O2: Deploy of %s for %s, the provider holds %s, which is younger", short(fingerprint), key(object), short(held.Fingerprint))
	case j.isBehind(object, wanted) && !allowsOlder(object):
		return fmt.Sprintf("O2: Deploy of %s for %s, which has deployed a younger one", short(fingerprint), key(object))
	default:
		return ""
	}
}

// isBehind reports whether an object has deployed a younger certificate than the
// wanted one.
func (j *judge) isBehind(object *domaincertv1alpha1.DomainCertificate, wanted content) bool {
	status := object.Status
	return status.DeployedNotBefore != nil && wanted.notBefore.Before(status.DeployedNotBefore.Time) && status.DeployedFingerprint != wanted.fingerprint
}

// withdrawn judges a withdrawal: nothing is removed unless it was asked for.
func (j *judge) withdrawn(account string, object *domaincertv1alpha1.DomainCertificate) string {
	if object.DeletionTimestamp.IsZero() || object.Spec.DeletionPolicy != domaincertv1alpha1.DeletionDisableHTTPS {
		return fmt.Sprintf("O5: Withdraw for %s, which did not ask for it", key(object))
	}
	all := j.seenAll()
	for i := range all {
		heir := &all[i]
		if heir.UID != object.UID && heir.DeletionTimestamp.IsZero() && heir.Spec.DomainName == object.Spec.DomainName &&
			accountNamed(heir) == account && isLetIn(j.cache, heir) {
			return fmt.Sprintf("O5: Withdraw for %s, whose domain %s takes over", key(object), key(heir))
		}
	}
	return ""
}

// letGo judges that an object goes which had its certificate in place and was to take
// it away with it: HTTPS is off, or somebody else looks after the domain.
func (j *judge) letGo(object *domaincertv1alpha1.DomainCertificate) {
	account := accountNamed(object)
	held, isThere := j.held(account, object.Spec.DomainName)
	if !isThere || !held.Found || held.HTTPS != provider.HTTPSOn || !isWithdrawn(object) {
		return
	}
	all := j.objects()
	for i := range all {
		heir := &all[i]
		if heir.UID != object.UID && heir.DeletionTimestamp.IsZero() && heir.Spec.DomainName == object.Spec.DomainName && accountNamed(heir) == account {
			return
		}
	}
	j.violate("%s is let go, and its domain is still served", key(object))
}

// isWithdrawn reports whether an object has deployed something and asks for it to be
// taken off the domain.
func isWithdrawn(object *domaincertv1alpha1.DomainCertificate) bool {
	return object.Spec.DeletionPolicy == domaincertv1alpha1.DeletionDisableHTTPS && object.Status.DeployedFingerprint != ""
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
