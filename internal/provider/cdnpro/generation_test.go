package cdnpro_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider/cdnpro"
)

var _ = DescribeTable("The certificate that follows a full one is named after it",
	func(full, next string) { Expect(cdnpro.SuccessorName(full)).To(Equal(next)) },
	Entry("the first", "dcert-www-12345678", "dcert-www-12345678-g2"),
	Entry("the second", "dcert-www-g2", "dcert-www-g3"),
	Entry("with more digits", "dcert-www-g99", "dcert-www-g100"),
	Entry("there is no first generation by number", "www-g1", "www-g1-g2"),
	Entry("nor one with zeros", "www-g02", "www-g02-g2"),
	Entry("nor with a sign", "www-g+2", "www-g+2-g2"),
	Entry("nor without end", "www-g99999999999", "www-g99999999999-g2"),
	Entry("a number alone is no name", "-g2", "-g2-g2"),
	Entry("a name may look like one", "www-g2-g2", "www-g2-g3"),
	Entry("nothing at all", "", "-g2"),
)
