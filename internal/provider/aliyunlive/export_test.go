package aliyunlive

import (
	"encoding/json"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// Decode is what a describe reply tells of a domain.
func Decode(body []byte, domain string) (provider.Observation, error) {
	var reply aliyun.DomainReply
	if err := json.Unmarshal(body, &reply); err != nil {
		return provider.Observation{}, err
	}
	observation, _ := reply.About(domain).Observation(product(), "DescribeLiveDomainCertificateInfo")
	return observation, nil
}

// CodeTables are all tables of codes, by operation.
func CodeTables() map[string]aliyun.Codes {
	return map[string]aliyun.Codes{
		"set":       aliyun.SetCodes(product()),
		"setStored": aliyun.StoredCodes(product()),
		"describe":  aliyun.DescribeCodes(product()),
		"detail":    aliyun.CertificateCodes(product()),
	}
}
