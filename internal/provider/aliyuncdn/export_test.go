package aliyuncdn

import (
	"encoding/json"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// Decode is what the reply of DescribeDomainCertificateInfo tells of a domain.
func Decode(body []byte, domain string) (provider.Observation, error) {
	return decode(cdn(), body, domain)
}

// DecodeDCDN is Decode for DescribeDcdnDomainCertificateInfo.
func DecodeDCDN(body []byte, domain string) (provider.Observation, error) {
	return decode(dcdn(), body, domain)
}

// DecodeVOD is Decode for DescribeVodDomainCertificateInfo.
func DecodeVOD(body []byte, domain string) (provider.Observation, error) {
	return decode(vod(), body, domain)
}

func decode(product dialect, body []byte, domain string) (provider.Observation, error) {
	var reply aliyun.DomainReply
	if err := json.Unmarshal(body, &reply); err != nil {
		return provider.Observation{}, err
	}
	observation, _ := reply.About(domain).Observation(product.product, product.describeAction)
	return observation, nil
}

// DecodeStored is what the first certificate in the reply of
// DescribeCertificateInfoByID adds to an observation, and the domains it lists.
func DecodeStored(body []byte, observation provider.Observation) (provider.Observation, []string, error) {
	var reply byIDReply
	if err := json.Unmarshal(body, &reply); err != nil {
		return provider.Observation{}, nil, err
	}
	for _, info := range reply.CertInfos {
		complete(&observation, nil, info)
		return observation, info.DomainList.domains(), nil
	}
	return observation, nil, nil
}

// CodeTables are all tables of codes, by product and operation.
func CodeTables() map[string]aliyun.Codes {
	tables := map[string]aliyun.Codes{}
	for _, d := range []dialect{cdn(), dcdn(), vod()} {
		calls := d.operations()
		for what, operation := range map[string]aliyun.Operation{
			"set": calls.set, "setStored": calls.setStored, "describe": calls.describe, "list": calls.list, "byID": calls.byID, "served": calls.served,
		} {
			tables[d.product.Name+" "+what] = operation.Codes
		}
	}
	return tables
}
