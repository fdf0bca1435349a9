// Package canary searches logs, objects and whatever else a program leaves
// behind for private keys and other secrets, in every form in which they may
// have got there: as PEM, DER, base64, hex, decimal bytes, percent-encoded,
// escaped, or wrapped into other data that was encoded as a whole.
//
// A part is enough. Parts of a private key that follow from its public key are not
// looked for, since certificates are no secrets.
package canary

import (
	"crypto"
	"fmt"
)

const (
	// windowLength is how many characters of an encoded secret are a find.
	windowLength = 40
	// shortest is the length below which a secret would be found by chance.
	shortest = 12
)

// Searcher knows secrets. Its zero value knows only how private keys begin.
type Searcher struct {
	// windows are all parts to look for, by their length.
	windows map[int]map[string]Sighting
}

// Sighting is a secret that was found. It prints without the secret.
type Sighting struct {
	// Secret is the name that the secret was added under.
	Secret string
	// Form is the encoding it was found in.
	Form string
	// Artefact is the name of what was searched.
	Artefact string
}

// String says what was found, and where.
func (s Sighting) String() string {
	return fmt.Sprintf("%s as %s in %s", s.Secret, s.Form, s.Artefact)
}

// AddKey adds a private key, RSA or ECDSA. It panics for others.
func (s *Searcher) AddKey(name string, key crypto.Signer) {
	numbers := privateNumbers(key)
	for label, der := range encodings(key) {
		veiled := veil(der, numbers)
		for _, pair := range [][2][]byte{{der, veiled}, {pemBody(label, der), pemBody(label, veiled)}} {
			secret, public := pair[0], pair[1]
			s.addAll(name, encode(secret), encode(public))
			s.addAll(name, decimal(difference(secret, public)), nil)
		}
	}
}

// AddSecret adds a secret that is a text, such as a password. It panics if the
// secret is so short that it may be found by chance.
func (s *Searcher) AddSecret(name, secret string) {
	if len(secret) < shortest {
		panic(fmt.Sprintf("canary: %s is shorter than %d characters", name, shortest))
	}
	s.addAll(name, append(encode([]byte(secret)), decimal([]byte(secret))...), nil)
}

// Search returns what it finds in an artefact, each secret and form once.
func (s *Searcher) Search(artefact string, content []byte) []Sighting {
	s.add(normal("PRIVATE KEY-----"), Sighting{Secret: "a private key", Form: "PEM"})
	var found []Sighting
	seen := map[Sighting]bool{}
	for _, view := range views(string(content)) {
		for length, windows := range s.windows {
			for i := 0; i+length <= len(view); i++ {
				sighting, ok := windows[view[i:i+length]]
				if !ok || seen[sighting] {
					continue
				}
				seen[sighting] = true
				sighting.Artefact = artefact
				found = append(found, sighting)
			}
		}
	}
	return found
}

// addAll adds the parts of a secret's forms, without those that are the same in
// the forms of something public.
func (s *Searcher) addAll(name string, secret, public []form) {
	for i, f := range secret {
		for start := range max(len(f.text)-windowLength, 0) + 1 {
			end := min(start+windowLength, len(f.text))
			if public == nil || f.text[start:end] != public[i].text[start:end] {
				s.add(f.text[start:end], Sighting{Secret: name, Form: f.name})
			}
		}
	}
}

func (s *Searcher) add(window string, sighting Sighting) {
	if s.windows == nil {
		s.windows = map[int]map[string]Sighting{}
	}
	if s.windows[len(window)] == nil {
		s.windows[len(window)] = map[string]Sighting{}
	}
	s.windows[len(window)][window] = sighting
}
