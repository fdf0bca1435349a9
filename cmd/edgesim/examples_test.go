package main_test

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// posted finds what examples post to the admin API: its path and its body.
var posted = regexp.MustCompile(`(?s)\$admin(/[a-z/]+)"? -d '(.*?)'`)

var _ = Describe("every example", func() {
	// works sends the examples of a text to a simulator.
	works := func(text string, atLeast int) {
		GinkgoHelper()
		examples := posted.FindAllStringSubmatch(text, -1)
		Expect(len(examples)).To(BeNumerically(">=", atLeast))
		r := start()
		for _, example := range examples {
			response, err := (&http.Client{}).Post(r.addresses.Admin+example[1], "application/json", strings.NewReader(example[2]))
			Expect(err).NotTo(HaveOccurred())
			answer, err := io.ReadAll(response.Body)
			Expect(err).NotTo(HaveOccurred())
			Expect(response.Body.Close()).To(Succeed())
			Expect(response.StatusCode).To(BeNumerically("<", 300), "%s: %s", example[0], answer)
		}
	}

	It("of --help works", func() {
		help, err := exec.Command(binary, "--help").Output()
		Expect(err).NotTo(HaveOccurred())
		works(string(help), 3)
	})

	It("of the manual works", func() {
		manual, err := os.ReadFile(filepath.Join("..", "..", "docs", "edgesim.md"))
		Expect(err).NotTo(HaveOccurred())
		works(string(manual), 8)
		file := filepath.Join(GinkgoT().TempDir(), "config.json")
		config := regexp.MustCompile("(?s)```json\n(\\{\n  \"accounts\".*?)```").FindStringSubmatch(string(manual))
		Expect(config).To(HaveLen(2))
		Expect(os.WriteFile(file, []byte(config[1]), 0o600)).To(Succeed())
		Expect(start("--config", file).get("/domains")).To(ContainSubstring(".wild.example.com"))
	})
})
