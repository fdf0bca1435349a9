package cdnpro

import (
	"strconv"
	"strings"
)

// generationMark is between a target's name and the number of a certificate that
// follows one that is full.
const generationMark = "-g"

// generationName is what the certificate of a generation is called: the first one
// like the target, those after it with their number.
func generationName(base string, generation int) string {
	if generation < 2 {
		return base
	}
	return base + generationMark + strconv.Itoa(generation)
}

// parseGeneration takes such a name apart. A name that was not made like that is a
// first generation's.
func parseGeneration(name string) (base string, generation int) {
	at := strings.LastIndex(name, generationMark)
	if at < 1 {
		return name, 1
	}
	number, err := strconv.ParseInt(name[at+len(generationMark):], 10, 32)
	if err != nil || number < 2 || generationName(name[:at], int(number)) != name {
		return name, 1
	}
	return name[:at], int(number)
}

// successorName is what the certificate is called that follows a full one. It hangs
// on that alone, so that all who share the full one find the same successor.
func successorName(name string) string {
	base, generation := parseGeneration(name)
	return generationName(base, generation+1)
}

// isOurs reports whether Deploy has made all of a certificate: each version has a
// comment of ours that was not copied, and nobody else renews it.
func (c *certificate) isOurs() bool {
	for i := range c.Versions {
		if c.fingerprint(&c.Versions[i]) == "" {
			return false
		}
	}
	return len(c.Versions) > 0 && !c.renewsItself()
}

// renewsItself reports whether the provider renews a certificate.
func (c *certificate) renewsItself() bool { return strings.EqualFold(string(c.AutoRenew), "LE") }
