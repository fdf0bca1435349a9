package edgesim_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("CDN Pro: keys", func() {
	It("appear nowhere, plain or encrypted, however they are sent", func() {
		var log buffer
		sim := startPro(func(config *edgesim.Config) {
			config.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		c := newProClient(sim)
		cert := issuePro()
		id := c.create("first", cert)
		c.deploy("production", deployCert(id, 1))
		date := c.date()
		encrypted := proEncrypt(cert.pri, proKey, date)
		told := ""
		for _, key := range []string{encrypted, cert.pri, proEncrypt(cert.pri, "other", date)} {
			for _, form := range []object{
				{"name": "x", "newVersion": object{"certificate": cert.pub, "privateKey": key}},
				{"name": "x", "newVersion": object{"certificate": cert.pub, "privateKey": key[:64]}},
				{"name": "x", "newVersion": object{"certificate": key, "privateKey": encrypted}},
				{"name": key, "newVersion": object{"certificate": cert.pub, "privateKey": encrypted}},
				{"name": "x", "description": key, "autoRenew": key},
				{"target": key, "actions": []object{deployCert(key, 1), deployCert(id, key)}},
			} {
				for _, call := range []string{"POST /cdn/certificates", "PATCH /cdn/certificates/" + id, "POST /cdn/deploymentTasks", "POST /cdn/validations"} {
					method, path, _ := strings.Cut(call, " ")
					got, err := c.try(method, path, date, form)
					Expect(err).NotTo(HaveOccurred())
					told += got.raw
				}
			}
		}
		wrong := newProClient(sim)
		wrong.apiKey = "wrong"
		wrong.call("GET", "/cdn/certificates?privateKey=-----BEGIN+PRIVATE+KEY-----", nil)

		journal, err := json.Marshal(sim.Journal(edgesim.Query{}))
		Expect(err).NotTo(HaveOccurred())
		states, err := json.Marshal(sim.CDNProCertificates(""))
		Expect(err).NotTo(HaveOccurred())
		told += string(journal) + log.String() + string(states)
		for _, path := range []string{"/journal", "/accounts", "/settings", "/cdnpro/certificates", "/cdnpro/properties", "/cdnpro/tasks", "/edge?domain=" + proHost} {
			response, err := (&http.Client{}).Get("http://" + sim.AdminAddress() + path)
			Expect(err).NotTo(HaveOccurred())
			body, err := io.ReadAll(response.Body)
			Expect(err).NotTo(HaveOccurred())
			Expect(response.Body.Close()).To(Succeed())
			told += string(body)
		}
		Expect(told).To(And(ContainSubstring(cert.fingerprint), ContainSubstring(`"keyInURL":true`)), "the search is not of nothing")
		for _, trace := range append(traces(cert.pri), encrypted[:64], encrypted[100:140], proKey) {
			Expect(strings.Contains(told, trace)).To(BeFalse(), "a trace of a key was found")
		}
	})
})
