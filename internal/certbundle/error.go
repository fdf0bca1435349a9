package certbundle

import "fmt"

// Reason is why a bundle cannot be deployed. Its values are the reasons of the
// CertificateValid condition.
type Reason string

const (
	// Malformed: the Secret's data is missing, or is not the PEM that it has to be.
	Malformed Reason = "Malformed"
	// KeyMismatch: no certificate belongs to the private key.
	KeyMismatch Reason = "KeyMismatch"
	// DomainNotCovered: the leaf's DNS names do not include the domain.
	DomainNotCovered Reason = "DomainNotCovered"
	// Expired: the leaf's notAfter has passed.
	Expired Reason = "Expired"
	// NotYetValid: the leaf's notBefore has not come.
	NotYetValid Reason = "NotYetValid"
	// UnsupportedKey: a key that is encrypted, or of a kind or size that the
	// edges do not serve.
	UnsupportedKey Reason = "UnsupportedKey"
	// TooLarge: more bytes or certificates than any real bundle has.
	TooLarge Reason = "TooLarge"
)

// maxMessageBytes bounds Error.Message, so that it fits a condition.
const maxMessageBytes = 512

// Error is the one type of error that this package returns.
type Error struct {
	// Reason is what a program decides on.
	Reason Reason
	// Message tells a human what is wrong and what to do: ASCII, at most 512
	// bytes, the same for the same input, without key material and without
	// bytes of the input other than dates and sizes.
	Message string
}

// Error implements error.
func (e *Error) Error() string { return string(e.Reason) + ": " + e.Message }

func refuse(reason Reason, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	return &Error{Reason: reason, Message: message[:min(len(message), maxMessageBytes)]}
}
