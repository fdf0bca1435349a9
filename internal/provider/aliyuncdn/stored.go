package aliyuncdn

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

const (
	// storedRetry is how soon a Deploy that met a stored certificate may be
	// repeated: everything it needs to know is known by then.
	storedRetry = time.Second
	// pageSize of the list is the most that its page allows
	// (DescribeCdnSSLCertificateList, PageSize).
	pageSize = 1000
	// maxPages bounds the list. A repository holds 5000 by default.
	maxPages = 10
	// codeBusy is our own word for a certificate that is being looked for on
	// behalf of another domain.
	codeBusy = "busy"
)

// place is where the repository has a certificate. The zero value is nowhere.
type place struct {
	id, name, region string
}

// located is the end of a search, and the calls that it took.
type located struct {
	place place
	calls int
}

// putStored is a deployment of what the repository has.
func (a *Adapter) putStored(at place) func(context.Context, provider.Target, certbundle.Bundle) (provider.Handle, error) {
	return func(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (provider.Handle, error) {
		handle, err := a.setStored(ctx, target.Domain, at)
		switch {
		case aliyun.IsCode(err, aliyun.CodeCertificateNotFound, aliyun.CodeCertificateStatus, codeIDNotFound, codeNotExisted):
			return provider.Handle{}, a.forget(bundle, *provider.AsError(err))
		case err != nil:
			return provider.Handle{}, err
		}
		handle.Fingerprint = bundle.Fingerprint()
		return handle, nil
	}
}

// forget makes the next attempt upload a bundle that was removed from the
// repository. It names no time: if the repository goes on listing the bundle,
// this is no matter of time.
func (a *Adapter) forget(bundle certbundle.Bundle, gone provider.Error) error {
	a.stored.Forget(bundle.Fingerprint())
	gone.Kind = provider.Conflict
	gone.Advice = "the provider has removed the certificate from its repository, and the next attempt uploads it again"
	return &gone
}

// setStored makes the Set that names a certificate in the repository.
func (a *Adapter) setStored(ctx context.Context, domain string, at place) (provider.Handle, error) {
	parameters := map[string]string{
		"DomainName":  aliyun.WireDomain(domain),
		"CertType":    "cas",
		"CertId":      at.id,
		"SSLProtocol": "on",
	}
	if at.name != "" {
		parameters["CertName"] = at.name
	}
	if at.region != "" {
		parameters["CertRegion"] = at.region
	}
	response, err := a.client.Call(ctx, a.calls.setStored, parameters)
	if err != nil {
		return provider.Handle{}, err
	}
	return provider.Handle{CertificateID: at.id, CertificateName: at.name, RequestID: response.RequestID, Calls: 1}, nil
}

// resolveDuplicate learns where the repository has a certificate that it refused
// to take twice.
func (a *Adapter) resolveDuplicate(ctx context.Context, target provider.Target, bundle certbundle.Bundle, refusal provider.Error) (provider.Handle, error) {
	found, err := a.locate(ctx, target, bundle)
	switch {
	case err != nil:
		return provider.Handle{}, err
	case found.place == place{}:
		refusal.Kind = provider.Rejected
		refusal.Advice = "the provider says that it has this certificate already, but lists none like it; remove it in the console"
		return provider.Handle{}, &refusal
	case found.place.name == provider.UploadName(target.Name, bundle.Fingerprint()):
		// This repeats what was done before, which is a success if it took effect.
		observation, _, err := a.observeDomain(ctx, target.Domain)
		if err != nil {
			return provider.Handle{}, err
		}
		if observation.Fingerprint == bundle.Fingerprint() && observation.HTTPS != provider.HTTPSOff {
			return provider.Handle{
				CertificateID: found.place.id, CertificateName: found.place.name,
				Fingerprint: bundle.Fingerprint(), RequestID: refusal.RequestID, Calls: found.calls + 2,
			}, nil
		}
	}
	refusal.RetryAfter = max(refusal.RetryAfter, storedRetry)
	return provider.Handle{}, &refusal
}

// locate finds out where the repository has the bundle: from memory, or from the
// list. Only one domain looks for a certificate at a time, and the others get an
// error of kind Conflict: no budget counts these calls.
func (a *Adapter) locate(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (located, error) {
	end, alone := a.stored.Seek(bundle.Fingerprint())
	if !alone {
		return located{}, &provider.Error{
			Kind: provider.Conflict, Operation: a.calls.list.Action, Code: codeBusy, RetryAfter: storedRetry,
			Advice: "the certificate is being looked for on behalf of another domain; the next attempt uses what is found",
		}
	}
	defer end()
	if at, known := a.stored.Of(bundle.Fingerprint()); known {
		return located{place: at}, nil
	}
	found, err := a.search(ctx, bundle, provider.UploadName(target.Name, bundle.Fingerprint()))
	if err == nil && found.place != (place{}) {
		a.stored.Remember(bundle.Fingerprint(), found.place)
	}
	return found, err
}

// search reads the list, page by page, until the bundle is on it, preferably under
// its own name. The list's own fingerprint is good enough here: whatever is then
// put on the domain, Observe judges it by its body.
func (a *Adapter) search(ctx context.Context, bundle certbundle.Bundle, own string) (found located, err error) {
	for number := 1; number <= maxPages; number++ {
		found.calls++
		page, err := a.readList(ctx, number)
		if err != nil {
			return found, err
		}
		for _, listed := range page {
			at, named := placeOf(listed), strings.EqualFold(string(listed.CertName), own)
			known := aliyun.IsFingerprint(listed.Fingerprint, bundle.Leaf()) || named && listed.Fingerprint == ""
			if known && at != (place{}) && (named || found.place == place{}) {
				found.place = at
			}
		}
		if found.place != (place{}) || len(page) < pageSize {
			break
		}
	}
	return found, nil
}

// readList reads one page of the list, counted from 1.
func (a *Adapter) readList(ctx context.Context, number int) ([]aliyun.ListedCertificate, error) {
	reply, err := aliyun.Read[aliyun.CertificateList](ctx, a.client, a.calls.list, map[string]string{
		"PageNumber": strconv.Itoa(number),
		"PageSize":   strconv.Itoa(pageSize),
	})
	return reply.Certificates(), err
}

// placeOf is nowhere if what is listed cannot be named in a Set.
func placeOf(listed aliyun.ListedCertificate) place {
	id := aliyun.Plain(listed.CertID)
	if !isNumber(id) {
		return place{}
	}
	return place{id: id, name: aliyun.Plain(listed.CertName), region: aliyun.Plain(listed.CertRegion)}
}

// isNumber reports whether a text can be a CertId, which is a positive integer.
func isNumber(id string) bool {
	number, err := strconv.ParseInt(id, 10, 64)
	return err == nil && number > 0
}
