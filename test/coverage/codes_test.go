package coverage_test

import (
	"cmp"
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	domaincertv1alpha1 "github.com/domaincert/domaincert/api/v1alpha1"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/aliyuncas"
	"github.com/domaincert/domaincert/internal/provider/aliyuncdn"
)

// codeTable is a table of error codes in a document, and where the code has it.
type codeTable struct {
	document, heading string
	// file and functions have the table: maps from a code to its meaning.
	file      string
	functions []string
	// kind of a code; if nil, what the table says itself, where each meaning begins
	// with its kind.
	kind func(context.Context, string) provider.Kind
	// reasons are those that are not Deployed's.
	reasons map[provider.Kind]string
}

const internal = "../../internal/provider/"

func codeTables() []codeTable {
	return []codeTable{
		{document: "README.md", heading: "Error codes of every Alibaba Cloud product", file: internal + "aliyun/codes.go", functions: []string{"gatewayCodes"}},
		{document: "live.md", heading: "Error codes", file: internal + "aliyun/product.go", functions: []string{"SetCodes", "DescribeCodes"}, kind: setKind},
		{document: "cdn.md", heading: "Error codes", file: internal + "aliyuncdn/dialect.go", functions: []string{"cdn"}, kind: observedKind(aliyuncdn.NewCDN)},
		{document: "vod.md", heading: "Error codes", file: internal + "aliyuncdn/dialect.go", functions: []string{"vod"}, kind: observedKind(aliyuncdn.NewVOD)},
		{document: "cas.md", heading: "Error codes", file: internal + "aliyuncas/codes.go", functions: []string{"readCodes"}, kind: foundKind,
			reasons: map[provider.Kind]string{
				provider.NotFound: domaincertv1alpha1.CertificateNotFoundReason, provider.Rejected: domaincertv1alpha1.CertificateAmbiguousReason}},
		{document: "cdnpro.md", heading: "Error codes", file: internal + "cdnpro/codes.go", functions: []string{"meanings"}},
		{document: "credentials.md", heading: "Error codes", file: internal + "aliyun/codes_sts.go", functions: []string{"stsCodes"},
			reasons: map[provider.Kind]string{provider.Denied: domaincertv1alpha1.CredentialsRefusedReason}},
	}
}

// setKind is the kind of a code of the call that sets a domain's certificate.
func setKind(_ context.Context, code string) provider.Kind {
	return aliyun.SetCodes(aliyun.Product{})[code].Kind
}

// observedKind is the kind of a code that the adapter meets when it looks.
func observedKind(adapter func(*aliyun.Client) *aliyuncdn.Adapter) func(context.Context, string) provider.Kind {
	return func(ctx context.Context, code string) provider.Kind {
		_, err := adapter(refusing(code)).Observe(ctx, provider.Target{Domain: "www.example.com"})
		return provider.AsError(err).Kind
	}
}

// foundKind is the kind of a code that Certificate Management Service answers.
func foundKind(ctx context.Context, code string) provider.Kind {
	_, err := aliyuncas.New(refusing(code), nil).Find(ctx, provider.Target{Domain: "www.example.com", Existing: &provider.Existing{Type: provider.ExistingCAS, ID: "1"}})
	return provider.AsError(err).Kind
}

// refusing is a client of a server that refuses everything with a code.
func refusing(code string) *aliyun.Client {
	GinkgoHelper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"RequestId": "R-1", "Code": %q}`, strings.TrimSuffix(code, ".*"))
	}))
	DeferCleanup(server.Close)
	return clientOf(server.URL)
}

// documented are the rows of a table of codes: reasons by code.
func (t codeTable) documented() map[string]string {
	GinkgoHelper()
	text, err := os.ReadFile(filepath.Join(providers, t.document))
	Expect(err).NotTo(HaveOccurred())
	_, section, found := strings.Cut(string(text), "\n## "+t.heading+"\n")
	Expect(found).To(BeTrue(), "%s has no %q", t.document, t.heading)
	section, _, _ = strings.Cut(section, "\n## ")
	reasons := map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^\| \[(\w+)\]\(\.\./runbook\.md#\w+\) \| (.+) \|$`).FindAllStringSubmatch(section, -1) {
		for _, code := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(line[2], -1) {
			Expect(reasons).NotTo(HaveKey(code[1]), "twice in %s", t.document)
			reasons[code[1]] = line[1]
		}
	}
	return reasons
}

