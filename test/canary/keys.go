package canary

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
)

// encodings are the forms of a private key, by the label of their PEM block.
func encodings(key crypto.Signer) map[string][]byte {
	forms := map[string][]byte{"PRIVATE KEY": must(x509.MarshalPKCS8PrivateKey(key))}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		forms["RSA PRIVATE KEY"] = x509.MarshalPKCS1PrivateKey(k)
	case *ecdsa.PrivateKey:
		forms["EC PRIVATE KEY"] = must(x509.MarshalECPrivateKey(k))
	}
	return forms
}

// privateNumbers are what is secret in a private key; all the rest of it follows
// from the public key.
func privateNumbers(key crypto.Signer) [][]byte {
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		return [][]byte{must(k.Bytes())}
	case *rsa.PrivateKey:
		numbers := [][]byte{k.D.Bytes(), k.Precomputed.Dp.Bytes(), k.Precomputed.Dq.Bytes(), k.Precomputed.Qinv.Bytes()}
		for _, prime := range k.Primes {
			numbers = append(numbers, prime.Bytes())
		}
		return numbers
	default:
		panic(fmt.Sprintf("canary: %T is neither RSA nor ECDSA", key))
	}
}

// veil is an encoded key with other private numbers. What it shares with the
// key is public.
func veil(der []byte, numbers [][]byte) []byte {
	for _, number := range numbers {
		other := bytes.Clone(number)
		for i := range other {
			other[i] = ^other[i]
		}
		der = bytes.Replace(der, number, other, 1)
	}
	return der
}

// difference is what remains of a, without what begins and ends b as well. Both
// have the same length.
func difference(a, b []byte) []byte {
	first, last := 0, len(a)
	for first < last && a[first] == b[first] {
		first++
	}
	for first < last && a[last-1] == b[last-1] {
		last--
	}
	return a[first:last]
}

// pemBody is a PEM block without the lines that begin and end it.
func pemBody(label string, der []byte) []byte {
	text := string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
	_, text, _ = strings.Cut(text, "\n")
	text, _, _ = strings.Cut(text, "-----END")
	return []byte(text)
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
