package edgesim_test

import (
	"net/http"
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("CDN Pro: from upload to edge", func() {
	var (
		sim *edgesim.Server
		c   *proClient
	)
	BeforeEach(func() {
		sim = startPro()
		c = newProClient(sim)
	})

	// bind clones the property's configuration with a certificate, and validates it.
	bind := func(certificateID string) string {
		GinkgoHelper()
		latest := c.call("GET", "/cdn/properties/"+proProperty+"/versions/latest", nil)
		Expect(latest.status).To(Equal(http.StatusOK))
		configs := latest.body["configs"].(map[string]any)
		configs["tlsCertificateId"] = certificateID
		version := c.call("POST", "/cdn/properties/"+proProperty+"/versions", configs)
		Expect(version.status).To(Equal(http.StatusCreated), version.raw)
		number, err := strconv.Atoi(version.made())
		Expect(err).NotTo(HaveOccurred())
		validation := c.call("POST", "/cdn/validations", object{"propertyId": proProperty, "version": number})
		Expect(validation.status).To(Equal(http.StatusCreated), validation.raw)
		Expect(c.call("GET", "/cdn/validations/"+validation.made(), nil).body).To(HaveKeyWithValue("status", "succeeded"))
		return version.made()
	}

	It("binds a hostname without certificate, and then replaces the certificate", func() {
		first, second := issuePro(proHost), issuePro(proHost)
		id := c.create("first", first)
		version := bind(id)
		c.deploy("production", deployCert(id, 1), deployProperty(proProperty, version))
		Expect(c.call("GET", "/cdn/hostnames/"+proHost, nil).at("propertyInProduction", "certificateId")).To(Equal(id))
		Expect(presented(sim.EdgeAddress(), proHost)).To(Equal(first.fingerprint))

		number := c.update(id, second)
		Expect(presented(sim.EdgeAddress(), proHost)).To(Equal(first.fingerprint), "an upload alone changes nothing")
		c.deploy("production", deployCert(id, number))
		Expect(presented(sim.EdgeAddress(), proHost)).To(Equal(second.fingerprint))
		Expect(c.call("GET", "/cdn/certificates/"+id, nil).body).To(HaveKeyWithValue("versionInProduction", BeEquivalentTo(2)))
		_, err := presented(sim.EdgeStagingAddress(), proHost)
		Expect(err).To(HaveOccurred(), "nothing was deployed to staging")
	})
})
