package edgeprobe_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestEdgeprobe(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Edgeprobe")
}
