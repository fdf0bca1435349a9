package aliyuncdn

import (
	"context"
	"strconv"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

const (
	// servedPageSize of the list of served domains. Its page allows 500, that of
	// CDN's sibling 100.
	servedPageSize = 100
	// maxServedPages bounds the list. What is not on it by then is not known.
	maxServedPages = 50
	// codeUnknown is our own word for what no call tells.
	codeUnknown = "unknown"
)

// Users returns the domains of this product that are served with a stored
// certificate, in the user's notation, and how many calls that took.
//
// CDN tells it by itself (DescribeCertificateInfoByID, DomainList). DCDN tells
// the names of the certificates that domains are served with, which are looked
// up by the id first (DescribeDcdnSSLCertificateList,
// DescribeDcdnHttpsDomainList). VOD has no call for it: the error is then of kind
// Rejected with the code "unknown", as it is wherever the answer would be
// incomplete. It must be taken for a certificate that may be in use.
func (a *Adapter) Users(ctx context.Context, certificateID string) (domains []string, calls int, err error) {
	switch {
	case a.calls.byID.Action != "":
		info, err := a.readByID(ctx, certificateID)
		switch {
		case aliyun.IsCode(err, codeIDNotFound, codeNotExisted, aliyun.CodeCertificateNotFound):
			return nil, 1, nil
		case err != nil:
			return nil, 1, err
		case !info.DomainList.told:
			return nil, 1, a.unknown()
		}
		return info.DomainList.domains(), 1, nil
	case a.calls.served.Action != "":
		name, calls, err := a.nameOf(ctx, certificateID)
		if err != nil {
			return nil, calls, err
		}
		domains, more, err := a.servedWith(ctx, name)
		return domains, calls + more, err
	default:
		return nil, 0, a.unknown()
	}
}

// nameOf finds the name of a stored certificate.
func (a *Adapter) nameOf(ctx context.Context, certificateID string) (name string, calls int, err error) {
	for number := 1; number <= maxPages; number++ {
		calls++
		page, err := a.readList(ctx, number)
		if err != nil {
			return "", calls, err
		}
		for _, listed := range page {
			if aliyun.Plain(listed.CertID) == certificateID && listed.CertName != "" {
				return string(listed.CertName), calls, nil
			}
		}
		if len(page) < pageSize {
			break
		}
	}
	return "", calls, a.unknown()
}

// servedWith lists the domains that are served with a certificate of this name.
func (a *Adapter) servedWith(ctx context.Context, name string) (domains []string, calls int, err error) {
	var served domainList
	for number := 1; number <= maxServedPages; number++ {
		calls++
		reply, err := aliyun.Read[aliyun.DomainReply](ctx, a.client, a.calls.served, map[string]string{
			"PageNumber": strconv.Itoa(number),
			"PageSize":   strconv.Itoa(servedPageSize),
		})
		switch {
		case aliyun.IsCode(err, codeNoneServed):
			return served.domains(), calls, nil
		case err != nil:
			return nil, calls, err
		}
		for _, info := range reply.CertInfos {
			if string(info.CertName) == name {
				served.names = append(served.names, info.DomainName)
			}
		}
		if len(reply.CertInfos) < servedPageSize {
			return served.domains(), calls, nil
		}
	}
	return nil, calls, a.unknown()
}

// unknown is the error where the product does not tell.
func (a *Adapter) unknown() *provider.Error {
	return &provider.Error{
		Kind: provider.Rejected, Operation: "Users", Code: codeUnknown,
		Advice: "look in the console of " + a.product.Name + " which domains are served with the certificate: no call tells",
	}
}
