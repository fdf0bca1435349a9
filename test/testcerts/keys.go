package testcerts

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"sync"
)

// KeyKind is an algorithm with its size.
type KeyKind int

// The kinds that edges serve come first; the others are for tests of refusal.
const (
	ECDSAP256 KeyKind = iota
	ECDSAP384
	RSA2048
	RSA3072
	RSA4096
	ECDSAP224
	ECDSAP521
	Ed25519
	RSA1024
)

// NewKey makes a key that nobody else has. RSA keys take a tenth of a second
// (2048 bits) to seconds (4096 bits).
func NewKey(kind KeyKind) crypto.Signer {
	if curve := curveOf(kind); curve != nil {
		return must(ecdsa.GenerateKey(curve, rand.Reader))
	}
	if kind == Ed25519 {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return must(private, err)
	}
	return must(rsa.GenerateKey(rand.Reader, rsaBits(kind)))
}

// One RSA key of each size per process, made when it is first asked for.
var (
	sharedRSA1024 = sync.OnceValue(func() crypto.Signer { return NewKey(RSA1024) })
	sharedRSA2048 = sync.OnceValue(func() crypto.Signer { return NewKey(RSA2048) })
	sharedRSA3072 = sync.OnceValue(func() crypto.Signer { return NewKey(RSA3072) })
	sharedRSA4096 = sync.OnceValue(func() crypto.Signer { return NewKey(RSA4096) })
)

func sharedKey(kind KeyKind) crypto.Signer {
	switch kind {
	case RSA1024:
		return sharedRSA1024()
	case RSA2048:
		return sharedRSA2048()
	case RSA3072:
		return sharedRSA3072()
	case RSA4096:
		return sharedRSA4096()
	default:
		return NewKey(kind)
	}
}

func curveOf(kind KeyKind) elliptic.Curve {
	switch kind {
	case ECDSAP224:
		return elliptic.P224()
	case ECDSAP256:
		return elliptic.P256()
	case ECDSAP384:
		return elliptic.P384()
	case ECDSAP521:
		return elliptic.P521()
	default:
		return nil
	}
}

func rsaBits(kind KeyKind) int {
	switch kind {
	case RSA1024:
		return 1024
	case RSA2048:
		return 2048
	case RSA3072:
		return 3072
	case RSA4096:
		return 4096
	default:
		panic(fmt.Sprintf("testcerts: unknown key kind %d", kind))
	}
}
