package cdnpro

import (
	"context"

	"github.com/domaincert/domaincert/internal/provider"
)

// inUse reports whether a version is in effect anywhere.
func (c *certificate) inUse(of number) bool {
	return of != 0 && (of == c.VersionInProduction || of == c.VersionInStaging)
}

// Uploads implements [provider.Repository] with the versions that Deploy has made
// of the certificate that the target has. All but the latest count as in use: the
// product would refuse to delete them (query certificate version details,
// deletable), and nobody should have to find that out again and again.
func (a *Adapter) Uploads(ctx context.Context, target provider.Target) (provider.Uploads, error) {
	s := a.session()
	want := target.Wanted
	if want == "" {
		want = target.Known.Fingerprint
	}
	found, err := a.survey(ctx, s, target, leaf{fingerprint: want})
	if err != nil {
		return provider.Uploads{}, err
	}
	uploads := provider.Uploads{Calls: s.calls}
	if found.certificate == nil {
		return uploads, nil
	}
	held, latest := found.certificate, found.certificate.latest()
	for i := range held.Versions {
		v := &held.Versions[i]
		if held.fingerprint(v) == "" {
			continue
		}
		uploads.Items = append(uploads.Items, provider.Upload{
			ID:      string(held.ID),
			Name:    plain(held.Name, maxText),
			Version: int64(v.Number),
			InUse:   held.inUse(v.Number) || v != latest,
		})
	}
	return uploads, nil
}

// Remove implements [provider.Repository] for the one version that the product
// lets go: the latest, if it was never deployed. Others are refused with kind
// Conflict.
func (a *Adapter) Remove(ctx context.Context, _ provider.Target, upload provider.Upload) error {
	id := identifier(upload.ID)
	if id == "" || upload.Version < 1 {
		return nil
	}
	s := a.session()
	details, err := s.details(ctx, id, number(upload.Version))
	if isGone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if !details.Deletable {
		return &provider.Error{Kind: provider.Conflict, Host: a.client.endpoint.host, Code: "not-deletable",
			Advice: "the provider keeps every version that was ever deployed, and all but the latest"}
	}
	if err := s.remove(ctx, id, number(upload.Version)); !isGone(err) {
		return err
	}
	return nil
}

// isGone reports whether the product does not know a certificate or its version.
func isGone(err error) bool {
	return isCode(err, codeInvalidVersion) || isCode(err, codeInvalidCertificate)
}
