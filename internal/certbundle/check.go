package certbundle

import (
	"crypto/x509"
	"net/netip"
	"strings"
	"time"
)

// CheckLeaf is [Bundle.Check] for a certificate whose key is elsewhere.
//
// Only the leaf's validity counts: expired cross-signed issuers are served on
// purpose by some authorities, for clients that never look at them.
func CheckLeaf(leaf *x509.Certificate, domain string, now time.Time) error {
	for _, check := range []func(leaf *x509.Certificate, domain string, now time.Time) error{
		covered,
		alreadyValid,
		notExpired,
	} {
		if err := check(leaf, domain, now); err != nil {
			return err
		}
	}
	return nil
}

func covered(leaf *x509.Certificate, domain string, _ time.Time) error {
	if Covers(leaf, domain) {
		return nil
	}
	if len(leaf.DNSNames) == 0 {
		return refuse(DomainNotCovered, "the certificate has no DNS name (the common name does not count); issue it for %+q", shown(domain))
	}
	return refuse(DomainNotCovered, "no DNS name of the certificate (see status.source.dnsNames) covers %+q; issue it for this name", shown(domain))
}

func alreadyValid(leaf *x509.Certificate, domain string, now time.Time) error {
	if !leaf.NotBefore.After(now) {
		return nil
	}
	return refuse(NotYetValid, "the certificate for %+q is not valid before %s; wait until then, or issue one that is valid now", shown(domain), date(leaf.NotBefore))
}

func notExpired(leaf *x509.Certificate, domain string, now time.Time) error {
	if leaf.NotAfter.After(now) {
		return nil
	}
	return refuse(Expired, "the certificate for %+q expired at %s; renew it", shown(domain), date(leaf.NotAfter))
}

func date(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func shown(domain string) string { return domain[:min(len(domain), maxNameBytes)] }

const (
	// maxNameBytes and maxLabelBytes are the limits of a name in the DNS (RFC 1035 §2.3.4).
	maxNameBytes  = 253
	maxLabelBytes = 63

	wildcardPrefix = "*."
)

// Covers says whether leaf may serve domain, by RFC 6125: only DNS names count,
// never the common name, and a wildcard stands for exactly one whole label, the
// first. A wildcard domain ("*.example.com") is covered by the identical name
// only. Case does not matter; an IP address is never covered.
func Covers(leaf *x509.Certificate, domain string) bool {
	host, wildcard := strings.CutPrefix(domain, wildcardPrefix)
	if !isHostname(host) {
		return false
	}
	_, parent, hasParent := strings.Cut(domain, ".")
	for _, name := range leaf.DNSNames {
		if sameName(name, domain) {
			return true
		}
		suffix, isPattern := strings.CutPrefix(name, wildcardPrefix)
		if isPattern && hasParent && !wildcard && sameName(suffix, parent) {
			return true
		}
	}
	return false
}

// isHostname is as crypto/x509 judges names: letters, digits, hyphens, and the
// underscores that real names have.
func isHostname(name string) bool {
	if len(name) == 0 || len(name) > maxNameBytes {
		return false
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if len(label) == 0 || len(label) > maxLabelBytes || label[0] == '-' {
			return false
		}
		if strings.ContainsFunc(label, notInLabel) {
			return false
		}
	}
	return true
}

func notInLabel(c rune) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		return false
	}
	return true
}

// sameName compares without regard to ASCII case. The lengths must be equal
// because EqualFold also folds the Kelvin sign and the long s into letters.
func sameName(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }
