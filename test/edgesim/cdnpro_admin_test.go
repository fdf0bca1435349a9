package edgesim_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("CDN Pro: somebody at the console", func() {
	It("is run by the admin API, and goes back to the start", func() {
		sim := startPro()
		post := func(path, body string) (int, string) {
			GinkgoHelper()
			response, err := (&http.Client{}).Post("http://"+sim.AdminAddress()+path, "application/json", bytes.NewReader([]byte(body)))
			Expect(err).NotTo(HaveOccurred())
			answer, err := io.ReadAll(response.Body)
			Expect(err).NotTo(HaveOccurred())
			Expect(response.Body.Close()).To(Succeed())
			return response.StatusCode, string(answer)
		}
		get := func(path string) string {
			GinkgoHelper()
			response, err := (&http.Client{}).Get("http://" + sim.AdminAddress() + path)
			Expect(err).NotTo(HaveOccurred())
			body, err := io.ReadAll(response.Body)
			Expect(err).NotTo(HaveOccurred())
			Expect(response.Body.Close()).To(Succeed())
			return string(body)
		}
		cert := issuePro()
		form, err := json.Marshal(object{"account": accountID, "id": "mine", "certificate": cert.pub, "privateKey": cert.pri})
		Expect(err).NotTo(HaveOccurred())
		for _, version := range []string{"1", "2"} {
			status, made := post("/cdnpro/certificates", string(form))
			Expect(status).To(Equal(http.StatusCreated))
			Expect(made).To(MatchJSON(`{"id":"mine","version":` + version + `}`))
		}
		status, _ := post("/cdnpro/properties", `{"account":"`+accountID+`","id":"`+proProperty+`","hostnames":["`+proHost+`"],"certificateID":"mine","targets":["production"]}`)
		Expect(status).To(Equal(http.StatusNoContent))
		Expect(presented(sim.EdgeAddress(), proHost)).To(Equal(cert.fingerprint))
		Expect(get("/cdnpro/certificates?account=" + accountID)).To(And(ContainSubstring(`"inProduction": 2`), ContainSubstring(cert.fingerprint)))
		Expect(get("/cdnpro/certificates?account=9")).To(MatchJSON(`[]`))
		Expect(get("/cdnpro/properties")).To(MatchJSON(`[{"account":"` + accountID + `","id":"` + proProperty + `","hostnames":["` + proHost + `"],"certificateID":"mine","targets":["production","staging"]}]`))
		Expect(get("/edge?domain=" + proHost)).To(ContainSubstring(cert.fingerprint))
		status, _ = post("/cdnpro/failures", `{"account":"`+accountID+`"}`)
		Expect(status).To(Equal(http.StatusNoContent))
		newProClient(sim).deploy("production", deployCert("mine", 1))
		Expect(get("/cdnpro/tasks")).To(ContainSubstring(`"status": "failed"`))
		status, _ = post("/settings", `{"cdnpro":{"taskDuration":"1m"}}`)
		Expect(status).To(Equal(http.StatusNoContent))
		Expect(sim.Settings().CDNPro).To(And(HaveField("TaskDuration", edgesim.Minute), HaveField("ClockWindow", 5*edgesim.Minute)))
		for path, body := range map[string]string{"/cdnpro/certificates": `{"account":"9"}`, "/cdnpro/properties": `{"account":"9","id":"p","hostnames":["` + proHost + `"]}`,
			"/cdnpro/failures": `{"account":"9"}`, "/cdnpro/tasks": ``, "/accounts": `{"id":"9","cdnpro":{}}`} {
			status, refusal := post(path, body)
			Expect(status).To(BeNumerically(">=", 400), path)
			Expect(refusal).To(ContainSubstring("error"))
		}
		for _, body := range []string{`{"account":"` + accountID + `","count":-1}`, `{"account":"` + accountID + `","kind":"flight"}`, `{"accounts":"1"}`} {
			status, _ := post("/cdnpro/failures", body)
			Expect(status).To(Equal(http.StatusBadRequest), body)
		}
		status, _ = post("/cdnpro/certificates", `{"certificat":""}`)
		Expect(status).To(Equal(http.StatusBadRequest))

		Expect(sim.Reset()).To(Succeed())
		Expect(get("/cdnpro/certificates")).To(MatchJSON(`[]`))
		Expect(get("/cdnpro/tasks")).To(MatchJSON(`[]`))
		Expect(get("/accounts")).To(And(ContainSubstring(`"apiKey": "[withheld]"`), Not(ContainSubstring(proKey))))
		Expect(newProClient(sim).call("GET", "/cdn/hostnames/"+proHost, nil).at("propertyInProduction", "version")).To(Equal(1.0))
	})
})
