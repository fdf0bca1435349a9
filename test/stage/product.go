package stage

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
)

// Product is one that the simulator stands in for.
type Product struct {
	// Name is how the quickstart and its samples call it.
	Name string
	// Title is what its vendor calls it.
	Title string
}

// Live is the product of a stage that names none.
const Live = "live"

// products by name.
func products() map[string]Product {
	index := map[string]Product{}
	for _, product := range []Product{
		{Live, "ApsaraVideo Live"},
		{"cdn", "Alibaba Cloud CDN"},
		{"dcdn", "Alibaba Cloud DCDN"},
		{"vod", "ApsaraVideo VOD"},
		{cdnPro, "CDN Pro"},
	} {
		index[product.Name] = product
	}
	return index
}

const cdnPro = "cdnpro"

// ProductNamed returns the product of a name.
func ProductNamed(name string) (Product, error) {
	known := products()
	if product, found := known[name]; found {
		return product, nil
	}
	return Product{}, fmt.Errorf("there is no provider %q; choose one of %s", name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
}

// Product is the one that the simulator stands in for.
func (s *Stage) Product() Product { return s.product }

// account is the simulator's account, with the domain at the product, as its
// configuration file has it: the simulator's own types do not write secrets.
func (s *Stage) account() map[string]any {
	if s.product.Name == cdnPro {
		return map[string]any{"id": AccountID, "cdnpro": map[string]any{
			"user": AccessKeyID, "apiKey": s.AccessKeySecret,
			// Without a certificate: the first deployment binds one.
			"properties": []any{map[string]any{"id": "quickstart", "hostnames": []string{Domain}}},
		}}
	}
	return map[string]any{
		"id":      AccountID,
		"keys":    []any{map[string]any{"id": AccessKeyID, "secret": s.AccessKeySecret}},
		"domains": []any{map[string]any{"name": Domain, "product": s.product.Name}},
	}
}

// credentials are what the operator's Secret holds for the account.
func (s *Stage) credentials() map[string][]byte {
	if s.product.Name == cdnPro {
		return map[string][]byte{
			"username": []byte(AccessKeyID),
			"apiKey":   []byte(s.AccessKeySecret),
		}
	}
	return map[string][]byte{
		domaincertv1alpha1.AccessKeyIDKey:     []byte(AccessKeyID),
		domaincertv1alpha1.AccessKeySecretKey: []byte(s.AccessKeySecret),
	}
}
