package aliyuncas

import (
	"encoding/json"
	"reflect"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// TroubleOf is why a certificate of this status cannot be put on a domain.
func TroubleOf(status string) *provider.Error { return troubleOf(aliyun.Text(status)) }

// KeywordFor is what a list is searched by for a domain.
func KeywordFor(domain string) string { return keywordFor(domain) }

// Decode is what a detail reply tells of a certificate.
func Decode(body []byte, existing provider.Existing) (provider.Stored, error) {
	var reply detailReply
	if err := json.Unmarshal(body, &reply); err != nil {
		return provider.Stored{}, err
	}
	return reply.stored(existing, ""), nil
}

// DecodeList are the fingerprints of the rows of a list.
func DecodeList(body []byte) ([]string, error) {
	var reply listReply
	if err := json.Unmarshal(body, &reply); err != nil {
		return nil, err
	}
	var fingerprints []string
	for _, row := range reply.CertificateOrderList {
		fingerprints = append(fingerprints, fingerprint(row.Sha2))
	}
	return fingerprints, nil
}

// CodeTables are all tables of codes, by operation.
func CodeTables() map[string]aliyun.Codes {
	return map[string]aliyun.Codes{"read": readCodes("GetUserCertificateDetail"), "upload": uploadCodes(), "remove": removeCodes()}
}

// DetailFields are the fields that a detail reply is decoded into.
func DetailFields() []string {
	var names []string
	for field := range reflect.TypeFor[detailReply]().Fields() {
		names = append(names, field.Name)
	}
	return names
}
