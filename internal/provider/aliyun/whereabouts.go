package aliyun

import "sync"

// maxWhereabouts bounds the memory of an adapter. Past it any entry goes: the
// worst that follows is one more refused deployment, which finds it again.
const maxWhereabouts = 256

// Whereabouts remembers under what (a name, an id) certificates turned out to be
// stored, by fingerprint, and lets one caller at a time look for one. Without
// the latter a wildcard certificate for a thousand domains would be looked for a
// thousand times at once, in calls that no budget counts.
//
// It is safe for concurrent use, and nobody waits in it.
type Whereabouts[Place any] struct {
	mutex  sync.Mutex
	places map[string]Place
	sought map[string]struct{}
}

// NewWhereabouts returns an empty memory.
func NewWhereabouts[Place any]() *Whereabouts[Place] {
	return &Whereabouts[Place]{places: map[string]Place{}, sought: map[string]struct{}{}}
}

// Of is where the certificate is known to be stored.
func (w *Whereabouts[Place]) Of(fingerprint string) (place Place, known bool) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	place, known = w.places[fingerprint]
	return place, known
}

// Remember keeps a place.
func (w *Whereabouts[Place]) Remember(fingerprint string, place Place) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for victim := range w.places {
		if len(w.places) < maxWhereabouts {
			break
		}
		delete(w.places, victim)
	}
	w.places[fingerprint] = place
}

// Forget drops a place that turned out to be wrong.
func (w *Whereabouts[Place]) Forget(fingerprint string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	delete(w.places, fingerprint)
}

// Seek begins to look for a certificate, unless somebody else is at it. Who
// began must call end.
func (w *Whereabouts[Place]) Seek(fingerprint string) (end func(), alone bool) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if _, sought := w.sought[fingerprint]; sought {
		return nil, false
	}
	w.sought[fingerprint] = struct{}{}
	return func() {
		w.mutex.Lock()
		defer w.mutex.Unlock()
		delete(w.sought, fingerprint)
	}, true
}