// kinds are the codes of the table in the code, with their kinds as far as they are
// written beside them.
func (t codeTable) kinds(cache map[string]source) map[string]provider.Kind {
	GinkgoHelper()
	file := parse(cache, t.file)
	constants := constantsOf(cache, filepath.Dir(t.file))
	found := map[string]provider.Kind{}
	for _, declared := range file.file.Decls {
		function, isFunction := declared.(*ast.FuncDecl)
		if !isFunction || !slices.Contains(t.functions, function.Name.Name) {
			continue
		}
		ast.Inspect(function, func(node ast.Node) bool {
			pair, isPair := node.(*ast.KeyValueExpr)
			if !isPair {
				return true
			}
			if code := codeOf(pair.Key, constants); code != "" {
				found[code] = kindOf(pair.Value)
			}
			return true
		})
	}
	return found
}

// codeOf is the code that a key of a map stands for; empty if it is none.
func codeOf(key ast.Expr, constants map[string]string) string {
	switch key := key.(type) {
	case *ast.BasicLit:
		if key.Kind == token.STRING {
			return literal(key)
		}
	case *ast.Ident:
		return constants[key.Name]
	}
	return ""
}

// kindOf is the kind that a meaning begins with; empty if it does not.
func kindOf(meaning ast.Expr) provider.Kind {
	fields, isComposite := meaning.(*ast.CompositeLit)
	if !isComposite || len(fields.Elts) == 0 {
		return ""
	}
	first := fields.Elts[0]
	if pair, isPair := first.(*ast.KeyValueExpr); isPair {
		first = pair.Value
	}
	kind, isSelector := first.(*ast.SelectorExpr)
	if !isSelector {
		return ""
	}
	return provider.Kind(kind.Sel.Name)
}

// constantsOf are the text constants of a package that name codes.
func constantsOf(cache map[string]source, folder string) map[string]string {
	GinkgoHelper()
	found := map[string]string{}
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	Expect(err).NotTo(HaveOccurred())
	for _, file := range files {
		ast.Inspect(parse(cache, file).file, func(node ast.Node) bool {
			spec, isSpec := node.(*ast.ValueSpec)
			if isSpec && len(spec.Names) == len(spec.Values) {
				for i, name := range spec.Names {
					if strings.HasPrefix(strings.ToLower(name.Name), "code") {
						found[name.Name] = literal(spec.Values[i])
					}
				}
			}
			return true
		})
	}
	return found
}

// reasonsOf are the reasons that controllers give to kinds, read from their code, so that
// this is no second opinion.
func reasonsOf(cache map[string]source) map[provider.Kind]string {
	GinkgoHelper()
	reasons := map[provider.Kind]string{}
	for kind, reason := range returnsOf(cache, "reasonOf") {
		if _, depends := reason.(*ast.CallExpr); depends {
			// Some codes of ours have a reason of their own; those of vendors have the default.
			reason = returnsOf(cache, "unavailableReason")[""]
		}
		if kind == "" {
			kind = string(provider.Unavailable) // the default
		}
		reasons[provider.Kind(kind)] = strings.TrimSuffix(selected(reason), "Reason")
	}
	Expect(reasons).To(HaveLen(7), "one for each kind")
	return reasons
}

// returnsOf are the expressions that a function of outcome.go returns for each case of
// its switch; the default has no name.
func returnsOf(cache map[string]source, name string) map[string]ast.Expr {
	GinkgoHelper()
	returns := map[string]ast.Expr{}
	for _, declared := range parse(cache, "../../controllers/outcome.go").file.Decls {
		function, isFunction := declared.(*ast.FuncDecl)
		if !isFunction || function.Name.Name != name {
			continue
		}
		ast.Inspect(function, func(node ast.Node) bool {
			clause, isClause := node.(*ast.CaseClause)
			if !isClause {
				return true
			}
			kind := ""
			if len(clause.List) > 0 {
				kind = selected(clause.List[0])
			}
			returned, isReturn := clause.Body[0].(*ast.ReturnStmt)
			Expect(isReturn).To(BeTrue())
			returns[kind] = returned.Results[0]
			return false
		})
	}
	Expect(returns).NotTo(BeEmpty(), name)
	return returns
}

func selected(expression ast.Expr) string {
	selector, isSelector := expression.(*ast.SelectorExpr)
	if !isSelector {
		return ""
	}
	return selector.Sel.Name
}

var _ = Describe("A document's table of error codes", func() {
	for _, table := range codeTables() {
		It("says what the code does: "+table.document, func(ctx SpecContext) {
			cache := map[string]source{}
			reasons := reasonsOf(cache)
			expected := map[string]string{}
			for code, kind := range table.kinds(cache) {
				if table.kind != nil {
					kind = table.kind(ctx, code)
				}
				expected[code] = cmp.Or(table.reasons[kind], reasons[kind])
			}
			Expect(expected).NotTo(BeEmpty())
			Expect(table.documented()).To(Equal(expected))
		})
	}
})
