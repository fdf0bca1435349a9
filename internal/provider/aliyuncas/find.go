package aliyuncas

import (
	"context"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// Find implements [provider.Catalog]. By id it takes one call; by name it takes
// the calls to find the id as well, so that the id is worth keeping.
func (a *Adapter) Find(ctx context.Context, target provider.Target) (provider.Stored, error) {
	if target.Existing == nil || target.Existing.ID == "" && target.Existing.Name == "" {
		return provider.Stored{}, a.refuse(provider.Rejected, "unnamed", "give the id or the name of the certificate in providerCertificate")
	}
	existing := *target.Existing
	var row listed
	calls := 0
	if existing.ID == "" {
		var err error
		row, calls, err = a.findByName(ctx, target.Domain, existing.Name)
		if err != nil {
			return provider.Stored{Calls: calls}, err
		}
		if existing.ID = aliyun.Plain(row.CertificateID); existing.ID == "" {
			return orderOf(existing, row, calls), nil
		}
	}
	detail, _, err := call[detailReply](ctx, a.client, a.detail, map[string]string{
		"CertId": existing.ID,
		// Otherwise the reply has the private key in it.
		"CertFilter": "true",
	})
	calls++
	if err != nil {
		return provider.Stored{Calls: calls}, err
	}
	stored := detail.stored(existing, row.Status)
	if stored.Calls = calls; stored.Fingerprint == "" && stored.Trouble == nil {
		return provider.Stored{Calls: calls}, a.refuse(provider.Unavailable, "incomplete", "the reply has neither the certificate nor its fingerprint; check what answers at the endpoint")
	}
	return stored, nil
}

// findByName finds the one row with exactly this name, or of the instance with
// this id: a valid certificate, an expired one, or else an order that has none
// yet, and that has no name either.
func (a *Adapter) findByName(ctx context.Context, domain, name string) (listed, int, error) {
	keyword := keywordFor(domain)
	found, calls, err := a.search(ctx,
		[][]query{
			{{orderType: certificates, keyword: keyword}},
			{{orderType: certificates}},
			{{orderType: certificates, status: expiredOnes}},
			{{orderType: orders}},
		},
		func(row listed) bool { return string(row.Name) == name || string(row.InstanceID) == name },
		func(found []listed) bool { return len(found) > 0 })
	switch {
	case err != nil:
		return listed{}, calls, err
	case len(found) == 0:
		return listed{}, calls, a.refuse(provider.NotFound, "NotFound", "no certificate in Certificate Management Service has this name; check providerCertificate and the region of the account's certificates")
	case len(found) > 1:
		return listed{}, calls, a.refuse(provider.Rejected, "ambiguous", "several certificates in Certificate Management Service have this name; give its id in providerCertificate")
	}
	return found[0], calls, nil
}

// orderOf is a certificate that was bought and not issued yet.
func orderOf(existing provider.Existing, row listed, calls int) provider.Stored {
	status, trouble := aliyun.Plain(row.Status), troubleOf(row.Status)
	if trouble == nil {
		trouble = &provider.Error{Kind: provider.Conflict, Operation: "ListUserCertificateOrder", Code: code(row.Status),
			Advice: "the order in Certificate Management Service has no certificate yet; the operator looks again by itself"}
	}
	return provider.Stored{Existing: existing, Status: status, Trouble: trouble, Calls: calls}
}

// refuse is an error of our own about what was found.
func (a *Adapter) refuse(kind provider.Kind, code, advice string) *provider.Error {
	return &provider.Error{Kind: kind, Operation: a.list.Action, Code: code, Advice: advice}
}
