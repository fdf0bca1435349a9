package aliyunlive_test

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/internal/certbundle"
	"github.com/domaincert/domaincert/internal/provider"
	"github.com/domaincert/domaincert/internal/provider/aliyun"
	"github.com/domaincert/domaincert/internal/provider/aliyunlive"
	"github.com/domaincert/domaincert/internal/provider/conformance/alibaba"
	"github.com/domaincert/domaincert/test/edgesim"
	"github.com/domaincert/domaincert/test/testcerts"
)

func TestAliyunLive(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "aliyunlive")
}

const (
	domain = "live.example.com"
	name   = "default-live-12345678"
	// nodeTimeout ends a spec that would hang without what it tests.
	nodeTimeout = 20 * time.Second
)

// target is the domain of most specs.
func target() provider.Target { return provider.Target{Domain: domain, Name: name} }

// aBundle is a certificate for the domain of most specs.
func aBundle() certbundle.Bundle {
	GinkgoHelper()
	return alibaba.NewBundle(testcerts.NewCA("Example"), testcerts.Options{DNSNames: []string{domain}})
}

// newAdapter is an adapter of a simulator.
func newAdapter(simulator *edgesim.Server, change ...func(*aliyun.Config)) *aliyunlive.Adapter {
	GinkgoHelper()
	return aliyunlive.New(alibaba.NewClient("http://"+simulator.APIAddress(), change...))
}

// newProvider is an adapter as the port knows it.
func newProvider(client *aliyun.Client) provider.Provider { return aliyunlive.New(client) }

// scripted is an adapter of a server that answers as told.
func scripted(script alibaba.Answers) *aliyunlive.Adapter {
	GinkgoHelper()
	return aliyunlive.New(alibaba.Scripted(script))
}

// deploy puts a bundle on the target and expects success.
func deploy(ctx context.Context, adapter *aliyunlive.Adapter, t provider.Target, bundle certbundle.Bundle) provider.Handle {
	GinkgoHelper()
	handle, err := adapter.Deploy(ctx, t, bundle)
	Expect(err).NotTo(HaveOccurred())
	return handle
}
