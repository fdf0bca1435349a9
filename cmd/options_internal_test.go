package main

import (
	"bytes"
	"flag"
	"io"
	"os"
	"regexp"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/domaincert/domaincert/controllers"
)

// inNamespace runs a spec as in a Pod of this namespace.
func inNamespace(name string) {
	GinkgoHelper()
	GinkgoT().Setenv("POD_NAMESPACE", name)
}

// parsed are the options of a command line that must be right.
func parsed(arguments ...string) *options {
	GinkgoHelper()
	o, err := parseOptions(arguments, io.Discard)
	Expect(err).NotTo(HaveOccurred())
	return o
}

var _ = Describe("The command line", func() {
	BeforeEach(func() { inNamespace("operator") })

	It("needs nothing: every flag has a default, and every permission is off", func() {
		Expect(parsed()).To(Equal(&options{
			metricsAddress:          ":8443",
			metricsSecure:           true,
			healthAddress:           ":8081",
			leaderElectionNamespace: "operator",
			clusterNamespace:        "operator",
			concurrency:             32,
			logLevel:                "info",
			logFormat:               "json",
			perObjectMetrics:        true,
			permissions:             controllers.Permissions{},
			secretAccess:            "watch",
			secretPollInterval:      5 * time.Minute,
		}))
	})

	It("sets every option", func() {
		Expect(parsed(
			"--metrics-bind-address=127.0.0.1:1", "--metrics-secure=false", "--metrics-cert-dir=/certs", "--health-probe-bind-address=0",
			"--leader-elect", "--leader-election-namespace=a", "--cluster-resource-namespace=b", "--watch-namespaces=c,d", "--concurrency=256",
			"--log-level=trace", "--log-format=console", "--per-object-metrics=false", "--allow-private-edge-addresses",
			"--allow-insecure-endpoints", "--allow-namespaced-endpoints", "--allow-ambient-credentials", "--version",
			"--secret-access=named", "--secret-poll-interval=1m",
		)).To(Equal(&options{
			metricsAddress:          "127.0.0.1:1",
			metricsCertificates:     "/certs",
			healthAddress:           "0",
			leaderElect:             true,
			leaderElectionNamespace: "a",
			clusterNamespace:        "b",
			watchNamespaces:         "c,d",
			concurrency:             256,
			logLevel:                "trace",
			logFormat:               "console",
			allowPrivateEdges:       true,
			permissions:             controllers.Permissions{InsecureEndpoints: true, NamespacedEndpoints: true, AmbientCredentials: true},
			secretAccess:            "named",
			secretPollInterval:      time.Minute,
			showVersion:             true,
		}))
	})

	DescribeTable("acts in",
		func(list string, namespaces ...string) {
			Expect(parsed("--watch-namespaces=" + list).namespaces()).To(HaveExactElements(namespaces))
		},
		Entry("all namespaces", ""),
		Entry("one", "a", "a"),
		Entry("several", "a,b-2", "a", "b-2"),
	)

	It("lives in the manifests' namespace outside of a cluster", func() {
		inNamespace("")
		Expect(serviceAccountNamespace).NotTo(BeAnExistingFile(), "this spec is for machines that are no Pod")
		Expect(parsed().clusterNamespace).To(Equal("domaincert-system"))
	})

	DescribeTable("is refused with the flag and what it may be",
		func(complaint string, arguments ...string) {
			_, err := parseOptions(arguments, io.Discard)
			Expect(err).To(MatchError(ContainSubstring(complaint)))
		},
		Entry("an argument", `unexpected argument "serve"`, "serve"),
		Entry("an argument after flags", `unexpected argument "false"`, "--leader-elect", "false"),
		Entry("a flag that there is not", "flag provided but not defined: -concurency", "--concurency=1"),
		Entry("no number", `invalid value "many"`, "--concurrency=many"),
		Entry("no bool", "invalid boolean value", "--metrics-secure=maybe"),
		Entry("no worker", "--concurrency=0 is not between 1 and 256", "--concurrency=0"),
		Entry("a negative number of workers", "--concurrency=-1 is not", "--concurrency=-1"),
		Entry("too many workers", "--concurrency=257 is not", "--concurrency=257"),
		Entry("an address without port", "--metrics-bind-address=localhost is not host:port, :port or 0", "--metrics-bind-address=localhost"),
		Entry("an empty address", "--metrics-bind-address= is not", "--metrics-bind-address="),
		Entry("a port alone", "--health-probe-bind-address=8081 is not", "--health-probe-bind-address=8081"),
		Entry("an IPv6 address without brackets", "--health-probe-bind-address=::1:8081 is not", "--health-probe-bind-address=::1:8081"),
		Entry("an access to Secrets", "--secret-access=list is not watch, get or named", "--secret-access=list"),
		Entry("no access to Secrets", "--secret-access= is not", "--secret-access="),
		Entry("too frequent looks at Secrets", "--secret-poll-interval=999ms is less than 1s", "--secret-poll-interval=999ms"),
		Entry("a level beyond trace", "--log-level=8 is not error, info, debug or trace", "--log-level=8"),
		Entry("a level in capitals", "--log-level=DEBUG is not", "--log-level=DEBUG"),
		Entry("a format", "--log-format=text is not json or console", "--log-format=text"),
		Entry("a namespace in capitals", `"Shop" is not the name of a namespace`, "--watch-namespaces=Shop"),
		Entry("a namespace after a space", `" b" is not the name of a namespace`, "--watch-namespaces=a, b"),
		Entry("a comma too many", `"" is not the name of a namespace`, "--watch-namespaces=a,"),
		Entry("a name with a dot", `"a.b" is not the name of a namespace`, "--cluster-resource-namespace=a.b"),
		Entry("a lease's namespace", `"a/b" is not the name of a namespace`, "--leader-election-namespace=a/b"),
	)

	It("is refused for everything that is wrong at once", func() {
		_, err := parseOptions([]string{"--concurrency=0", "--log-level=loud", "--metrics-bind-address=x"}, io.Discard)
		Expect(err).To(MatchError(And(ContainSubstring("--concurrency"), ContainSubstring("--log-level"), ContainSubstring("--metrics-bind-address"))))
	})

	It("explains every flag on --help", func() {
		var help bytes.Buffer
		_, err := parseOptions([]string{"--help"}, &help)
		Expect(err).To(MatchError(flag.ErrHelp))

		source, err := os.ReadFile("options.go")
		Expect(err).NotTo(HaveOccurred())
		flags := regexp.MustCompile(`flags\.\w+Var\(&[\w.]+, "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1)
		Expect(flags).To(HaveLen(19))
		for _, found := range append(flags, []string{"", "kubeconfig"}) {
			Expect(help.String()).To(MatchRegexp(`(?m)^  -%s( .*)?\n    \t\w+`, found[1]), "named and explained")
		}
		Expect(help.String()).NotTo(ContainSubstring("-zap-"))
	})
})

var _ = Describe("The log", func() {
	DescribeTable("never reaches the level at which client-go logs bodies",
		func(level string, most int) {
			log := (&options{logLevel: level, logFormat: "json"}).logger(io.Discard)
			Expect(log.V(8).Enabled()).To(BeFalse(), "Secrets are among the bodies")
			Expect(log.V(most + 1).Enabled()).To(BeFalse())
			if most >= 0 {
				Expect(log.V(most).Enabled()).To(BeTrue())
			}
		},
		Entry("error", "error", -1),
		Entry("info", "info", 0),
		Entry("debug", "debug", 1),
		Entry("trace", "trace", 4),
	)

	It("has no level besides", func() {
		Expect(levels()).To(HaveLen(4))
		for name := range levels() {
			Expect(parsed("--log-level=" + name).logLevel).To(Equal(name))
		}
	})

	It("is one line of JSON for an entry", func() {
		var written bytes.Buffer
		parsed().logger(&written).Info("starting", "domain", "live.example.com\nforged")
		Expect(written.String()).To(MatchRegexp(`^\{.*\}\n$`))
		Expect(written.Bytes()).To(ContainSubstring(`"domain":"live.example.com\nforged"`))
	})

	It("is for people's eyes as well", func() {
		var written bytes.Buffer
		parsed("--log-format=console").logger(&written).Info("starting")
		Expect(written.String()).To(ContainSubstring("starting"))
		Expect(written.String()).NotTo(HavePrefix("{"))
	})

	It("is thinned when the same is said too often", func() {
		var written bytes.Buffer
		log := parsed().logger(&written)
		for range 1000 {
			log.Info("the same")
		}
		Expect(bytes.Count(written.Bytes(), []byte("\n"))).To(BeNumerically("<", 1000))
	})
})
