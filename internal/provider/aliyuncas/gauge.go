package aliyuncas

import (
	"context"
	"strconv"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// Stored implements [provider.Gauge] with the number of uploads, valid and expired.
// It takes two calls.
func (a *Adapter) Stored(ctx context.Context) (stored int64, err error) {
	for _, status := range []string{validOnes, expiredOnes} {
		page, err := a.readPage(ctx, query{orderType: uploads, status: status}, 1, 1)
		if err != nil {
			return 0, err
		}
		total, known := page.total()
		if !known {
			return 0, a.refuse(provider.Unavailable, "incomplete", "the reply does not tell how many certificates there are; check what answers at the endpoint")
		}
		stored += total
	}
	return stored, nil
}

// Quota implements [provider.Gauge]. What is counted depends on whom one believes:
// an older version of the page calls it the quota of the certificate repository, the
// newest says that these are calls of a signing service (GetCertWarehouseQuota,
// response parameters).
func (a *Adapter) Quota(ctx context.Context) (used, total int64, err error) {
	reply, _, err := call[quotaReply](ctx, a.client, a.quota, nil)
	if err != nil {
		return 0, 0, err
	}
	used, knownUsed := count(reply.UseCount)
	total, knownTotal := count(reply.TotalQuota)
	if !knownUsed || !knownTotal {
		return 0, 0, nil
	}
	return used, total, nil
}

// quotaReply is the reply of GetCertWarehouseQuota.
type quotaReply struct {
	TotalQuota, UseCount aliyun.Text
}

// count is a number of things.
func count(text aliyun.Text) (number int64, known bool) {
	number, err := strconv.ParseInt(string(text), 10, 64)
	return number, err == nil && number >= 0
}
