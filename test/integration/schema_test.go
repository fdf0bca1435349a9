package integration_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// crdSizeLimit keeps the CRDs far from etcd's limit of 1.5 MiB, and from the
// 256 KiB that kubectl apply has for its annotation.
const crdSizeLimit = 200 << 10

// readCRD reads the generated CRD of a kind by its plural name.
func readCRD(plural string) (raw []byte, crd *apiextensionsv1.CustomResourceDefinition) {
	GinkgoHelper()
	raw, err := os.ReadFile(filepath.Join(crdBases, "domaincert.io_"+plural+".yaml"))
	Expect(err).NotTo(HaveOccurred())
	crd = &apiextensionsv1.CustomResourceDefinition{}
	Expect(yaml.UnmarshalStrict(raw, crd)).To(Succeed())
	return raw, crd
}

// schemaOf is the schema of a CRD's only version.
func schemaOf(crd *apiextensionsv1.CustomResourceDefinition) apiextensionsv1.JSONSchemaProps {
	GinkgoHelper()
	Expect(crd.Spec.Versions).To(HaveLen(1))
	return *crd.Spec.Versions[0].Schema.OpenAPIV3Schema
}

// walk visits every field below a schema, lists' and maps' fields included.
func walk(path string, schema apiextensionsv1.JSONSchemaProps, visit func(path string, field apiextensionsv1.JSONSchemaProps)) {
	for name, field := range schema.Properties {
		visit(path+"."+name, field)
		walk(path+"."+name, field, visit)
	}
	if schema.Items != nil {
		walk(path+"[]", *schema.Items.Schema, visit)
	}
	if schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema != nil {
		walk(path+"{}", *schema.AdditionalProperties.Schema, visit)
	}
}

var _ = Describe("The schema", func() {
	DescribeTable("of a kind", func(plural string) {
		raw, crd := readCRD(plural)
		Expect(len(raw)).To(BeNumerically("<", crdSizeLimit))

		var undescribed, unbounded []string
		walk("", schemaOf(crd), func(path string, field apiextensionsv1.JSONSchemaProps) {
			// metadata is Kubernetes' own: the server describes and bounds it.
			if field.Description == "" && path != ".metadata" {
				undescribed = append(undescribed, path)
			}
			if isUnbounded(field) && !isForeign(path) {
				unbounded = append(unbounded, path)
			}
		})
		Expect(undescribed).To(BeEmpty(), "fields without a description")
		Expect(unbounded).To(BeEmpty(), "fields that can grow without bounds")
	},
		Entry("explains and bounds every field of DomainCertificate", "domaincertificates"),
		Entry("explains and bounds every field of EdgeProvider", "edgeproviders"),
		Entry("explains and bounds every field of ClusterEdgeProvider", "clusteredgeproviders"),
	)

	DescribeTable("says the default of a field in its description", func(plural string) {
		_, crd := readCRD(plural)
		walk("", schemaOf(crd), func(path string, field apiextensionsv1.JSONSchemaProps) {
			if field.Default == nil || field.Type == "object" {
				return
			}
			value := strings.Trim(string(field.Default.Raw), `"`)
			Expect(field.Description).To(Or(
				ContainSubstring(value+" (default)"),
				ContainSubstring(", default)"),
				ContainSubstring("Defaults to "+value),
			), fmt.Sprintf("%s defaults to %s", path, value))
		})
	},
		Entry("of DomainCertificate", "domaincertificates"),
		Entry("of EdgeProvider", "edgeproviders"),
		Entry("of ClusterEdgeProvider", "clusteredgeproviders"),
	)
})

// isUnbounded reports whether a string or list has no upper bound.
func isUnbounded(field apiextensionsv1.JSONSchemaProps) bool {
	switch field.Type {
	case "string":
		return field.MaxLength == nil && len(field.Enum) == 0 && field.Format == ""
	case "array":
		return field.MaxItems == nil
	}
	return false
}

// isForeign reports whether a field belongs to Kubernetes' own schemas, whose
// bounds are not ours to set.
func isForeign(path string) bool {
	return path == ".apiVersion" || path == ".kind" || foreign.MatchString(path)
}

// foreign matches what is below a list of conditions or a label selector.
var foreign = regexp.MustCompile(`\.(conditions\[\]|allowedNamespaces|namespaceSelector)\.`)
