package cdnpro_test

import (
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider/cdnpro"
)

var _ = Describe("A claim", func() {
	It("is one's own until it is given up, and then of those who read later", func() {
		claims := cdnpro.NewClaims()
		early := claims.Now()
		Expect(claims.Take("a", early)).To(BeTrue())
		Expect(claims.Take("a", claims.Now())).To(BeFalse(), "it is held")
		Expect(claims.Take("b", early)).To(BeTrue(), "another is free")
		claims.Give("a")
		Expect(claims.Take("a", early)).To(BeFalse(), "what was read before it was given up is of no use")
		Expect(claims.Take("a", claims.Now())).To(BeTrue())
	})

	It("is forgotten when there are many, but not while it is held", func() {
		claims := cdnpro.NewClaims()
		Expect(claims.Take("held", 0)).To(BeTrue())
		for i := range 2 * cdnpro.MaxClaims {
			id := strconv.Itoa(i)
			Expect(claims.Take(id, claims.Now())).To(BeTrue())
			claims.Give(id)
		}
		Expect(claims.Len()).To(BeNumerically("<=", cdnpro.MaxClaims))
		Expect(claims.Take("held", claims.Now())).To(BeFalse())
	})
})
