package aliyunlive

import (
	"encoding/json"

	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

// MaxStoredNames bounds the names that an adapter remembers.
const MaxStoredNames = maxStoredNames

// Decode is what a describe reply tells of a domain.
func Decode(body []byte, domain string) (provider.Observation, error) {
	var reply describeReply
	if err := json.Unmarshal(body, &reply); err != nil {
		return provider.Observation{}, err
	}
	info := infoOf(reply, domain)
	return observationOf(info, leafOf(info.SSLPub)), nil
}

// CodeTables are all tables of codes, by operation.
func CodeTables() map[string]aliyun.Codes {
	return map[string]aliyun.Codes{"set": setCodes(), "describe": describeCodes(), "detail": detailCodes()}
}

// StoredNames is the memory of stored names by itself.
type StoredNames = storedNames

// NewStoredNames returns an empty one.
func NewStoredNames() *StoredNames { return newStoredNames() }

// Name is the name to use.
func (s *StoredNames) Name(fingerprint, own string) string { return s.name(fingerprint, own) }

// Remember keeps a name.
func (s *StoredNames) Remember(fingerprint, name string) { s.remember(fingerprint, name) }

// Len is how many names are kept.
func (s *StoredNames) Len() int { return len(s.names) }
