// Package armed is what a build with failpoints does at them.
//
// What happens where is told by entries that are separated by semicolons:
//
//	deploy/after=kill
//	status/before=block:/tmp/go-on
//	secret/parse=panic@poison.example.com
//	provider/observe=panic,once
//
// An entry names a point and an action: kill ends the program at once, as kill -9
// does; block waits until a file exists; panic panics. Block first makes an empty
// file beside the one it waits for, with .reached added to its name, so that a
// test knows that the program has come so far. A domain after @ narrows an entry to
// objects with that domain, and once to the first time.
package armed

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Parse reads entries. Known are the points there are.
func Parse(text string, known []string) (Points, error) {
	points := Points{}
	for entry := range strings.SplitSeq(text, ";") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		point, trap, err := parseEntry(entry)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%q: %w", entry, err)
		case !slices.Contains(known, point):
			return nil, fmt.Errorf("%q: there is no point %q; choose one of %s", entry, point, strings.Join(known, ", "))
		}
		points[point] = append(points[point], trap)
	}
	return points, nil
}

// parseEntry reads POINT=ACTION[:FILE][@DOMAIN][,once].
func parseEntry(entry string) (string, *trap, error) {
	point, rest, found := strings.Cut(entry, "=")
	if !found {
		return "", nil, fmt.Errorf("write it as POINT=ACTION")
	}
	set := &trap{}
	rest, set.once = strings.CutSuffix(rest, ",once")
	rest, domain, narrowed := strings.Cut(rest, "@")
	name, file, hasFile := strings.Cut(rest, ":")
	set.domain, set.action, set.file = domain, action(name), file
	switch {
	case !slices.Contains([]action{kill, block, panics}, set.action):
		return "", nil, fmt.Errorf("there is no action %q; choose kill, block or panic", name)
	case narrowed && domain == "":
		return "", nil, fmt.Errorf("name a domain after @")
	case set.action == block && !filepath.IsAbs(file):
		return "", nil, fmt.Errorf("name the file to wait for, as block:/path")
	case set.action != block && hasFile:
		return "", nil, fmt.Errorf("%s takes no file", name)
	}
	return point, set, nil
}
