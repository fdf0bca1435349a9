package cdnpro

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/domaincert/domaincert/internal/provider/lenient"
)

const (
	// maxText bounds a text of the provider's that ends up in a status, in bytes.
	maxText = 256
	// maxDetails bounds what a task says of its failure, which becomes part of a
	// message, in bytes.
	maxDetails = 160
)

// text is a JSON string, or a number as it is written.
type text = lenient.Text

// number is a version: a JSON number, which programs in the field send and get, or
// text, which the official SDK sends and expects. Anything else is 0.
type number int64

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(data []byte) error {
	var written text
	if err := written.UnmarshalJSON(data); err != nil {
		return err
	}
	value, err := strconv.ParseInt(strings.TrimSpace(string(written)), 10, 64)
	if err != nil || value < 0 {
		value = 0
	}
	*n = number(value)
	return nil
}

// flag is true or false in JSON, or as text. Anything else is false.
type flag bool

// UnmarshalJSON implements json.Unmarshaler.
func (f *flag) UnmarshalJSON(data []byte) error {
	*f = flag(strings.EqualFold(strings.Trim(string(data), `"`), "true"))
	return nil
}

// list is an array in JSON, or a single element without one.
type list[T any] = lenient.List[T]

// placed is the property that a hostname has in an environment.
type placed struct {
	PropertyID    text   `json:"propertyId"`
	Version       number `json:"version"`
	CertificateID text   `json:"certificateId"`
}

// UnmarshalJSON implements json.Unmarshaler: it is an object in practice, and a
// string for the official SDK, which says that there may be 'null' in it.
func (p *placed) UnmarshalJSON(data []byte) error {
	type plainly placed
	*p = placed{}
	var inner string
	if json.Unmarshal(data, &inner) == nil {
		data = []byte(inner)
	}
	if !isObject(data) {
		return nil
	}
	return json.Unmarshal(data, (*plainly)(p))
}

// isObject reports whether data is an object in JSON.
func isObject(data []byte) bool {
	data = bytes.TrimSpace(data)
	return len(data) > 0 && data[0] == '{' && json.Valid(data)
}

// parseTime is a time in RFC 3339, zero if it is not one.
func parseTime(written text) time.Time {
	parsed, err := time.Parse(time.RFC3339, string(written))
	if err != nil {
		return time.Time{}
	}
	return parsed.UTC()
}

// identifier returns written if it can be a code or an id, else "". What a server
// sends goes into events, logs and paths only in this form, so that it can smuggle
// neither lines nor the echo of a request into them.
func identifier(written string) string {
	written = strings.TrimSpace(written)
	if len(written) > 64 || strings.Trim(written, ".") == "" {
		return ""
	}
	for _, c := range []byte(written) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '.' && c != '-' && c != '_' {
			return ""
		}
	}
	return written
}

// plain is a text of the provider's as it may appear in a status: one line, of
// printable characters, not longer than limit.
func plain(written text, limit int) string {
	clean := strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, string(written))
	if len(clean) > limit {
		clean = strings.ToValidUTF8(clean[:limit], "")
	}
	return strings.TrimSpace(clean)
}

// printable reports whether a setting can be part of a header.
func printable(setting string) bool {
	for _, r := range setting {
		if r > unicode.MaxASCII || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
