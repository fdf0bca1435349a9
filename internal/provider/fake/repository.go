package fake

import (
	"context"
	"fmt"
	"slices"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
)

// Store adds a certificate that lives at the provider already, or replaces the
// one with the same id. A free one needs neither id nor name.
func (p *Provider) Store(stored provider.Stored) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stored = slices.DeleteFunc(p.stored, func(s provider.Stored) bool { return s.Type == stored.Type && s.ID == stored.ID })
	p.stored = append(p.stored, stored)
}

// Find implements [provider.Catalog] with what was given to Store.
func (p *Provider) Find(ctx context.Context, target provider.Target) (provider.Stored, error) {
	var found provider.Stored
	err := p.reply(ctx, Call{Method: Find, Target: target}, func() (err error) {
		if target.Existing == nil {
			return unknown(Find)
		}
		found, err = p.find(*target.Existing)
		return err
	})
	found.Calls = 1
	return found, err
}

// find is the one that is named.
func (p *Provider) find(existing provider.Existing) (provider.Stored, error) {
	var found []provider.Stored
	for _, stored := range p.stored {
		isNamed := existing.ID == "" && stored.Name == existing.Name
		if stored.Type == existing.Type && (isNamed || existing.ID != "" && stored.ID == existing.ID) {
			found = append(found, stored)
		}
	}
	switch len(found) {
	case 0:
		return provider.Stored{}, unknown(Find)
	case 1:
		return found[0], nil
	default:
		return provider.Stored{}, &provider.Error{Kind: provider.Rejected, Operation: string(Find), Code: "Ambiguous", Advice: "give its id"}
	}
}

// existing is what a domain holds with a stored certificate on it. A free one is
// issued by the provider itself, without anybody's having stored it.
func (p *Provider) existing(existing provider.Existing) (provider.Observation, error) {
	stored, err := p.find(existing)
	switch {
	case err != nil && existing.Type == provider.ExistingFree:
		stored.Existing = existing
	case err != nil:
		return provider.Observation{}, err
	case stored.Trouble != nil:
		return provider.Observation{}, stored.Trouble
	}
	held := provider.Observation{
		Found:             true,
		Fingerprint:       stored.Fingerprint,
		HTTPS:             provider.HTTPSOn,
		CertificateID:     stored.ID,
		CertificateName:   stored.Name,
		CertificateType:   string(stored.Type),
		CertificateRegion: stored.Region,
	}
	if stored.Leaf != nil {
		held.NotBefore, held.NotAfter = stored.Leaf.NotBefore, stored.Leaf.NotAfter
	}
	return held, nil
}

// upload keeps the bundle for a target of this name, once, and returns its id.
func (p *Provider) upload(name string, bundle certbundle.Bundle) string {
	uploaded := provider.UploadName(name, bundle.Fingerprint())
	for _, kept := range p.uploads[name] {
		if kept.Name == uploaded {
			return kept.ID
		}
	}
	p.serial++
	kept := provider.Upload{ID: fmt.Sprint(p.serial), Name: uploaded, NotBefore: bundle.Leaf().NotBefore}
	p.uploads[name] = append(p.uploads[name], kept)
	return kept.ID
}

// Uploads implements [provider.Repository] with what Deploy has left.
func (p *Provider) Uploads(ctx context.Context, target provider.Target) (provider.Uploads, error) {
	uploads := provider.Uploads{Calls: 1}
	err := p.reply(ctx, Call{Method: Uploads, Target: target}, func() error {
		uploads.Items = slices.Clone(p.uploads[target.Name])
		return nil
	})
	return uploads, err
}

// Remove implements [provider.Repository].
func (p *Provider) Remove(ctx context.Context, target provider.Target, upload provider.Upload) error {
	return p.reply(ctx, Call{Method: Remove, Target: target, Upload: upload}, func() error {
		for _, known := range p.domains {
			if known.held.CertificateID == upload.ID {
				return &provider.Error{Kind: provider.Conflict, Operation: string(Remove), Code: "InUse", Advice: "a domain is served with it"}
			}
		}
		p.uploads[target.Name] = slices.DeleteFunc(p.uploads[target.Name], func(u provider.Upload) bool { return u.ID == upload.ID })
		return nil
	})
}

// MakeRoom sets how many uploads there may be, as Quota tells it; it stops none.
func (p *Provider) MakeRoom(total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.script.room = total
}

// Stored implements [provider.Gauge].
func (p *Provider) Stored(context.Context) (stored int64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, uploads := range p.uploads {
		stored += int64(len(uploads))
	}
	return stored, nil
}

// Quota implements [provider.Gauge].
func (p *Provider) Quota(ctx context.Context) (used, total int64, err error) {
	used, err = p.Stored(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	return used, p.script.room, err
}

func unknown(method Method) error {
	return &provider.Error{Kind: provider.NotFound, Operation: string(method), Code: "UnknownCertificate", Advice: "check id and name of the certificate"}
}
