package certbundle

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

const (
	pkcs1Label        = "RSA PRIVATE KEY"
	pkcs8Label        = "PRIVATE KEY"
	sec1Label         = "EC PRIVATE KEY"
	ecParametersLabel = "EC PARAMETERS"

	minRSABits = 2048
	maxRSABits = 4096
	// maxRSADER is a little more than an RSA-4096 key takes in PKCS#1 (2352
	// bytes). It keeps factors and exponents of absurd sizes, and lists of extra
	// primes, from the arithmetic that validates a key.
	maxRSADER = 2400
	// maxExponentBits is what crypto/rsa accepts of a public exponent.
	maxExponentBits = 31

	acceptedKeys = "use RSA with 2048 to 4096 bits, ECDSA P-256 or ECDSA P-384"
)

// key is a private key that may be deployed.
type key struct {
	public    interface{ Equal(x crypto.PublicKey) bool }
	algorithm string // "RSA-2048"
	label     string // of the normal form's PEM
	der       []byte // normal form: PKCS#1 or SEC1
}

func (p *parsing) splitKey() error {
	blocks, err := splitBlocks(p.keyPEM, keySource, 2)
	if err != nil {
		return err
	}
	// `openssl ecparam -genkey` writes the curve in a block of its own, in front
	// of a key that names it again.
	if len(blocks) > 1 && blocks[0].label == ecParametersLabel && blocks[1].label == sec1Label {
		blocks = blocks[1:]
	}
	if len(blocks) > 1 {
		return refuse(Malformed, "%s has more than one PEM block; leave only the private key in it", keySource)
	}
	p.keyBlock = blocks[0]
	return checkKeyBlock(p.keyBlock)
}

func checkKeyBlock(b block) error {
	accepted := []string{pkcs1Label, pkcs8Label, sec1Label}
	switch {
	case b.label == certificateLabel:
		return refuse(Malformed, "%s is a certificate; put the private key there and the certificate chain into %s", keySource, certificateSource)
	case b.label == "ENCRYPTED PRIVATE KEY" || b.encrypted():
		return refuse(UnsupportedKey, "%s is encrypted; store it without a passphrase (openssl pkey -in encrypted.key -out tls.key)", keySource)
	case b.headed():
		return refuse(Malformed, "%s has PEM headers; remove all lines with a colon", keySource)
	case !slices.Contains(accepted, b.label) && strings.HasSuffix(b.label, privateKeySuffix):
		return refuse(UnsupportedKey, "%s is of a kind that edges do not serve; %s", keySource, acceptedKeys)
	case !slices.Contains(accepted, b.label):
		return refuse(Malformed, "%s is not a private key; it has to be PKCS#8, PKCS#1 or SEC1 as PEM", keySource)
	}
	return nil
}

func (p *parsing) parseKey() (err error) {
	der, ok := p.keyBlock.decode()
	if !ok {
		return refuse(Malformed, "%s is not valid base64; copy it again as a whole", keySource)
	}
	defer clear(der)
	switch p.keyBlock.label {
	case pkcs1Label:
		p.key, err = parsePKCS1(der)
	case sec1Label:
		p.key, err = parseSEC1(der)
	default:
		p.key, err = parsePKCS8(der)
	}
	return err
}

func parsePKCS8(der []byte) (key, error) {
	var shape struct {
		Version   int
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.RawValue
	}
	rest, err := asn1.Unmarshal(der, &shape)
	if err != nil || len(rest) > 0 || shape.Key.Tag != asn1.TagOctetString {
		return key{}, garbledKey()
	}
	oidRSA := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1} // RFC 8017, rsaEncryption
	oidEC := asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}      // RFC 5480, id-ecPublicKey
	switch {
	case shape.Algorithm.Algorithm.Equal(oidRSA):
		return parsePKCS1(shape.Key.Bytes)
	case !shape.Algorithm.Algorithm.Equal(oidEC):
		return key{}, refuse(UnsupportedKey, "%s is neither RSA nor ECDSA; %s", keySource, acceptedKeys)
	}
	var curve asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(shape.Algorithm.Parameters.FullBytes, &curve); err != nil {
		return key{}, garbledKey()
	}
	if err := acceptCurve(curve); err != nil {
		return key{}, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return key{}, garbledKey()
	}
	return ecdsaKey(parsed)
}

func parseSEC1(der []byte) (key, error) {
	var shape struct {
		Version int
		Scalar  asn1.RawValue
		Curve   asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
	}
	rest, err := asn1.Unmarshal(der, &shape)
	if err != nil || len(rest) > 0 || len(shape.Curve) == 0 {
		return key{}, garbledKey()
	}
	if err := acceptCurve(shape.Curve); err != nil {
		return key{}, err
	}
	parsed, err := x509.ParseECPrivateKey(der)
	if err != nil {
		return key{}, garbledKey()
	}
	return ecdsaKey(parsed)
}

// acceptCurve decides before crypto/x509 parses, because that answers an
// unknown curve and a garbled key with the same untyped error.
func acceptCurve(curve asn1.ObjectIdentifier) error {
	oidP256 := asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7} // RFC 5480, secp256r1
	oidP384 := asn1.ObjectIdentifier{1, 3, 132, 0, 34}          // RFC 5480, secp384r1
	if curve.Equal(oidP256) || curve.Equal(oidP384) {
		return nil
	}
	return refuse(UnsupportedKey, "%s is on a curve that edges do not serve; %s", keySource, acceptedKeys)
}

func ecdsaKey(parsed any) (key, error) {
	private, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return key{}, garbledKey()
	}
	names := map[elliptic.Curve]string{elliptic.P256(): "ECDSA-P256", elliptic.P384(): "ECDSA-P384"}
	name, ok := names[private.Curve]
	if !ok {
		return key{}, garbledKey()
	}
	der, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		return key{}, garbledKey()
	}
	return key{public: &private.PublicKey, algorithm: name, label: sec1Label, der: der}, nil
}

func parsePKCS1(der []byte) (key, error) {
	var shape struct {
		Version int
		N, E    *big.Int
	}
	rest, err := asn1.Unmarshal(der, &shape)
	if err != nil || len(rest) > 0 || shape.N.Sign() <= 0 || shape.E.Sign() <= 0 {
		return key{}, garbledKey()
	}
	bits := shape.N.BitLen()
	switch {
	case bits < minRSABits || bits > maxRSABits:
		return key{}, refuse(UnsupportedKey, "%s is an RSA key of %d bits; %s", keySource, bits, acceptedKeys)
	case shape.E.BitLen() > maxExponentBits:
		return key{}, refuse(UnsupportedKey, "%s is an RSA key with a public exponent of more than %d bits; use 65537", keySource, maxExponentBits)
	case len(der) > maxRSADER:
		return key{}, garbledKey()
	}
	private, err := x509.ParsePKCS1PrivateKey(der)
	if err != nil {
		return key{}, garbledKey()
	}
	if len(private.Primes) != 2 {
		return key{}, refuse(UnsupportedKey, "%s is an RSA key of more than two primes; %s", keySource, acceptedKeys)
	}
	return rsaKey(private), nil
}

func rsaKey(private *rsa.PrivateKey) key {
	return key{
		public:    &private.PublicKey,
		algorithm: fmt.Sprintf("RSA-%d", private.N.BitLen()),
		label:     pkcs1Label,
		der:       x509.MarshalPKCS1PrivateKey(private),
	}
}

func garbledKey() error {
	return refuse(Malformed, "%s is damaged, or is not what its BEGIN line says; check it with openssl pkey -check and copy it again as a whole", keySource)
}
