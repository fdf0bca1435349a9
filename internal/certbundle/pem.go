package certbundle

import (
	"bytes"
	"encoding/base64"
	"strings"
)

const (
	beginMark = "-----BEGIN "
	endMark   = "-----END "
	lineEnd   = "-----"

	// lineOctets is how many octets make a line of 64 base64 columns (RFC 7468 §2).
	lineOctets = 48
)

// block is one PEM block that has not been decoded yet.
type block struct {
	label string // what stands after BEGIN: to be compared, never to be shown
	body  []byte // between the BEGIN and END lines; the input's own memory
}

// splitBlocks cuts text into its PEM blocks. Whitespace may surround them, and
// anything else is refused: encoding/pem skips text that it does not
// understand, so that a half-pasted certificate would silently go missing.
// It stops after limit+1 blocks, which is for the caller to refuse.
func splitBlocks(text []byte, source string, limit int) ([]block, error) {
	text = trimSpace(text)
	if bytes.HasPrefix(text, []byte("LS0tLS1CRUdJTi")) {
		return nil, refuse(Malformed, "%s is base64-encoded twice; put the PEM text itself under stringData, or encode it once under data", source)
	}
	if !bytes.Contains(text, []byte(beginMark)) {
		return nil, refuse(Malformed, "%s is not PEM; it needs blocks that start with -----BEGIN and end with -----END (openssl x509, pkey and pkcs12 convert other forms)", source)
	}
	var blocks []block
	for len(text) > 0 && len(blocks) <= limit {
		b, rest, err := cutBlock(text, source)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, b)
		text = trimSpace(rest)
	}
	return blocks, nil
}

func cutBlock(text []byte, source string) (b block, rest []byte, err error) {
	line, after := cutLine(text)
	label, ok := strings.CutPrefix(string(line), beginMark)
	if !ok {
		return block{}, nil, refuse(Malformed, "%s has text outside of its PEM blocks; leave nothing in it but blocks that start with -----BEGIN and end with -----END", source)
	}
	body, after, found := bytes.Cut(after, []byte(endMark))
	closing, rest := cutLine(after)
	label, whole := strings.CutSuffix(label, lineEnd)
	if !found || !whole || string(closing) != label+lineEnd || len(body) > 0 && body[len(body)-1] != '\n' {
		return block{}, nil, refuse(Malformed, "%s has a PEM block that is cut off, or whose BEGIN and END lines do not match; copy it again as a whole", source)
	}
	return block{label: label, body: body}, rest, nil
}

// cutLine returns the first line without its end and trailing whitespace.
func cutLine(text []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(text, []byte("\n"))
	return bytes.TrimRight(line, " \t\r"), rest
}

func trimSpace(text []byte) []byte { return bytes.Trim(text, " \t\r\n") }

// withoutBOM removes the UTF-8 byte order mark that some editors begin a file with.
func withoutBOM(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\uFEFF")) }

// encrypted is true of the legacy form that openssl wrote before PKCS#8.
func (b block) encrypted() bool { return bytes.Contains(b.body, []byte("Proc-Type: 4,ENCRYPTED")) }

// headed is true of a block with RFC 1421 headers; base64 has no colon.
func (b block) headed() bool { return bytes.IndexByte(b.body, ':') >= 0 }

// decode returns the block's DER, or false where the body is not base64. The
// caller clears the result if it is a key.
func (b block) decode() ([]byte, bool) {
	text := make([]byte, 0, len(b.body))
	for _, c := range b.body {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			text = append(text, c)
		}
	}
	defer clear(text)
	der := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Strict().Decode(der, text)
	if err != nil {
		clear(der)
		return nil, false
	}
	return der[:n], true
}

// appendPEM is pem.Encode for one block without headers. It writes into memory
// that the caller owns, where pem.Encode leaves copies of a key behind in
// buffers that nobody can clear.
func appendPEM(dst []byte, label string, der []byte) []byte {
	dst = append(dst, beginMark+label+lineEnd+"\n"...)
	for len(der) > 0 {
		n := min(lineOctets, len(der))
		dst = base64.StdEncoding.AppendEncode(dst, der[:n])
		dst = append(dst, '\n')
		der = der[n:]
	}
	return append(dst, endMark+label+lineEnd+"\n"...)
}

// pemLen is how many octets appendPEM adds.
func pemLen(label string, der []byte) int {
	lines := (len(der) + lineOctets - 1) / lineOctets
	armour := len(beginMark) + len(endMark) + 2*(len(label)+len(lineEnd)+1)
	return armour + base64.StdEncoding.EncodedLen(len(der)) + lines
}
