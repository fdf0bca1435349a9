package aliyun

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter bounds what a reply can make an object wait.
const maxRetryAfter = 10 * time.Minute

// retryAfter is the longest wait that a reply asks for: TimeLeft, in
// milliseconds, of either rate limit header ("Limit:30,Remain:0,TimeLeft:421"),
// or Retry-After in seconds.
func retryAfter(header http.Header) time.Duration {
	var longest time.Duration
	for _, name := range []string{"X-Ratelimit-User-Api", "X-Ratelimit-User"} {
		for part := range strings.SplitSeq(header.Get(name), ",") {
			if left, found := strings.CutPrefix(strings.TrimSpace(part), "TimeLeft:"); found {
				longest = max(longest, wait(left, time.Millisecond))
			}
		}
	}
	return max(longest, wait(header.Get("Retry-After"), time.Second))
}

// wait is a number of units as a duration, 0 if it is not one.
func wait(number string, unit time.Duration) time.Duration {
	count, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if err != nil || count < 0 {
		return 0
	}
	return time.Duration(min(count, int64(maxRetryAfter/unit))) * unit
}
