package aliyunlive

import "sync"

// maxStoredNames bounds the memory of an adapter. Past it any entry goes: the
// worst that follows is one more refused Deploy, which finds the name again.
const maxStoredNames = 256

// storedNames remembers under which name a certificate is stored, by
// fingerprint, where it is not the object's own.
type storedNames struct {
	mutex sync.Mutex
	names map[string]string
}

func newStoredNames() *storedNames {
	return &storedNames{names: make(map[string]string)}
}

// name is the name to use for a certificate: where it is stored already, else
// the object's own.
func (s *storedNames) name(fingerprint, own string) string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if name, found := s.names[fingerprint]; found {
		return name
	}
	return own
}

func (s *storedNames) remember(fingerprint, name string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for victim := range s.names {
		if len(s.names) < maxStoredNames {
			break
		}
		delete(s.names, victim)
	}
	s.names[fingerprint] = name
}

// forget drops a name that turned out to be wrong.
func (s *storedNames) forget(fingerprint string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.names, fingerprint)
}
