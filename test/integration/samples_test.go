package integration_test

import (
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

const samples = "../../config/samples"

// sampleFiles are the samples, and those of the quickstart. Specs are made of
// them before any runs, so an error ends the program.
func sampleFiles() []string {
	var files []string
	for _, pattern := range []string{"*.yaml", "quickstart/*.yaml"} {
		found, err := filepath.Glob(filepath.Join(samples, pattern))
		if err != nil {
			panic(err)
		}
		for _, file := range found {
			if filepath.Base(file) != "kustomization.yaml" {
				files = append(files, file)
			}
		}
	}
	return files
}

// readSample reads a sample as hack/quickstart does, with the simulator's
// addresses in place of their names.
func readSample(file string) manifest {
	GinkgoHelper()
	addresses := map[string]string{
		"EDGESIM_API":  "http://127.0.0.1:8080",
		"EDGESIM_EDGE": "127.0.0.1:8443",
	}
	text, err := os.ReadFile(file)
	Expect(err).NotTo(HaveOccurred())
	return manifest(os.Expand(string(text), func(name string) string {
		Expect(addresses).To(HaveKey(name), "hack/quickstart knows no such address")
		return addresses[name]
	}))
}

var _ = Describe("The samples", func() {
	for _, file := range sampleFiles() {
		name, err := filepath.Rel(samples, file)
		if err != nil {
			panic(err)
		}
		It("are accepted: "+name, func(ctx SpecContext) {
			// What lies in a namespace needs it to exist.
			Expect(readSample(filepath.Join(samples, "quickstart", "namespace.yaml")).apply(ctx)).To(Succeed())

			sample := readSample(file)
			Expect(sample.objects()).To(HaveLen(1), "one object per file")
			Expect(sample.apply(ctx, "--dry-run=server")).To(Succeed())
		})
	}

	It("hold no Secret: keys have no place in the repository", func() {
		for _, file := range sampleFiles() {
			Expect(readSample(file).names("Secret")).To(BeEmpty(), file)
		}
	})

	It("are all named by their kustomization", func(ctx SpecContext) {
		files, err := filepath.Glob(filepath.Join(samples, "*.yaml"))
		Expect(err).NotTo(HaveOccurred())
		Expect(kustomize(ctx, samples).objects()).To(HaveLen(len(files) - 1))
	})
})
