package edgesim

import "strconv"

// cdnproPage is what the lists of CDN Pro have in common (GET /cdn/hostnames, params).
type cdnproPage struct {
	offset, limit int
	target        string
}

// page reads offset, limit and target.
func (c *cdnproCall) page() (cdnproPage, error) {
	page := cdnproPage{limit: 100, target: c.query.Get("target")}
	if text := c.query.Get("offset"); text != "" {
		offset, err := strconv.Atoi(text)
		if err != nil || offset < 0 {
			return page, badCDNProOffset()
		}
		page.offset = offset
	}
	if text := c.query.Get("limit"); text != "" {
		limit, err := strconv.Atoi(text)
		if err != nil || limit < 1 || limit > 200 {
			return page, badCDNProLimit()
		}
		page.limit = limit
	}
	switch page.target {
	case "", "all", string(CDNProProduction), string(CDNProStaging):
		return page, nil
	default:
		return page, badCDNProTarget()
	}
}

// wants reports whether the target selects something that is deployed there.
func (p cdnproPage) wants(inProduction, inStaging bool) bool {
	switch p.target {
	case "all":
		return inProduction || inStaging
	case string(CDNProProduction):
		return inProduction
	case string(CDNProStaging):
		return inStaging
	default:
		return true
	}
}

// paged is the part of a list that was asked for.
func paged[T any](list []T, page cdnproPage) []T {
	from := min(page.offset, len(list))
	return list[from:min(from+page.limit, len(list))]
}
