package cdnpro

import "sync"

// maxTidied bounds the memory of an adapter. Past it everything is forgotten, which
// costs one request each.
const maxTidied = 4096

// tidied are the certificates before which no full one is left.
type tidied struct {
	mutex sync.Mutex
	byID  map[string]struct{}
}

func newTidied() *tidied { return &tidied{byID: map[string]struct{}{}} }

func (t *tidied) has(id string) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	_, known := t.byID[id]
	return known
}

func (t *tidied) add(id string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if len(t.byID) >= maxTidied {
		clear(t.byID)
	}
	t.byID[id] = struct{}{}
}
