package provider

import "time"

// cooling is the slot of a request that has ended.
type cooling struct {
	free time.Time
	// refused is true if the provider did not take the request, for its quota.
	refused bool
}

// reservation is the room kept for requests that an object has not begun.
type reservation struct {
	object   string
	requests int
	expires  time.Time
	index    int
}

func (r *reservation) before(other *reservation) bool { return r.expires.Before(other.expires) }
func (r *reservation) moved(index int)                { r.index = index }
