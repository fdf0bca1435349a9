package aliyuncas

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

const (
	// pageSize is the page's default; a maximum is not documented
	// (ListUserCertificateOrder, ShowSize).
	pageSize = 50
	// maxPages bounds a list. What is further down is not found by name, and not
	// removed.
	maxPages = 100
)

// The kinds of rows (ListUserCertificateOrder, OrderType).
const (
	// certificates are those issued here and the uploads together.
	certificates = "CERT"
	uploads      = "UPLOAD"
	// orders are certificates that were bought, whether issued or not.
	orders = "CPACK"
)

// The states of certificates that are listed (ListUserCertificateOrder, Status).
const (
	validOnes   = ""
	expiredOnes = "EXPIRED"
)

// query is what a list is asked for.
type query struct {
	orderType, status string
	// keyword is part of a domain of the certificate, or its resource's id.
	keyword string
}

// listReply is the reply of ListUserCertificateOrder.
type listReply struct {
	TotalCount           aliyun.Text
	CertificateOrderList aliyun.List[listed]
}

// total is the number of rows on all pages, if the reply tells.
func (r listReply) total() (rows int64, known bool) {
	return count(r.TotalCount)
}

// isLast reports whether no page follows this one, with so many rows so far.
func (r listReply) isLast(rows int) bool {
	total, known := r.total()
	switch {
	case len(r.CertificateOrderList) == 0:
		return true
	case known:
		return int64(rows) >= total
	default:
		return len(r.CertificateOrderList) < pageSize
	}
}

// listed is a row. An order has no certificate's id, no name and no Sha2.
type listed struct {
	CertificateID aliyun.Text `json:"CertificateId"`
	InstanceID    aliyun.Text `json:"InstanceId"`
	Name          aliyun.Text
	Sha2          aliyun.Text
	Status        aliyun.Text
	StartDate     aliyun.Text
}

func (a *Adapter) readPage(ctx context.Context, q query, page, size int) (listReply, error) {
	parameters := map[string]string{
		"OrderType":   q.orderType,
		"CurrentPage": strconv.Itoa(page),
		"ShowSize":    strconv.Itoa(size),
	}
	if q.status != "" {
		parameters["Status"] = q.status
	}
	if q.keyword != "" {
		parameters["Keyword"] = q.keyword
	}
	reply, _, err := call[listReply](ctx, a.client, a.list, parameters)
	return reply, err
}

// readAll returns the rows of all pages.
func (a *Adapter) readAll(ctx context.Context, q query) (rows []listed, calls int, err error) {
	for calls < maxPages {
		calls++
		reply, err := a.readPage(ctx, q, calls, pageSize)
		if err != nil {
			return nil, calls, err
		}
		rows = append(rows, reply.CertificateOrderList...)
		if reply.isLast(len(rows)) {
			break
		}
	}
	return rows, calls, nil
}

// search asks one stage after the other until the rows that a stage has are
// enough. The stages begin with what takes the fewest calls. A row counts once: it
// may move to the next page while that is read.
func (a *Adapter) search(ctx context.Context, stages [][]query, wanted func(listed) bool, enough func([]listed) bool) (found []listed, calls int, err error) {
	for _, stage := range stages {
		found = nil
		seen := map[aliyun.Text]bool{}
		for _, q := range stage {
			rows, made, err := a.readAll(ctx, q)
			calls += made
			if err != nil {
				return nil, calls, err
			}
			for _, row := range rows {
				row.Status = cmp.Or(row.Status, aliyun.Text(q.status))
				id := cmp.Or(row.CertificateID, "order "+row.InstanceID)
				if wanted(row) && !seen[id] {
					seen[id] = true
					found = append(found, row)
				}
			}
		}
		if enough(found) {
			break
		}
	}
	return found, calls, nil
}

// keywordFor is what every certificate has among its domains that can serve this
// one: the list knows no wildcards, so that "*.example.com" is found by
// "example.com" and not by "live.example.com".
func keywordFor(domain string) string {
	if _, parent, found := strings.Cut(domain, "."); found && strings.Contains(parent, ".") {
		return parent
	}
	return domain
}
