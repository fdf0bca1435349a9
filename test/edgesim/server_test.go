package edgesim_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/test/edgesim"
)

var _ = Describe("Start", func() {
	It("reads its configuration from JSON", func() {
		config, err := edgesim.ReadConfig(strings.NewReader(`{"apiAddress":"127.0.0.1:0",
			"settings":{"describeDelay":"1s","throttle":{"status":429}},
			"accounts":[{"id":"1","keys":[{"id":"k","secret":"s"}],"domains":[{"name":"a.example.com"}]}]}`))
		Expect(err).NotTo(HaveOccurred())
		sim, err := edgesim.Start(config)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(sim.Close)
		Expect(sim.Settings().Throttle).To(Equal(edgesim.Throttle{Status: 429, Code: "Throttling.User"}))
		c := newClient(sim.APIAddress())
		c.keyID, c.secret = "k", "s"
		Expect(c.call(describe, params{"DomainName": "a.example.com"}).status).To(Equal(http.StatusOK))
	})

	DescribeTable("refuses a configuration that could not mean what it says",
		func(config, complaint string) {
			read, err := edgesim.ReadConfig(strings.NewReader(config))
			if err == nil {
				_, err = edgesim.Start(read)
			}
			Expect(err).To(MatchError(ContainSubstring(complaint)))
		},
		Entry("misspelt field", `{"acounts":[]}`, "acounts"),
		Entry("unknown setting", `{"settings":{"pem":"loose"}}`, "loose"),
		Entry("impossible status", `{"settings":{"throttle":{"status":42}}}`, "42"),
		Entry("key without secret", `{"accounts":[{"id":"1","keys":[{"id":"k"}]}]}`, "secret"),
		Entry("a key in two accounts", `{"accounts":[{"id":"1","keys":[{"id":"k","secret":"s"}]},{"id":"2","keys":[{"id":"k","secret":"s"}]}]}`, "account 1"),
		Entry("a provided certificate of no type", `{"accounts":[{"id":"1","certificates":[{"name":"n"}]}]}`, "type"),
		Entry("a provided certificate without content", `{"accounts":[{"id":"1","certificates":[{"name":"n","type":"cas"}]}]}`, "PEM"),
		Entry("an address that cannot be listened on", `{"edgeAddress":"192.0.2.1:443"}`, "192.0.2.1:443"),
	)

	It("leaves no port taken, when it fails or is closed", func() {
		sim := start()
		address := sim.APIAddress()
		_, err := edgesim.Start(edgesim.Config{APIAddress: "127.0.0.1:0", AdminAddress: address})
		Expect(err).To(MatchError(ContainSubstring(address)))
		Expect(sim.Close()).To(Succeed())
		for _, freed := range []string{address, sim.APITLSAddress(), sim.EdgeAddress(), sim.AdminAddress()} {
			listener, err := net.Listen("tcp", freed)
			Expect(err).NotTo(HaveOccurred())
			Expect(listener.Close()).To(Succeed())
		}
	})
})

var _ = Describe("Shutdown", func() {
	It("lets a call under way finish, and cuts off one that hangs", func() {
		sim := start()
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultDelay, Applied: true, Delay: 100 * edgesim.Millisecond, Operation: setOperation})
		mustFault(sim, edgesim.Fault{Kind: edgesim.FaultHang, Operation: describe})
		slow, hanging := make(chan error, 1), make(chan error, 1)
		try := func(ended chan<- error, operation string, p params) {
			_, err := newClient(sim.APIAddress()).try(GinkgoT().Context(), operation, p)
			ended <- err
		}
		go try(hanging, describe, params{"DomainName": domainName})
		go try(slow, setOperation, issueFor(domainName).on())
		Eventually(func(g Gomega) {
			state, known := sim.Edge(domainName)
			g.Expect(known).To(BeTrue())
			g.Expect(state.Served).NotTo(BeNil(), "the slow call is under way")
			g.Expect(sim.Journal(edgesim.Query{Operation: describe})).To(HaveLen(1), "the hanging call is under way")
		}).Should(Succeed())
		ctx, cancel := context.WithTimeout(GinkgoT().Context(), time.Second)
		defer cancel()
		Expect(sim.Shutdown(ctx)).To(Succeed())
		Eventually(slow).Should(Receive(BeNil()))
		Eventually(hanging).Should(Receive(HaveOccurred()))
	})
})

var _ = Describe("many at once", func() {
	It("serves 100 connections and 10 000 domains, each its own certificate", func() {
		const domains, connections = 10_000, 100
		sim := start(func(c *edgesim.Config) {
			for i := range domains {
				c.Accounts[0].Domains = append(c.Accounts[0].Domains, edgesim.Domain{Name: fmt.Sprintf("d%05d.example.com", i)})
			}
			c.Settings.Quotas = map[string]int{setOperation: -1, describe: -1}
		})
		var clients sync.WaitGroup
		for i := range connections {
			clients.Go(func() {
				defer GinkgoRecover()
				name := fmt.Sprintf("d%05d.example.com", i*domains/connections)
				c := newClient(sim.APIAddress())
				defer c.http.CloseIdleConnections()
				for range 2 {
					cert := issueFor(name)
					Expect(c.call(setOperation, cert.on().with(params{"DomainName": name, "CertName": name})).status).To(Equal(http.StatusOK))
					Expect(c.call(describe, params{"DomainName": name}).at("CertInfos", "CertInfo", "SSLPub")).To(Equal(cert.pub))
					Expect(handshake(sim, name)).To(Equal(cert.fingerprint))
				}
			})
		}
		clients.Wait()
		Expect(sim.Journal(edgesim.Query{Operation: setOperation, Outcome: edgesim.OutcomeOK})).To(HaveLen(2 * connections))
	})
})
