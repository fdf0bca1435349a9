package edgesim

import (
	"fmt"
	"time"
)

// Duration is a time.Duration that reads and writes as text ("1.5s") in JSON.
type Duration time.Duration

// Units to write a Duration with, as in 200*edgesim.Millisecond.
const (
	Millisecond = Duration(time.Millisecond)
	Second      = Duration(time.Second)
	Minute      = Duration(time.Minute)
)

// String is time.Duration's text.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText writes the duration as time.Duration does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what time.ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("duration must look like 500ms or 2s: %w", err)
	}
	*d = Duration(parsed)
	return nil
}
