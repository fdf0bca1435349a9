package aliyuncas

import (
	"context"
	"slices"
	"strings"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// Uploads implements [provider.Repository]. A row is ours if its name is the one
// that an upload for this target has, made of the row's own Sha2: what somebody
// else stored under such a name, or without Sha2, is not.
func (a *Adapter) Uploads(ctx context.Context, target provider.Target) (provider.Uploads, error) {
	rows, calls, err := a.searchUploads(ctx, target, target.Wanted)
	uploads := provider.Uploads{Calls: calls}
	if err != nil {
		return uploads, err
	}
	for _, row := range rows {
		// Only the day is told; ids order those of one day.
		since, _ := aliyun.ParseTime(string(row.StartDate))
		uploads.Items = append(uploads.Items, provider.Upload{
			ID:        aliyun.Plain(row.CertificateID),
			Name:      aliyun.Plain(row.Name),
			NotBefore: since,
		})
	}
	return uploads, nil
}

// searchUploads lists the target's uploads. Those with the target's very domain are
// enough if the one that must be among them is, although one from a time when the
// certificate had other names may stay; then those with a domain like it.
// If it is not there either, the search by domain did not find all, unless the
// target is known to be served with something else: a thousand domains that share a
// certificate would each read the whole repository for what is not there.
func (a *Adapter) searchUploads(ctx context.Context, target provider.Target, known string) ([]listed, int, error) {
	keywords := []string{strings.TrimPrefix(target.Domain, "*."), keywordFor(target.Domain)}
	served := target.Known
	if served.CertificateName == "" || served.Fingerprint == "" || provider.IsUpload(served.CertificateName, target.Name, served.Fingerprint) {
		keywords = append(keywords, "")
	}
	var stages [][]query
	for _, keyword := range slices.Compact(keywords) {
		stages = append(stages, []query{
			{orderType: uploads, keyword: keyword}, {orderType: uploads, keyword: keyword, status: expiredOnes},
		})
	}
	return a.search(ctx, stages,
		func(row listed) bool {
			return row.CertificateID != "" && provider.IsUpload(string(row.Name), target.Name, fingerprint(row.Sha2))
		},
		func(found []listed) bool {
			return slices.ContainsFunc(found, func(row listed) bool { return known == "" || fingerprint(row.Sha2) == known })
		})
}

// Remove implements [provider.Repository]. The product is asked first whether it
// serves a domain with the certificate; if it does not know, the upload stays.
// Where it cannot be asked, what protects a certificate in use is that only uploads
// of this target are removed, and the service's own refusal, which one page
// promises and another denies. Whatever the ids say, the very certificate that the
// target wants, or is known to be served with, stays. It takes one call beside those
// of Users.
func (a *Adapter) Remove(ctx context.Context, target provider.Target, upload provider.Upload) error {
	digits := strings.TrimPrefix(upload.Name, target.Name+"-")
	if upload.ID == "" || !provider.IsUpload(upload.Name, target.Name, digits) {
		return &provider.Error{Kind: provider.Rejected, Operation: a.remove.Action, Code: "foreign",
			Advice: "remove the certificate in the console if it is not needed: it was not uploaded for this object"}
	}
	for _, current := range []string{target.Wanted, target.Known.Fingerprint} {
		if provider.IsUpload(upload.Name, target.Name, current) {
			return a.used(target.Domain)
		}
	}
	if a.users != nil {
		domains, _, err := a.users(ctx, upload)
		if err != nil {
			return err
		}
		if len(domains) > 0 {
			return a.used(slices.Min(domains))
		}
	}
	_, err := a.client.Call(ctx, a.remove, map[string]string{"CertId": upload.ID})
	if provider.IsKind(err, provider.NotFound) {
		return nil
	}
	return err
}

// used is the refusal to remove what a domain is served with.
func (a *Adapter) used(domain string) *provider.Error {
	return &provider.Error{Kind: provider.Conflict, Operation: a.remove.Action, Code: "used",
		Advice: "the certificate stays until no domain is served with it; now " + aliyun.Plain(aliyun.Text(domain)) + " is"}
}

// Upload stores the bundle under the name that an upload of it for this target
// has, and returns the handle of the stored certificate. It is safe to repeat: if
// the name is taken, the certificate is looked up by its content.
func (a *Adapter) Upload(ctx context.Context, target provider.Target, bundle certbundle.Bundle) (provider.Handle, error) {
	handle := provider.Handle{
		CertificateName: provider.UploadName(target.Name, bundle.Fingerprint()),
		Fingerprint:     bundle.Fingerprint(),
		Calls:           1,
	}
	reply, requestID, err := call[uploadReply](ctx, a.client, a.upload, map[string]string{
		"Name": handle.CertificateName,
		"Cert": string(bundle.CertificatePEM()),
		// The SDK takes strings, and those cannot be cleared: this copy lives
		// until it is collected. The key's own memory is its owner's to clear.
		"Key": string(bundle.PrivateKey().Bytes()),
	})
	if aliyun.IsCode(err, codeNameTaken) {
		return a.findUpload(ctx, target, handle, provider.AsError(err))
	}
	if err != nil {
		return provider.Handle{}, err
	}
	handle.RequestID, handle.CertificateID = requestID, aliyun.Plain(reply.CertID)
	if handle.CertificateID == "" {
		return provider.Handle{}, &provider.Error{Kind: provider.Unavailable, Operation: a.upload.Action, Code: "incomplete", RequestID: requestID,
			Advice: "the reply names no certificate; check what answers at the endpoint"}
	}
	return handle, nil
}

// uploadReply is the reply of UploadUserCertificate.
type uploadReply struct {
	CertID aliyun.Text `json:"CertId"`
}

// findUpload completes the handle of an upload that was made before.
func (a *Adapter) findUpload(ctx context.Context, target provider.Target, handle provider.Handle, refusal *provider.Error) (provider.Handle, error) {
	rows, calls, err := a.searchUploads(ctx, target, handle.Fingerprint)
	if err != nil {
		return provider.Handle{}, err
	}
	for _, row := range rows {
		if fingerprint(row.Sha2) == handle.Fingerprint {
			handle.CertificateID, handle.RequestID = aliyun.Plain(row.CertificateID), refusal.RequestID
			handle.Calls += calls
			return handle, nil
		}
	}
	taken := *refusal
	taken.Kind = provider.Rejected
	taken.Advice = "remove the certificate " + handle.CertificateName + " in the console of Certificate Management Service: it has this certificate's name and another content"
	return provider.Handle{}, &taken
}
