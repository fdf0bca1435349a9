package edgesim

import (
	"slices"
	"strings"
	"time"
)

// domain is a domain and what became of the certificates set on it.
type domain struct {
	Domain
	account *account
	created time.Time
	changed time.Time
	// deployments are in the order of the calls; the last that is due holds.
	deployments []deployment
	// heldBack is stored but kept from the domain by RestrictionSettedNotEffect.
	heldBack *certificate
}

// deployment is one accepted change of a domain's certificate.
type deployment struct {
	certificate *certificate // nil when HTTPS was switched off
	at          time.Time    // of the call
	describedAt time.Time    // when describe calls begin to show it
	servedAt    time.Time    // when the edge begins to serve it
}

// deploy makes the certificate (nil: HTTPS off) the domain's, each view after its
// own delay. Deployments that nothing can show any more are forgotten.
func (d *domain) deploy(c *certificate, now time.Time, settings Settings) {
	d.deployments = append(d.deployments, deployment{
		certificate: c,
		at:          now,
		describedAt: now.Add(time.Duration(settings.DescribeDelay)),
		servedAt:    now.Add(time.Duration(settings.PropagationDelay)),
	})
	d.changed = now
	d.heldBack = nil
	settled := min(d.describedIndex(now), d.servedIndex(now))
	// One before the oldest that still shows stays, for stale answers.
	if settled > 1 {
		d.deployments = slices.Delete(d.deployments, 0, settled-1)
	}
}

func (d *domain) describedIndex(now time.Time) int {
	return lastIndex(d.deployments, func(x deployment) bool { return !x.describedAt.After(now) })
}

func (d *domain) servedIndex(now time.Time) int {
	return lastIndex(d.deployments, func(x deployment) bool {
		return !x.servedAt.After(now) && (x.certificate == nil || x.certificate.issued)
	})
}

// describedDeployment is what describe calls show now; stale shows the one before.
func (d *domain) describedDeployment(now time.Time, stale bool) deployment {
	i := d.describedIndex(now)
	if stale {
		i--
	}
	return d.deploymentAt(i)
}

// described is the certificate that describe calls show now.
func (d *domain) described(now time.Time, stale bool) *certificate {
	return d.describedDeployment(now, stale).certificate
}

// served is what the edge serves now.
func (d *domain) served(now time.Time) *certificate {
	return d.deploymentAt(d.servedIndex(now)).certificate
}

// stored is what was set last, whether or not anything shows it yet.
func (d *domain) stored() *certificate {
	return d.deploymentAt(len(d.deployments) - 1).certificate
}

// deploymentAt is empty before the first.
func (d *domain) deploymentAt(i int) deployment {
	if i < 0 {
		return deployment{}
	}
	return d.deployments[i]
}

// restricted reports whether the restriction is in force.
func (d *domain) restricted(r Restriction) bool { return slices.Contains(d.Restrictions, r) }

// cname is the name that the customer would point the domain at. The suffix is not
// the real product's: it must resolve nowhere.
func (d *domain) cname() string {
	return strings.TrimPrefix(d.Name, ".") + ".edgesim.invalid"
}

func lastIndex[T any](list []T, match func(T) bool) int {
	for i := len(list) - 1; i >= 0; i-- {
		if match(list[i]) {
			return i
		}
	}
	return -1
}
