package aliyunlive_test

import (
	"github.com/domaincert/domaincert/internal/provider/conformance"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
)

var (
	_ = conformance.Describe("ApsaraVideo Live", func() conformance.Harness {
		return newHarness(edgesim.Settings{})
	}, conformance.WireFaults()...)
	_ = conformance.Describe("ApsaraVideo Live that refuses equal content under two names", func() conformance.Harness {
		return newHarness(edgesim.Settings{DuplicateContent: edgesim.DuplicateReject})
	})
)

func newHarness(settings edgesim.Settings) *alibaba.Harness {
	return alibaba.NewHarness(settings, edgesim.ProductLive, "SetLiveDomainCertificate", newProvider)
}
