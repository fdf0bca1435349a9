package testcerts

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
)

// PKCS8 is the key as a PRIVATE KEY block, what cert-manager writes on request
// and openssl by default.
func PKCS8(key crypto.Signer) []byte {
	return block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key)))
}

// PKCS1 is an RSA key as an RSA PRIVATE KEY block. It panics for other kinds.
func PKCS1(key crypto.Signer) []byte {
	return block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(as[*rsa.PrivateKey](key)))
}

// SEC1 is an ECDSA key as an EC PRIVATE KEY block. It panics for other kinds.
func SEC1(key crypto.Signer) []byte {
	return block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(as[*ecdsa.PrivateKey](key))))
}

// SEC1WithParameters is SEC1 after an EC PARAMETERS block with a P-256 curve,
// as `openssl ecparam -genkey` writes it.
func SEC1WithParameters(key crypto.Signer) []byte {
	oidP256 := asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}
	return append(block("EC PARAMETERS", must(asn1.Marshal(oidP256))), SEC1(key)...)
}

// LegacyEncrypted is an RSA key in the form that openssl wrote before PKCS#8:
// PKCS#1 with a Proc-Type header.
func LegacyEncrypted(key crypto.Signer, password string) []byte {
	der := x509.MarshalPKCS1PrivateKey(as[*rsa.PrivateKey](key))
	//nolint:staticcheck // the deprecated form is exactly what is to be refused
	encrypted := must(x509.EncryptPEMBlock(rand.Reader, "RSA PRIVATE KEY", der, []byte(password), x509.PEMCipherAES256))
	return pem.EncodeToMemory(encrypted)
}

// EncryptedPKCS8 is the key as an ENCRYPTED PRIVATE KEY block: PBES2 with
// PBKDF2-HMAC-SHA256 and AES-256-CBC (RFC 8018), which openssl can read.
func EncryptedPKCS8(key crypto.Signer, password string) []byte {
	const iterations, keyBytes = 2048, 32
	salt, iv := randomBytes(16), randomBytes(aes.BlockSize)
	plain := must(x509.MarshalPKCS8PrivateKey(key))
	padding := aes.BlockSize - len(plain)%aes.BlockSize
	for range padding {
		plain = append(plain, byte(padding))
	}
	derived := must(pbkdf2.Key(sha256.New, password, salt, iterations, keyBytes))
	cipher.NewCBCEncrypter(must(aes.NewCipher(derived)), iv).CryptBlocks(plain, plain)

	type pbkdf2Parameters struct {
		Salt       []byte
		Iterations int
		Function   pkix.AlgorithmIdentifier
	}
	type pbes2Parameters struct {
		Derivation, Encryption pkix.AlgorithmIdentifier
	}
	hmacSHA256 := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}, Parameters: asn1.NullRawValue}
	return block("ENCRYPTED PRIVATE KEY", must(asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}{
		Algorithm: algorithm(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, pbes2Parameters{
			Derivation: algorithm(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}, pbkdf2Parameters{salt, iterations, hmacSHA256}),
			Encryption: algorithm(asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, iv),
		}),
		Data: plain,
	})))
}

func algorithm(oid asn1.ObjectIdentifier, parameters any) pkix.AlgorithmIdentifier {
	return pkix.AlgorithmIdentifier{Algorithm: oid, Parameters: asn1.RawValue{FullBytes: must(asn1.Marshal(parameters))}}
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	must(rand.Read(b))
	return b
}

func block(label string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})
}

func as[K crypto.Signer](key crypto.Signer) K {
	k, ok := key.(K)
	if !ok {
		panic(fmt.Sprintf("testcerts: %T has no such encoding", key))
	}
	return k
}
