package aliyuncdn

import (
	"context"
	"strconv"
	"strings"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

const (
	// servedPageSize of the list of served domains is the most that its page allows
	// (DescribeDcdnHttpsDomainList, PageSize).
	servedPageSize = 500
	// maxServedPages bounds the list. An account has 50 domains unless it asks for
	// more; past 2000 it is not known who is served.
	maxServedPages = MaxUsersCalls
	// codeUnknown is our own word for what no call tells.
	codeUnknown = "unknown"
)

// MaxUsersCalls is the number of calls that [Adapter.Users] makes at most.
const MaxUsersCalls = 4

// Users returns the domains of this product that are served with a stored
// certificate, in the user's notation, and how many calls that took.
//
// CDN tells it by the certificate's id (DescribeCertificateInfoByID, DomainList),
// DCDN by its name, which is the only one of its kind in an account
// (DescribeDcdnHttpsDomainList, CertName). Where the answer would be incomplete,
// the error is of kind Rejected with the code "unknown", and the certificate must
// be taken for one that may be in use. VOD has no call for it at all, and is not to
// be asked.
func (a *Adapter) Users(ctx context.Context, upload provider.Upload) (domains []string, calls int, err error) {
	switch {
	case a.calls.byID.Action != "":
		domains, err = a.usersByID(ctx, upload.ID)
		return domains, 1, err
	case a.calls.served.Action != "":
		return a.usersByName(ctx, upload.Name)
	default:
		return nil, 0, a.unknown()
	}
}

// usersByID are the domains of one that is served nowhere: none.
func (a *Adapter) usersByID(ctx context.Context, id string) ([]string, error) {
	info, err := a.readByID(ctx, id)
	switch {
	case aliyun.IsCode(err, codeIDNotFound, codeNotExisted, aliyun.CodeCertificateNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.DomainList.told:
		return nil, a.unknown()
	}
	return info.DomainList.domains(), nil
}

// usersByName lists the domains that are served with a certificate of this name. A
// row without a name could be any certificate's, and then nothing is known.
func (a *Adapter) usersByName(ctx context.Context, name string) (domains []string, calls int, err error) {
	var served domainList
	for rows := 0; calls < maxServedPages; {
		calls++
		reply, err := aliyun.Read[servedReply](ctx, a.client, a.calls.served, map[string]string{
			"PageNumber": strconv.Itoa(calls),
			"PageSize":   strconv.Itoa(servedPageSize),
		})
		switch {
		case calls == 1 && aliyun.IsCode(err, codeNoneServed):
			return nil, calls, nil
		case err != nil:
			return nil, calls, err
		}
		for _, info := range reply.CertInfos {
			switch {
			case info.CertName == "":
				return nil, calls, a.unknown()
			case strings.EqualFold(string(info.CertName), name):
				served.names = append(served.names, info.DomainName)
			}
		}
		if rows += len(reply.CertInfos); reply.isLast(rows) {
			return served.domains(), calls, nil
		}
	}
	return nil, calls, a.unknown()
}

// servedReply is the reply of DescribeDcdnHttpsDomainList.
type servedReply struct {
	TotalCount aliyun.Text
	aliyun.DomainReply
}

// isLast reports whether no page follows this one, with so many rows so far. That
// a page is not full proves nothing while the list's own count says otherwise: a
// product may give fewer rows than it is asked for.
func (r servedReply) isLast(rows int) bool {
	total, err := strconv.Atoi(string(r.TotalCount))
	if err == nil && rows <= total {
		return rows == total
	}
	return len(r.CertInfos) < servedPageSize
}

// unknown is the error where the product does not tell.
func (a *Adapter) unknown() *provider.Error {
	return &provider.Error{
		Kind: provider.Rejected, Operation: "Users", Code: codeUnknown,
		Advice: "look in the console of " + a.product.Name + " which domains are served with the certificate: no call tells",
	}
}
