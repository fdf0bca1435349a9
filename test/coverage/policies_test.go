package coverage_test

import (
	"encoding/json"
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// policy is a RAM policy, of permissions or of trust.
type policy struct {
	Version   string
	Statement []struct {
		Effect    string
		Action    oneOrMore
		Resource  oneOrMore
		Principal map[string]any
		Condition map[string]map[string]oneOrMore
	}
}

// oneOrMore is a text or a list of texts.
type oneOrMore []string

// UnmarshalJSON implements json.Unmarshaler.
func (o *oneOrMore) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(o))
}

// policies are the JSON blocks of a document.
func policies(document string) []policy {
	GinkgoHelper()
	text, err := os.ReadFile(filepath.Join(providers, document))
	Expect(err).NotTo(HaveOccurred())
	var found []policy
	for _, block := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		decoder := json.NewDecoder(strings.NewReader(block[1]))
		decoder.DisallowUnknownFields()
		var p policy
		Expect(decoder.Decode(&p)).To(Succeed(), "%s: %s", document, block[1])
		found = append(found, p)
	}
	return found
}

// operations are the operations that functions name: of the products that an
// adapter calls.
func operations(path string, functions ...string) []string {
	GinkgoHelper()
	var found []string
	name := regexp.MustCompile(`^(Set|Describe|List|Get|Delete)[A-Z]\w+$`)
	for _, declared := range parse(map[string]source{}, path).file.Decls {
		function, isFunction := declared.(*ast.FuncDecl)
		if !isFunction || !slices.Contains(functions, function.Name.Name) {
			continue
		}
		ast.Inspect(function, func(node ast.Node) bool {
			if text, isLiteral := node.(*ast.BasicLit); isLiteral && name.MatchString(literal(text)) && !slices.Contains(found, literal(text)) {
				found = append(found, literal(text))
			}
			return true
		})
	}
	return found
}

var _ = Describe("A document's policy", func() {
	DescribeTable("allows what the adapter calls, and nothing else",
		func(document, namespace, path string, functions ...string) {
			var allowed, called []string
			for _, p := range policies(document) {
				Expect(p.Version).To(Equal("1"))
				for _, statement := range p.Statement {
					Expect(statement.Effect).To(Equal("Allow"))
					Expect(statement.Resource).NotTo(BeEmpty())
					allowed = append(allowed, statement.Action...)
				}
			}
			for _, operation := range operations(path, functions...) {
				called = append(called, namespace+":"+operation)
			}
			slices.Sort(allowed)
			Expect(slices.Compact(allowed)).To(ConsistOf(called))
		},
		Entry("Live", "live.md", "live", internal+"aliyunlive/adapter.go", "New"),
		Entry("CDN", "cdn.md", "cdn", internal+"aliyuncdn/dialect.go", "cdn"),
		Entry("DCDN", "dcdn.md", "dcdn", internal+"aliyuncdn/dialect.go", "dcdn"),
		Entry("VOD", "vod.md", "vod", internal+"aliyuncdn/dialect.go", "vod"),
		Entry("Certificate Management Service", "cas.md", "yundun-cert", internal+"aliyuncas/adapter.go", "New"),
	)

	It("that lets a role be assumed is one", func() {
		found := policies("credentials.md")
		Expect(found).To(HaveLen(3))
		for _, p := range found {
			Expect(p.Version).To(Equal("1"))
			Expect(p.Statement).To(HaveLen(1))
			Expect(p.Statement[0].Action).To(Equal(oneOrMore{"sts:AssumeRole"}))
		}
		Expect(found[0].Statement[0].Condition["StringEquals"]).To(HaveKey("oidc:sub"), "or any ServiceAccount could")
		Expect(found[1].Statement[0].Condition["StringEquals"]).To(HaveKey("sts:ExternalId"))
	})
})

var _ = Describe("The documents about providers", func() {
	It("name only fields that objects have", func() {
		var crds []string
		for _, kind := range []string{"domaincertificates", "edgeproviders"} {
			crds = append(crds, "../../config/crd/bases/domaincert.io_"+kind+".yaml")
		}
		files, err := filepath.Glob(filepath.Join(providers, "*.md"))
		Expect(err).NotTo(HaveOccurred())
		Expect(len(files)).To(BeNumerically(">=", 9))
		for _, file := range files {
			text, err := os.ReadFile(file)
			Expect(err).NotTo(HaveOccurred())
			for _, field := range regexp.MustCompile("`(\\.(?:status|spec)[.a-zA-Z]+)`").FindAllStringSubmatch(string(text), -1) {
				known := slices.ContainsFunc(crds, func(crd string) bool { return hasPath(crd, field[1]) })
				Expect(known).To(BeTrue(), "%s: %s", file, field[1])
			}
		}
	})
})

var _ = DescribeTable("A document's quotas are those that the operator paces at",
	func(document, function string, operations map[string]string) {
		declared := parse(map[string]source{}, "../../cmd/products.go").declaration(function)
		text, err := os.ReadFile(filepath.Join(providers, document))
		Expect(err).NotTo(HaveOccurred())
		for budget, operation := range operations {
			quota := regexp.MustCompile(budget + `:\s*(\d+)`).FindStringSubmatch(declared)
			Expect(quota).To(HaveLen(2), "%s has no %s", function, budget)
			Expect(string(text)).To(MatchRegexp("(?m)^\\| `%s` \\|.*\\b%s/s.*\\|$", operation, quota[1]))
		}
	},
	Entry("Live", "live.md", "liveQuota", map[string]string{
		"DeployPerSecond": "SetLiveDomainCertificate", "ObservePerSecond": "DescribeLiveDomainCertificateInfo", "LookupPerSecond": "DescribeLiveCertificateDetail"}),
	Entry("CDN", "cdn.md", "cdnQuota", map[string]string{
		"DeployPerSecond": "SetCdnDomainSSLCertificate", "ObservePerSecond": "DescribeDomainCertificateInfo", "LookupPerSecond": "DescribeCertificateInfoByID"}),
	Entry("DCDN", "dcdn.md", "dcdnQuota", map[string]string{
		"DeployPerSecond": "SetDcdnDomainSSLCertificate", "ObservePerSecond": "DescribeDcdnDomainCertificateInfo"}),
	Entry("VOD", "vod.md", "vodQuota", map[string]string{
		"DeployPerSecond": "SetVodDomainSSLCertificate", "ObservePerSecond": "DescribeVodDomainCertificateInfo"}),
	Entry("Certificate Management Service", "cas.md", "casQuota", map[string]string{"ObservePerSecond": "ListUserCertificateOrder"}),
)
