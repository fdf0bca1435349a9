package sweep_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

// oracle says what must hold in every run from the scenario's act on, whatever goes
// wrong.
type oracle struct {
	scene     *scene
	withdraws bool
	// claims are what was last said, by object.
	claims map[string]claimed
	// held is what the provider held when last looked.
	held string
	// setsWhenSettled is how many Sets there were when the goal was reached, -1 before.
	setsWhenSettled int
	// points are what the operator had done then.
	points     []point
	violations []string
}

func (o *oracle) violate(format string, args ...any) {
	violation := fmt.Sprintf(format, args...)
	if !slices.Contains(o.violations, violation) {
		o.violations = append(o.violations, violation)
	}
}

// look compares what the provider holds with what it held before: it never goes back
// to an older certificate, and nothing is removed unless that was asked for.
func (o *oracle) look() {
	held := o.scene.sim.held(domain)
	switch {
	case held == o.held:
		return
	case held == "" && !o.withdraws:
		o.violate("O5: %s was removed from the domain", nameOf(o.held))
	case o.held != "" && held != "" && rank(held) < rank(o.held):
		o.violate("O2: the provider went back from %s to %s", nameOf(o.held), nameOf(held))
	}
	o.held = held
}

// told judges a status that was just written: it never says of a certificate that
// the provider holds it if it does not, or if it was just seen not to. What was true
// when the provider could last be read may be said until it can be read again.
func (o *oracle) told(object *domaincertv1alpha1.DomainCertificate) {
	held, status := o.scene.sim.held(domain), object.Status
	claim := claimed{
		deployed: meta.IsStatusConditionTrue(status.Conditions, domaincertv1alpha1.DeployedCondition),
		ready:    meta.IsStatusConditionTrue(status.Conditions, domaincertv1alpha1.ReadyCondition),
		of:       status.DeployedFingerprint,
	}
	if status.Provider != nil {
		claim.seen = status.Provider.Fingerprint
	}
	before := o.claims[object.Name]
	o.claims[object.Name] = claim
	isOurs := held == first.Fingerprint || held == renewed.Fingerprint
	if claim.deployed && held != claim.of && (claim != before || claim.seen != "" && claim.seen != claim.of) {
		o.violate("O4: %s is Deployed with %s, the provider holds %s", object.Name, nameOf(claim.of), nameOf(held))
	}
	if claim.ready && !isOurs && (claim != before || claim.seen == foreign.Fingerprint) {
		ready := meta.FindStatusCondition(status.Conditions, domaincertv1alpha1.ReadyCondition)
		o.violate("O4: %s is Ready (%s: %s), the provider holds %s", object.Name, ready.Reason, ready.Message, nameOf(held))
	}
}

// claimed is what a status says of the provider.
type claimed struct {
	deployed, ready bool
	// of is the certificate that it is said of, seen the one that was last read.
	of, seen string
}

// settled notes that the goal was reached: from then on nothing is set any more.
func (o *oracle) settled() { o.setsWhenSettled, o.points = o.scene.changes(), o.scene.points() }

// conclude judges the whole run, and returns the most Sets of one certificate.
func (o *oracle) conclude() (mostSets int) {
	o.look()
	for certificate, sets := range o.scene.sets() {
		mostSets = max(mostSets, sets)
		if sets > 2 {
			o.violate("O3: %s took %d Sets", certificate, sets)
		}
	}
	if o.setsWhenSettled >= 0 && o.scene.changes() > o.setsWhenSettled {
		o.violate("O3: %d changes after the goal was reached", o.scene.changes()-o.setsWhenSettled)
	}
	if held := o.scene.sim.held(bystander); held != foreign.Fingerprint {
		o.violate("O10: the bystander is served with %s", nameOf(held))
	}
	uploads := map[string]int{}
	for _, kept := range o.scene.sim.Stored(accountID) {
		if kept.Kind == "upload" && !strings.HasPrefix(kept.Name, "console-") {
			uploads[kept.Fingerprint]++
		}
	}
	for fingerprint, n := range uploads {
		if n > 1 {
			o.violate("clutter: %s is stored %d times", nameOf(fingerprint), n)
		}
	}
	return mostSets
}

// changes is how many requests have changed something at the provider.
func (s *scene) changes() int {
	made := 0
	for _, entry := range s.sim.Journal(edgesim.Query{}) {
		if entry.Applied {
			made++
		}
	}
	return made
}

// sets counts, for each certificate, how often it was set on the domain. With CDN Pro
// an upload and a task to deploy it in one environment are counted, each by itself.
func (s *scene) sets() map[string]int {
	made := map[string]int{}
	for _, entry := range s.sim.Journal(edgesim.Query{}) {
		uploads := entry.CDNPro != nil && (entry.Operation == "POST /cdn/certificates" || entry.Operation == "PATCH /cdn/certificates/{id}")
		switch {
		case !entry.Applied:
		case entry.Operation == s.sim.product.set && entry.Fingerprint != "":
			made[nameOf(entry.Fingerprint)]++
		case uploads && entry.Fingerprint != "":
			made["upload of "+nameOf(entry.Fingerprint)]++
		}
	}
	if s.sim.product.simulated == "" {
		for _, task := range s.sim.CDNProTasks(accountID) {
			if task.Kind == edgesim.CDNProDeployment && !task.Submitted.Before(s.fault.since.Truncate(time.Second)) {
				made[fmt.Sprintf("task for %s of %v", task.Target, task.Actions)]++
			}
		}
	}
	return made
}

// known are the certificates of all scenarios, oldest first.
var known = []struct {
	name string
	pair testcerts.Pair
}{{"the foreign one", foreign}, {"the first", first}, {"the renewed one", renewed}}

// rank orders certificates by age.
func rank(fingerprint string) int {
	for i, k := range known {
		if k.pair.Fingerprint == fingerprint {
			return i
		}
	}
	return -1
}

// nameOf is how a report speaks of a certificate.
func nameOf(fingerprint string) string {
	switch at := rank(fingerprint); {
	case fingerprint == "":
		return "nothing"
	case at < 0:
		return fingerprint
	default:
		return known[at].name
	}
}

func keyOf(object client.Object) client.ObjectKey { return client.ObjectKeyFromObject(object) }
