package provider

import "time"

const (
	// firstTrial is how many windows after a refusal more is tried again.
	firstTrial = 5
	// rarestTrial is the most windows between two trials, however often they are
	// refused.
	rarestTrial = 60
)

// pace is how many slots of a lane are in use: all that the quota allows, unless
// the provider refuses some of them, because its quota is another one than is
// known here or because others use up part of it. Then it is what the provider was
// seen to take, and a little more is tried ever more rarely.
type pace struct {
	window time.Duration
	// slots in use, and between which bounds.
	slots, least, most int
	// resume is when the provider said that it takes requests again.
	resume time.Time
	// cut is when it was last found to take less.
	cut time.Time
	// trial is when more may be tried, wait how long after a refusal that is, and
	// step how much more it is then.
	trial time.Time
	wait  time.Duration
	step  int
	// tried is true if more was tried since the last refusal.
	tried bool
}

func newPace(window time.Duration, least int) pace {
	return pace{window: window, least: least, wait: firstTrial * window}
}

// limit is another quota.
func (p *pace) limit(slots int) {
	slots = max(slots, p.least)
	if p.slots == p.most || p.slots > slots {
		p.slots = slots
	}
	p.most = slots
}

// refused is a request that the provider refused, while it was seen to take so many
// in its window, including those whose answer is yet to come. Of the latter each
// that is refused as well is one less.
func (p *pace) refused(taken, weight int, after time.Duration, now time.Time) {
	if again := now.Add(after); again.After(p.resume) {
		p.resume = again
	}
	if !p.cut.IsZero() && now.Sub(p.cut) < p.window {
		p.slots = max(p.slots-weight, p.least)
		return
	}
	if p.tried {
		p.wait = min(2*p.wait, rarestTrial*p.window)
	}
	p.slots = max(min(taken, p.slots-weight), p.least)
	p.cut, p.trial, p.step, p.tried = now, now.Add(p.wait), 1, false
}

// rests reports whether nothing may be sent.
func (p *pace) rests(now time.Time) bool { return !p.resume.IsZero() && now.Before(p.resume) }

// isCut reports whether less is in use than the quota allows.
func (p *pace) isCut() bool { return p.slots < p.most }

// more tries more than the provider was last seen to take, if it is time to. What
// is not refused for a while is followed by twice as much.
func (p *pace) more(now time.Time) bool {
	if now.Before(p.trial) {
		return false
	}
	if p.tried {
		p.wait, p.step = max(p.wait/2, firstTrial*p.window), 2*p.step
	}
	p.slots = min(p.slots+p.step, p.most)
	p.trial, p.tried = now.Add(firstTrial*p.window), true
	return true
}
