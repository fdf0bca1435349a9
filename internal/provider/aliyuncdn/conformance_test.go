package aliyuncdn_test

import (
	"github.com/domaincert/domaincert/internal/provider/conformance"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
)

var (
	_ = conform(cdn(), "", edgesim.Settings{}, conformance.WireFaults()...)
	_ = conform(dcdn(), "", edgesim.Settings{}, conformance.WireFaults()...)
	_ = conform(vod(), "", edgesim.Settings{}, conformance.WireFaults()...)
	_ = conform(cdn(), " that stores nothing twice", strict())
	_ = conform(dcdn(), " that stores nothing twice", strict())
	_ = conform(vod(), " that stores nothing twice", strict())
)

// strict refuses whatever is stored already, by name and by content.
func strict() edgesim.Settings {
	return edgesim.Settings{DuplicateContent: edgesim.DuplicateReject, RepeatedUpload: edgesim.RepeatedReject}
}

func conform(p product, how string, settings edgesim.Settings, wireFaults ...conformance.Fault) bool {
	return conformance.Describe(p.name+how, func() conformance.Harness {
		return alibaba.NewHarness(settings, p.simulated, p.set, p.provider)
	}, wireFaults...)
}
