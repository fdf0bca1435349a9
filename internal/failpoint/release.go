//go:build !failpoints

package failpoint

// Points that do nothing.
type Points struct{}

// FromEnvironment returns points that do nothing, whatever the environment says.
func FromEnvironment() (Points, error) { return Points{}, nil }

// Reach does nothing.
func (Points) Reach(Point, string) {}

// Close does nothing.
func (Points) Close() error { return nil }
