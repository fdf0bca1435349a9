package aliyuncdn

import (
	"bytes"
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
	operation := a.calls.byID
	reply, err := aliyun.Read[byIDReply](ctx, a.client, operation, map[string]string{"CertId": id})
	if err != nil {
		return storedInfo{}, err
	}
	for _, info := range reply.CertInfos {
		if info.CertID == "" || aliyun.Plain(info.CertID) == id {
			return info, nil
		}
	}
	return storedInfo{}, &provider.Error{
		Kind: provider.NotFound, Operation: operation.Action, Code: codeIDNotFound,
		Advice: "check the id of the certificate: the provider serves no domain with it",
	}
}

// domainList is DomainList, which is an array by the page's sample and a text by
// its table of parameters: the text of such an array, or empty.
type domainList []aliyun.Text

// UnmarshalJSON implements json.Unmarshaler. What is no list of texts is empty,
// and does not take the rest of the reply with it.
func (d *domainList) UnmarshalJSON(data []byte) error {
	*d = nil
	var text string
	if json.Unmarshal(data, &text) == nil {
		data = []byte(text)
	}
	if data = bytes.TrimSpace(data); len(data) == 0 || data[0] != '[' {
		return nil
	}
	var names []aliyun.Text
	if json.Unmarshal(data, &names) == nil {
		*d = names
	}
	return nil
}

// domains are the names on the list in the user's notation, sorted. A list of
// none has one empty name (DescribeCertificateInfoByID, sample).
func (d domainList) domains() []string {
	names := []string{}
	for _, listed := range d {
		if name := aliyun.UserDomain(listed); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
