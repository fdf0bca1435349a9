package controllers

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/domaincert/domaincert/internal/provider"
)

// Ledger remembers between reconciles what does not belong into any status:
// when an object's provider is to be read again, and what was sent or written
// but may not be visible in the cache yet. Losing it, at a restart, costs reads
// but never a second deployment of something that is in place.
type Ledger struct {
	mutex   sync.Mutex
	entries map[types.UID]memory
	// repairs of drift, by account.
	repairs map[string]int
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger {
	return &Ledger{entries: map[types.UID]memory{}}
}

// memory is what the ledger holds of one object.
type memory struct {
	// due is when the provider is to be read again; zero if the ledger has
	// never heard of the object.
	due time.Time
	// planned is when due was set.
	planned time.Time
	// held is true if nothing is to be asked before that.
	held bool
	// subject is what the last read-back was about; another subject makes the
	// next one due at once.
	subject string
	// sent is a bundle that the provider accepted and that no status says yet.
	sent sent
	// stepped is the certificate that steps are counted for.
	stepped string
	// steps is how often the provider accepted it since it was last in effect.
	steps int
	// flux is about the Secret.
	flux flux
	// waiting is since when the object waits for its turn and its status does
	// not say so; zero if it does not wait.
	waiting time.Time
	// untidy is true if superseded uploads may be left at the provider.
	untidy bool
	// told is the certificate whose sharing was last told of, and complaint
	// what was last said of uploads that stay.
	told, complaint string
	// refused are the uploads whose removal was refused; never changed in place.
	refused []uploadKey
	// war is about the domain.
	war war
	// written is the resource version of the last status that was written.
	written string
}

// uploadKey tells an upload from others.
type uploadKey struct {
	id      string
	version int64
}

func keyOfUpload(upload provider.Upload) uploadKey { return uploadKey{upload.ID, upload.Version} }

// sent is a bundle, or a certificate of the provider's, that it accepted. A free
// one has no fingerprint.
type sent struct {
	fingerprint string
	notBefore   time.Time
	at          time.Time
}

// of returns what is remembered of an object.
func (l *Ledger) of(uid types.UID) memory {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.entries[uid]
}

// plan notes, now, what an object was about and when it is due again.
func (l *Ledger) plan(uid types.UID, subject string, now time.Time, wait time.Duration) {
	l.update(uid, func(m *memory) {
		m.subject, m.planned, m.due, m.held = subject, now, now.Add(wait), false
	})
}

// hold notes that nothing is to be asked before an object's time has come.
func (l *Ledger) hold(uid types.UID) {
	l.update(uid, func(m *memory) { m.held = true })
}

// hasten makes an object due as soon as least has passed since it was last
// planned, and returns how long that is from now.
func (l *Ledger) hasten(uid types.UID, now time.Time, least time.Duration) time.Duration {
	var wait time.Duration
	l.update(uid, func(m *memory) {
		soonest := m.planned.Add(least)
		if m.due.IsZero() || soonest.Before(m.due) {
			m.due = soonest
		}
		wait = max(m.due.Sub(now), 0)
	})
	return wait
}

// accepted notes that a provider accepted a bundle, until a status says so.
func (l *Ledger) accepted(uid types.UID, bundle sent) {
	l.update(uid, func(m *memory) {
		if m.stepped != bundle.fingerprint {
			m.stepped, m.steps = bundle.fingerprint, 0
		}
		m.sent, m.steps = bundle, m.steps+1
	})
}

// startOver has steps counted from the next one on: what was accepted is in effect,
// or somebody asks to try again.
func (l *Ledger) startOver(uid types.UID) {
	l.update(uid, func(m *memory) { m.stepped, m.steps = "", 0 })
}

// wrote notes that a status was written, with everything known.
func (l *Ledger) wrote(uid types.UID, resourceVersion string) {
	l.update(uid, func(m *memory) { m.sent, m.waiting, m.written = sent{}, time.Time{}, resourceVersion })
}

// waits notes that an object waits for its turn, and returns since when its
// status does not say so.
func (l *Ledger) waits(uid types.UID, now time.Time) (since time.Time) {
	l.update(uid, func(m *memory) {
		if m.waiting.IsZero() {
			m.waiting = now
		}
		since = m.waiting
	})
	return since
}

// arrived notes that an object does not wait any more.
func (l *Ledger) arrived(uid types.UID) {
	l.update(uid, func(m *memory) { m.waiting = time.Time{} })
}

// untidy notes whether superseded uploads may be left at the provider.
func (l *Ledger) untidy(uid types.UID, left bool) {
	l.update(uid, func(m *memory) { m.untidy = left })
}

// tells notes that it is told with whom a certificate is shared.
func (l *Ledger) tells(uid types.UID, certificate string) {
	l.update(uid, func(m *memory) { m.told = certificate })
}

// isNew reports whether a complaint is another one than the last, and notes it.
func (l *Ledger) isNew(uid types.UID, complaint string) (isNew bool) {
	l.update(uid, func(m *memory) { isNew, m.complaint = m.complaint != complaint, complaint })
	return isNew
}

// refused notes that an upload could not be removed, and reports whether that is
// news.
func (l *Ledger) refused(uid types.UID, upload provider.Upload) (isNew bool) {
	l.update(uid, func(m *memory) {
		if isNew = !slices.Contains(m.refused, keyOfUpload(upload)); isNew {
			m.refused = append(slices.Clone(m.refused), keyOfUpload(upload))
		}
	})
	return isNew
}

// refusedLast returns uploads in their order, but those last whose removal was
// refused before. Of those that are not among them nothing is remembered any more.
func (l *Ledger) refusedLast(uid types.UID, uploads []provider.Upload) []provider.Upload {
	var first, last []provider.Upload
	l.update(uid, func(m *memory) {
		var still []uploadKey
		for _, upload := range uploads {
			if slices.Contains(m.refused, keyOfUpload(upload)) {
				last, still = append(last, upload), append(still, keyOfUpload(upload))
				continue
			}
			first = append(first, upload)
		}
		m.refused = still
	})
	return append(first, last...)
}

func (l *Ledger) update(uid types.UID, change func(*memory)) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	entry := l.entries[uid]
	change(&entry)
	l.entries[uid] = entry
}

// forget drops an object that is gone.
func (l *Ledger) forget(uid types.UID) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	delete(l.entries, uid)
}

// jittered returns d, at most 10 % longer or shorter, so that objects created
// together do not stay together.
func jittered(d time.Duration) time.Duration {
	const share = 10
	spread := int64(d) / share
	if spread <= 0 {
		return d
	}
	return d + time.Duration(rand.Int64N(2*spread+1)-spread) //nolint:gosec // spreads load; nothing secret hangs on it
}

// spread returns a time between a tenth of d and d. The first read-backs after
// a restart lie there: not in one burst, and none in the busy first moments.
func spread(d time.Duration) time.Duration {
	const share = 10
	first := int64(d) / share
	if first <= 0 {
		return d
	}
	return time.Duration(first + rand.Int64N(int64(d)-first)) //nolint:gosec // spreads load; nothing secret hangs on it
}
