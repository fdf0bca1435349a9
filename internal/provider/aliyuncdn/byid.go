package aliyuncdn

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// byIDReply is the reply of DescribeCertificateInfoByID.
type byIDReply struct {
	CertInfos aliyun.CertInfos[storedInfo]
}

// storedInfo has the seven fields of the page's response parameters, without
// RequestId.
type storedInfo struct {
	CertID         aliyun.Text `json:"CertId"`
	CertName       aliyun.Text
	CertType       aliyun.Text
	CreateTime     aliyun.Text
	CertExpireTime aliyun.Text
	HTTPSCrt       aliyun.Text `json:"HttpsCrt"`
	DomainList     domainList
}

// readByID reads what the product knows of a certificate. One that no domain is
// served with is not there, in the words of the page; that is an error of kind
// NotFound, however the product says it.
func (a *Adapter) readByID(ctx context.Context, id string) (storedInfo, error) {
	reply, err := aliyun.Read[byIDReply](ctx, a.client, a.calls.byID, map[string]string{"CertId": id})
	if err != nil {
		return storedInfo{}, err
	}
	for _, info := range reply.CertInfos {
		if info.CertID == "" || aliyun.Plain(info.CertID) == id {
			return info, nil
		}
	}
	failure := &provider.Error{Kind: provider.NotFound, Operation: a.calls.byID.Action, Code: codeIDNotFound,
		Advice: "check the id of the certificate: the provider serves no domain with it"}
	if len(reply.CertInfos) > 0 {
		failure.Kind, failure.Code = provider.Unavailable, "malformed"
		failure.Advice = "the reply is about another certificate; check what answers at the endpoint"
	}
	return storedInfo{}, failure
}

// domainList is DomainList, which is an array by the page's sample and a text by
// its table of parameters: the text of such an array, or empty.
type domainList struct {
	names []aliyun.Text
	// told is false if there was no list, or none that can be read: that is not
	// the same as none on it.
	told bool
}

// UnmarshalJSON implements json.Unmarshaler. What is no list does not take the
// rest of the reply with it.
func (d *domainList) UnmarshalJSON(data []byte) error {
	*d = domainList{}
	var text *string
	if json.Unmarshal(data, &text) == nil {
		if text == nil {
			return nil
		}
		data = []byte(*text)
	}
	d.told = len(data) == 0 || json.Unmarshal(data, &d.names) == nil
	return nil
}

// domains are the names on the list in the user's notation, sorted. A list of
// none has one empty name (DescribeCertificateInfoByID, sample).
func (d domainList) domains() []string {
	names := []string{}
	for _, listed := range d.names {
		if name := aliyun.UserDomain(listed); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
