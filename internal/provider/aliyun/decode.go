package aliyun

import (
	"time"

	"github.com/domaincert/domaincert/internal/provider/lenient"
)

// Text is a JSON string, or a number as it is written: ids are both.
type Text = lenient.Text

// List is an array in JSON, or a single element without one: pages and gateways
// disagree about lists of one.
type List[T any] = lenient.List[T]

// ParseTime reads a time in any of the forms that the products' pages show,
// and reports whether it could. A time without zone is UTC.
func ParseTime(text string) (time.Time, bool) {
	layouts := []string{
		time.RFC3339,                    // DescribeLiveDomainCertificateInfo, CertExpireTime
		"2006-01-02T15:04Z07:00",        // DescribeLiveDomainDetail, GmtModified
		"2006-01-02 15:04:05 -0700 UTC", // DescribeCertificateInfoByID, CertExpireTime
		"2006-01-02 15:04:05",           // DescribeCdnHttpsDomainList, CertExpireTime
		"Jan _2 15:04:05 2006 GMT",      // DescribeLiveDomainByCertificate, CertStartTime
		time.DateOnly,                   // ListUserCertificateOrder, EndDate
	}
	for _, layout := range layouts {
		if parsed, err := time.Parse(layout, text); err == nil {
			return parsed.UTC(), true
		}
	}
	return time.Time{}, false
}
