package canary

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
)

// form is a secret in one encoding.
type form struct {
	name string
	text string // normal
}

// encode returns the forms of some bytes. Their lengths depend on the number of
// bytes alone. Base64 depends on how many bytes come before, modulo three.
func encode(secret []byte) []form {
	forms := []form{
		{"it is", normal(string(secret))},
		{"hex", hex.EncodeToString(secret)},
		{"hex", strings.ToUpper(hex.EncodeToString(secret))},
	}
	for before := range 3 {
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), secret...))
		// The first and last character may hold bits of the neighbours.
		first, last := (before*8+5)/6, 0
		if (before+len(secret))%3 != 0 {
			last = 1
		}
		forms = append(forms, form{"base64", normal(text[first : len(text)-last])})
	}
	return forms
}

// decimal is how Go and JSON print bytes, without what stands between them.
func decimal(secret []byte) []form {
	return []form{{"decimal bytes", squeeze(strings.Trim(fmt.Sprintf("%d", secret), "[]"))}}
}

// views are the forms of a text that are searched: as it is, without what breaks
// lines and separates bytes, and both again with percent-encoding undone.
func views(text string) []string {
	views := []string{normal(text), squeeze(normal(text))}
	if decoded := percentDecoded(text); decoded != text {
		views = append(views, normal(decoded), squeeze(normal(decoded)))
	}
	return views
}

// normal makes one alphabet of the two that base64 has.
func normal(text string) string {
	return strings.NewReplacer("-", "+", "_", "/").Replace(text)
}

// squeeze removes whitespace, escaped line breaks, and what stands between the
// bytes of a dump.
func squeeze(text string) string {
	return strings.NewReplacer(`\n`, "", `\r`, "", "\n", "", "\r", "", "\t", "", " ", "", ":", "", ",", "").Replace(text)
}

// percentDecoded undoes percent-encoding where it is one, twice, for what was
// encoded as part of something that was encoded.
func percentDecoded(text string) string {
	for range 2 {
		var decoded strings.Builder
		for i := 0; i < len(text); i++ {
			if end := i + len("%00"); text[i] == '%' && end <= len(text) {
				if character, err := url.PathUnescape(text[i:end]); err == nil {
					decoded.WriteString(character)
					i = end - 1
					continue
				}
			}
			decoded.WriteByte(text[i])
		}
		text = decoded.String()
	}
	return text
}
