package aliyun_test

import (
	"fmt"
	"sync"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/provider/aliyun"
)

var _ = Describe("Whereabouts", func() {
	It("are remembered, and bounded whoever asks", func() {
		whereabouts := aliyun.NewWhereabouts[string]()
		var callers sync.WaitGroup
		for i := range 4 {
			callers.Go(func() {
				for j := range aliyun.MaxWhereabouts {
					fingerprint := fmt.Sprintf("%d-%d", i, j)
					whereabouts.Remember(fingerprint, "stored")
					whereabouts.Of(fingerprint)
				}
			})
		}
		callers.Wait()
		whereabouts.Remember("last", "stored")
		remembered := 0
		for i := range 4 {
			for j := range aliyun.MaxWhereabouts {
				if _, known := whereabouts.Of(fmt.Sprintf("%d-%d", i, j)); known {
					remembered++
				}
			}
		}
		Expect(remembered).To(Equal(aliyun.MaxWhereabouts - 1))
		place, known := whereabouts.Of("last")
		Expect(known).To(BeTrue())
		Expect(place).To(Equal("stored"))
		_, known = whereabouts.Of("never")
		Expect(known).To(BeFalse())
	})

	It("are forgotten", func() {
		whereabouts := aliyun.NewWhereabouts[int]()
		whereabouts.Remember("a", 1)
		whereabouts.Remember("a", 2)
		place, _ := whereabouts.Of("a")
		Expect(place).To(Equal(2))
		whereabouts.Forget("a")
		whereabouts.Forget("a")
		_, known := whereabouts.Of("a")
		Expect(known).To(BeFalse())
	})

	It("are sought by one at a time, each certificate by itself", func() {
		whereabouts := aliyun.NewWhereabouts[string]()
		end, alone := whereabouts.Seek("a")
		Expect(alone).To(BeTrue())
		_, alone = whereabouts.Seek("a")
		Expect(alone).To(BeFalse())
		endOther, alone := whereabouts.Seek("b")
		Expect(alone).To(BeTrue())
		endOther()
		end()
		end, alone = whereabouts.Seek("a")
		Expect(alone).To(BeTrue(), "who comes later may seek again")
		end()
	})

	It("are never sought by two at once", func() {
		whereabouts := aliyun.NewWhereabouts[string]()
		var seeking, most atomic.Int32
		var callers sync.WaitGroup
		for range 8 {
			callers.Go(func() {
				for range 1000 {
					end, alone := whereabouts.Seek("a")
					if !alone {
						continue
					}
					most.Store(max(most.Load(), seeking.Add(1)))
					seeking.Add(-1)
					end()
				}
			})
		}
		callers.Wait()
		Expect(most.Load()).To(Equal(int32(1)))
	})
})
