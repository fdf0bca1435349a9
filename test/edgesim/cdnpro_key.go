package edgesim

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The page of POST /cdn/certificates says that a private key is encrypted with
// AES-128-CBC, API key and time, and is base64. The exact form is that of two tools
// that are in use, which agree.

// cdnproCipher is the cipher for keys sent with a date: of the HMAC-SHA256 of the date
// the first half is the initialisation vector and the second half the key.
func cdnproCipher(apiKey, date string) (block cipher.Block, iv []byte, err error) {
	mac := hmac.New(sha256.New, []byte(apiKey))
	mac.Write([]byte(date))
	sum := mac.Sum(nil)
	block, err = aes.NewCipher(sum[aes.BlockSize:])
	return block, sum[:aes.BlockSize], err
}

// decryptCDNProKey decrypts newVersion.privateKey. Errors explain, and never repeat what
// was sent.
func decryptCDNProKey(sent, apiKey, date string, window time.Duration) ([]byte, error) {
	if hasPEM(sent) {
		return nil, errors.New("privateKey is plain text; it must be encrypted")
	}
	encrypted, err := base64.StdEncoding.DecodeString(sent)
	if err != nil {
		return nil, errors.New("privateKey is not standard base64")
	}
	if len(encrypted) == 0 || len(encrypted)%aes.BlockSize != 0 {
		return nil, errors.New("privateKey is not whole blocks of AES")
	}
	block, iv, err := cdnproCipher(apiKey, date)
	if err != nil {
		return nil, fmt.Errorf("cipher: %w", err)
	}
	plain := make([]byte, len(encrypted))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, encrypted)
	// One wrong key in 256 leaves what looks like padding; none leaves text.
	text, padded := unpad(plain)
	if !padded || !ascii(string(text)) {
		return nil, errors.New("privateKey " + otherCDNProDate(encrypted[:aes.BlockSize], apiKey, date, window))
	}
	return text, nil
}

// unpad takes off the padding of PKCS#7.
func unpad(plain []byte) (text []byte, padded bool) {
	padding := int(plain[len(plain)-1])
	if padding == 0 || padding > aes.BlockSize {
		return nil, false
	}
	text = plain[:len(plain)-padding]
	return text, bytes.Equal(plain[len(text):], bytes.Repeat([]byte{byte(padding)}, padding))
}

// otherCDNProDate explains a key that cannot be decrypted: the commonest mistake is to
// read the clock twice, and to encrypt for a date other than the one sent.
func otherCDNProDate(first []byte, apiKey, date string, window time.Duration) string {
	const unknown = "was not encrypted with the user's API key and the date sent, or not by AES-128-CBC with PKCS#7 padding, or is not PEM"
	sent, err := time.Parse(http.TimeFormat, date)
	if err != nil {
		return unknown
	}
	plain := make([]byte, aes.BlockSize)
	for off := -window; off <= window; off += time.Second {
		other := sent.Add(off).Format(http.TimeFormat)
		block, iv, err := cdnproCipher(apiKey, other)
		if err != nil {
			return unknown
		}
		cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, first)
		if bytes.HasPrefix(plain, []byte(pemBegin)) {
			return "was encrypted for the date " + other + ", but the date sent is " + date
		}
	}
	return unknown
}

// readCDNProChain reads certificate and chainCert, of which the first may hold the whole
// chain.
func readCDNProChain(certificate, chainCert string) (string, []*x509.Certificate, error) {
	text := strings.TrimRight(certificate, "\r\n") + "\n" + chainCert
	var chain []*x509.Certificate
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		link, err := x509.ParseCertificate(block.Bytes)
		if block.Type != "CERTIFICATE" || err != nil {
			return "", nil, badCDNProCertificate("certificate or chainCert holds something that is no certificate")
		}
		chain = append(chain, link)
	}
	if len(chain) == 0 || !hasPEM(certificate) {
		return "", nil, badCDNProCertificate("certificate is not PEM")
	}
	return text, chain, nil
}

// readCDNProKey reads a decrypted private key; PKCS#1, SEC1 and PKCS#8 are taken.
func readCDNProKey(plain []byte) (crypto.Signer, error) {
	block, rest := pem.Decode(plain)
	if block != nil && block.Type == "EC PARAMETERS" {
		block, _ = pem.Decode(rest)
	}
	if block == nil {
		return nil, badCDNProKey("privateKey decrypts to something that is not PEM")
	}
	key, err := parseKey(block)
	if err != nil {
		return nil, badCDNProKey("privateKey decrypts to PEM that is no private key")
	}
	signer, signs := key.(crypto.Signer)
	if !signs {
		return nil, badCDNProKey("privateKey is of a kind that cannot sign")
	}
	return signer, nil
}

// belongs reports whether the key is that of the certificate.
func belongs(key crypto.Signer, leaf *x509.Certificate) bool {
	public, compares := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	return compares && public.Equal(leaf.PublicKey)
}
