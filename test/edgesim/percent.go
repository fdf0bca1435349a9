package edgesim

import "strings"

// percentEncode encodes as RFC 3986 does: letters, digits and -_.~ stay, every other
// byte becomes %XX. Both signature versions use it; url.QueryEscape differs in the
// space, and leaves nothing else that matters to chance.
func percentEncode(text string) string {
	const digits = "0123456789ABCDEF"
	var out strings.Builder
	out.Grow(len(text) + len(text)/4)
	for i := range len(text) {
		b := text[i]
		if unreserved(b) {
			out.WriteByte(b)
			continue
		}
		out.WriteByte('%')
		out.WriteByte(digits[b>>4])
		out.WriteByte(digits[b&0x0f])
	}
	return out.String()
}

func unreserved(b byte) bool {
	return 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z' || '0' <= b && b <= '9' ||
		b == '-' || b == '_' || b == '.' || b == '~'
}
