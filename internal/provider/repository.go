package provider

import (
	"cmp"
	"context"
	"crypto/x509"
	"slices"
	"strings"
	"time"
)

// fingerprintDigits of an upload's name say which leaf it is. With a name of 47
// characters they make 63, the most that Certificate Management Service takes.
const fingerprintDigits = 15

// Catalog knows the certificates that live at a provider already, whether or not
// a domain is served with them. Its methods keep the rules of [Provider].
type Catalog interface {
	// Find reads the certificate that target.Existing names by its id or,
	// without one, by its name. None is an error of kind NotFound; two of the
	// same name are one of kind Rejected.
	Find(ctx context.Context, target Target) (Stored, error)
}

// Stored is a certificate that lives at a provider.
type Stored struct {
	// Existing has the id, name and region under which it can be deployed.
	Existing
	// Fingerprint of the leaf, lower hex SHA-256: what Observe shows once it is
	// in effect. Empty if the product does not tell.
	Fingerprint string
	// Leaf has what the product tells of the certificate: names, dates, serial
	// number, issuer. Raw is empty where the body is not to be had without the
	// private key, so that only Fingerprint identifies it.
	Leaf *x509.Certificate
	// Status is the product's own word for its state.
	Status string
	// Trouble is why it cannot be put on a domain now (not issued yet, revoked),
	// nil if it can. Leaf may then be nil.
	Trouble *Error
	// Calls is the number of requests it took.
	Calls int
}

// Repository is where a product keeps what was uploaded, and would keep it for
// ever: every renewal adds an upload, and an account has room for so many. Its
// methods keep the rules of [Provider].
type Repository interface {
	// Uploads lists what was uploaded for this target by Deploy, and nothing
	// else: the name must be one that [UploadName] makes, and the content must
	// be what the name says.
	Uploads(ctx context.Context, target Target) (Uploads, error)
	// Remove deletes one of them. Already gone is success. One that a domain is
	// served with, as far as can be known, is refused with kind Conflict; with
	// RetryAfter that means that it is on its way: ask again.
	Remove(ctx context.Context, target Target, upload Upload) error
}

// Uploads is what a repository has for one target.
type Uploads struct {
	Items []Upload
	// Calls is the number of requests it took, maybe none.
	Calls int
}

// Upload is a certificate that was uploaded for a target.
type Upload struct {
	// ID at the provider; ids grow (inferred), so that a longer or greater one
	// is younger.
	ID string
	// Name is the one that [UploadName] makes.
	Name string
	// Version where the product counts versions of one certificate; zero stands for
	// all of it.
	Version int64
	// Generation of the certificate, where a full one is followed by another: what
	// is of a greater one is younger.
	Generation int
	// NotBefore of its leaf; zero if the product does not tell, and then the ids
	// alone say which upload is younger.
	NotBefore time.Time
	// InUse is true if the product says that something is served with it.
	InUse bool
	// Stays is true if the product does not let it go. It counts as one that is
	// kept.
	Stays bool
}

// Gauge tells how full a provider's repository is, in two ways that need not agree.
// Each takes a permission of its own.
type Gauge interface {
	// Stored counts the certificates that the repository lists.
	Stored(ctx context.Context) (int64, error)
	// Quota is how much the product itself says is used, and of how much. It may
	// count something else than certificates; total is zero if it does not tell.
	Quota(ctx context.Context) (used, total int64, err error)
}

// UploadName is the name under which a leaf is uploaded for a target with this
// name. It tells whose it is and what it is, so that repeating an upload cannot
// make two of it. At most 63 characters (UploadUserCertificate, Name).
func UploadName(name, fingerprint string) string {
	return name + "-" + fingerprint[:min(len(fingerprint), fingerprintDigits)]
}

// IsUpload reports whether an upload's name is one that [UploadName] makes for a
// target with this name and a leaf with this fingerprint.
func IsUpload(uploaded, name, fingerprint string) bool {
	return len(fingerprint) >= fingerprintDigits && strings.EqualFold(uploaded, UploadName(name, fingerprint))
}

// Superseded returns the uploads that may go, oldest first: all but the one in
// effect and the keep youngest of those before it. Whatever is younger than the
// one in effect stays, for it may be about to be deployed; and if the one in
// effect is not among the uploads, nothing goes.
func Superseded(uploads []Upload, current Handle, keep int) []Upload {
	ordered := slices.SortedFunc(slices.Values(uploads), byAge(uploads))
	at := slices.IndexFunc(ordered, func(u Upload) bool {
		return u.ID == current.CertificateID && u.Version == current.Version
	})
	if at < 0 {
		return nil
	}
	var gone []Upload
	for _, upload := range slices.Backward(ordered[:at]) {
		switch {
		case upload.InUse:
		case keep > 0:
			keep--
		case !upload.Stays:
			gone = append(gone, upload)
		}
	}
	slices.Reverse(gone)
	return gone
}

// byAge orders uploads by their age. One without a date would come before all
// others, and go first, however young it is: then nobody's date counts.
func byAge(uploads []Upload) func(a, b Upload) int {
	dated := !slices.ContainsFunc(uploads, func(u Upload) bool { return u.NotBefore.IsZero() })
	return func(a, b Upload) int {
		older := 0
		if dated {
			older = a.NotBefore.Compare(b.NotBefore)
		}
		return cmp.Or(older, cmp.Compare(a.Generation, b.Generation),
			cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Version, b.Version))
	}
}
