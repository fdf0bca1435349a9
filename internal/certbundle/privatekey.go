package certbundle

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is all that any formatter, encoder or logger gets to see of a key.
const redacted = "REDACTED"

// PrivateKey is a private key as PEM that does not print itself: only Bytes
// reveals it.
type PrivateKey struct {
	// reveal is a closure because formatters that use reflection (fmt on
	// unexported fields, test failure printers) walk into slices and pointers,
	// but not into a function.
	reveal func() []byte
}

func newPrivateKey(pem []byte) PrivateKey {
	return PrivateKey{reveal: func() []byte { return pem }}
}

// Bytes reveals the PEM. It is the key's own memory, not a copy, which would
// outlive Clear; do not modify or keep it, and never turn it into a string.
func (k PrivateKey) Bytes() []byte {
	if k.reveal == nil {
		return nil
	}
	return k.reveal()
}

// Clear overwrites the PEM with zeros, for every copy of this PrivateKey.
// It is best effort: what crypto/x509 held while parsing is left to the
// garbage collector.
func (k PrivateKey) Clear() { clear(k.Bytes()) }

// String implements fmt.Stringer without revealing the key.
func (k PrivateKey) String() string { return redacted }

// GoString implements fmt.GoStringer without revealing the key.
func (k PrivateKey) GoString() string { return redacted }

// Format implements fmt.Formatter: every verb prints the same word.
func (k PrivateKey) Format(s fmt.State, _ rune) {
	if _, err := io.WriteString(s, redacted); err != nil {
		return // whoever called fmt is told of it there
	}
}

// MarshalJSON implements json.Marshaler without revealing the key.
func (k PrivateKey) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText implements encoding.TextMarshaler without revealing the key.
func (k PrivateKey) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue implements slog.LogValuer without revealing the key.
func (k PrivateKey) LogValue() slog.Value { return slog.StringValue(redacted) }
