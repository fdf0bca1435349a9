package coverage_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"
)

// source is a parsed Go file.
type source struct {
	text string
	set  *token.FileSet
	file *ast.File
}

// parse reads a Go file once.
func parse(cache map[string]source, path string) source {
	GinkgoHelper()
	if known, found := cache[path]; found {
		return known
	}
	text, err := os.ReadFile(path)
	Expect(err).NotTo(HaveOccurred())
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, parser.SkipObjectResolution)
	Expect(err).NotTo(HaveOccurred())
	cache[path] = source{string(text), set, file}
	return cache[path]
}

// of is the text of a part of the file.
func (s source) of(node ast.Node) string {
	return s.text[s.set.Position(node.Pos()).Offset:s.set.Position(node.End()).Offset]
}

// declaration is the text that declares an identifier: a function, a constant, a
// type, or Type.Method and Type.Field. Empty if the file does not declare it.
func (s source) declaration(identifier string) string {
	owner, member, isMember := strings.Cut(identifier, ".")
	for _, declared := range s.file.Decls {
		switch declared := declared.(type) {
		case *ast.FuncDecl:
			if receiver := receiverOf(declared); receiver == owner && declared.Name.Name == member || receiver == "" && declared.Name.Name == identifier {
				return s.of(declared)
			}
		case *ast.GenDecl:
			for _, spec := range declared.Specs {
				if found := specOf(spec, owner, member); found != nil && (isMember || member == "") {
					return s.of(found)
				}
			}
		}
	}
	return ""
}

// receiverOf is the name of a method's type.
func receiverOf(function *ast.FuncDecl) string {
	if function.Recv == nil {
		return ""
	}
	kind := function.Recv.List[0].Type
	if pointer, isPointer := kind.(*ast.StarExpr); isPointer {
		kind = pointer.X
	}
	if generic, isGeneric := kind.(*ast.IndexExpr); isGeneric {
		kind = generic.X
	}
	if name, isName := kind.(*ast.Ident); isName {
		return name.Name
	}
	return ""
}

// specOf is the part of a declaration that declares a name or, with a member, a
// field of a struct of that name.
func specOf(spec ast.Spec, name, member string) ast.Node {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if spec.Name.Name != name {
			return nil
		}
		if member == "" {
			return spec
		}
		return fieldOf(spec.Type, member)
	case *ast.ValueSpec:
		for _, declared := range spec.Names {
			if declared.Name == name && member == "" {
				return spec
			}
		}
	}
	return nil
}

func fieldOf(kind ast.Expr, name string) ast.Node {
	structure, isStruct := kind.(*ast.StructType)
	if !isStruct {
		return nil
	}
	for _, field := range structure.Fields.List {
		for _, declared := range field.Names {
			if declared.Name == name {
				return field
			}
		}
	}
	return nil
}

// specText is the text of the call that makes a spec, a table, an entry or a
// container with this text, or of the fuzz target or benchmark of this name. Empty
// if the file has none.
func (s source) specText(text string) string {
	if found := s.declaration(text); strings.HasPrefix(text, "Fuzz") && found != "" {
		return found
	}
	var found string
	ast.Inspect(s.file, func(node ast.Node) bool {
		call, isCall := node.(*ast.CallExpr)
		if !isCall || found != "" || len(call.Args) == 0 {
			return found == ""
		}
		function, isName := call.Fun.(*ast.Ident)
		if isName && strings.Contains(" It Entry DescribeTable Describe Context ", " "+function.Name+" ") && literal(call.Args[0]) == text {
			found = s.of(call)
		}
		return found == ""
	})
	return found
}

// literal is the value of a text. What a sum has beside texts is "…".
func literal(expression ast.Expr) string {
	switch expression := expression.(type) {
	case *ast.BinaryExpr:
		return literal(expression.X) + literal(expression.Y)
	case *ast.BasicLit:
		if value, err := strconv.Unquote(expression.Value); err == nil && expression.Kind == token.STRING {
			return value
		}
	}
	return "…"
}

// hasPath reports whether a CRD's schema has a path such as .status.provider.life.
func hasPath(path, field string) bool {
	GinkgoHelper()
	text, err := os.ReadFile(path)
	Expect(err).NotTo(HaveOccurred())
	var crd struct {
		Spec struct {
			Versions []struct {
				Schema struct {
					OpenAPIV3Schema map[string]any `json:"openAPIV3Schema"`
				} `json:"schema"`
			} `json:"versions"`
		} `json:"spec"`
	}
	Expect(yaml.Unmarshal(text, &crd)).To(Succeed())
	schema := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
	for _, name := range strings.Split(strings.TrimPrefix(field, "."), ".") {
		properties, isObject := schema["properties"].(map[string]any)
		if !isObject {
			return false
		}
		if schema, isObject = properties[name].(map[string]any); !isObject {
			return false
		}
	}
	return true
}
