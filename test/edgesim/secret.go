package edgesim

import "log/slog"

// withheld stands wherever a secret would have been printed.
const withheld = "[withheld]"

// Secret is text that does not print itself: formatting, logging and JSON show a
// placeholder. It is read from JSON as an ordinary string.
type Secret string

// String hides the text from %s and %v.
func (Secret) String() string { return withheld }

// GoString hides the text from %#v.
func (Secret) GoString() string { return withheld }

// MarshalText hides the text from JSON, so that listing accounts is safe.
func (Secret) MarshalText() ([]byte, error) { return []byte(withheld), nil }

// LogValue hides the text from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(withheld) }
