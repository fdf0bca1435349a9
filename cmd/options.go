package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"go.uber.org/zap/zapcore"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/client/config"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/domaincert/domaincert/controllers"
)

// serviceAccountNamespace is where Kubernetes tells a Pod its namespace.
const serviceAccountNamespace = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// options are what the operator's flags say.
type options struct {
	metricsAddress          string
	metricsSecure           bool
	metricsCertificates     string
	healthAddress           string
	leaderElect             bool
	leaderElectionNamespace string
	clusterNamespace        string
	watchNamespaces         string
	concurrency             int
	logLevel                string
	logFormat               string
	perObjectMetrics        bool
	allowPrivateEdges       bool
	permissions             controllers.Permissions
	secretAccess            string
	secretPollInterval      time.Duration
	showVersion             bool
}

// parseOptions reads the command line. Help and errors are written to output.
func parseOptions(arguments []string, output io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("domaincert", flag.ContinueOnError)
	flags.SetOutput(output)
	flags.Usage = func() { usage(flags) }
	config.RegisterFlags(flags) // --kubeconfig

	flags.StringVar(&o.metricsAddress, "metrics-bind-address", ":8443", "`address` of /metrics; 0 turns it off")
	flags.BoolVar(&o.metricsSecure, "metrics-secure", true, "serve /metrics over HTTPS to authorised clients only (TokenReview and SubjectAccessReview); false serves plain HTTP to everyone")
	flags.StringVar(&o.metricsCertificates, "metrics-cert-dir", "", "`directory` with tls.crt and tls.key for /metrics; a self-signed certificate is made if empty")
	flags.StringVar(&o.healthAddress, "health-probe-bind-address", ":8081", "`address` of /healthz and /readyz; 0 turns them off")
	flags.BoolVar(&o.leaderElect, "leader-elect", false, "elect a leader; needed with more than one replica")
	flags.StringVar(&o.leaderElectionNamespace, "leader-election-namespace", "", "`namespace` of the lease; the operator's own if empty")
	flags.StringVar(&o.clusterNamespace, "cluster-resource-namespace", "", "`namespace` of the credentials of ClusterEdgeProviders; the operator's own if empty")
	flags.StringVar(&o.watchNamespaces, "watch-namespaces", "", "comma-separated `namespaces` to act in; all if empty")
	flags.IntVar(&o.concurrency, "concurrency", 32, "DomainCertificates reconciled at the same time, 1 to 256; one account that does not answer can hold as many as its quota of changes for 15s")
	flags.StringVar(&o.logLevel, "log-level", "info", "error, info, debug or trace; no `level` logs a key or a credential")
	flags.StringVar(&o.logFormat, "log-format", "json", "json or console")
	flags.BoolVar(&o.perObjectMetrics, "per-object-metrics", true, "expose expiry and conditions of every DomainCertificate")
	flags.StringVar(&o.secretAccess, "secret-access", string(controllers.SecretsWatched), "watch, get or named: the `permission` on Secrets that the operator has; with get and named it lists none")
	flags.DurationVar(&o.secretPollInterval, "secret-poll-interval", controllers.DefaultSecretPoll, "longest `time` between two looks at a Secret that is not watched, at least 1s; what cert-manager issues is seen at once")
	flags.BoolVar(&o.allowPrivateEdges, "allow-private-edge-addresses", false, "let edge verification connect to loopback and private addresses, and to ports other than 443; for simulators")
	flags.BoolVar(&o.permissions.InsecureEndpoints, "allow-insecure-endpoints", false, "accept provider endpoints with plain http, over which private keys travel in the clear; for simulators")
	flags.BoolVar(&o.permissions.NamespacedEndpoints, "allow-namespaced-endpoints", false, "accept endpoints in namespaced EdgeProviders; whoever may create one then chooses where keys are sent")
	flags.BoolVar(&o.permissions.AmbientCredentials, "allow-ambient-credentials", false, "accept namespaced EdgeProviders that use the operator's own identity, or name a URI to ask for credentials")
	flags.BoolVar(&o.showVersion, "version", false, "print the version and exit")

	if err := flags.Parse(arguments); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q; domaincert takes only flags, see --help", flags.Arg(0))
	}
	o.setDefaults()
	return o, o.validate()
}

func usage(flags *flag.FlagSet) {
	fmt.Fprint(flags.Output(), `domaincert brings TLS certificates from Kubernetes Secrets to the domains of CDN
and live-streaming providers, and reports what is really served.

Usage: domaincert [flags]

The cluster is the one it runs in, or that of --kubeconfig or $KUBECONFIG.

Flags:
`)
	flags.PrintDefaults()
}

// setDefaults fills in what depends on where the operator runs.
func (o *options) setDefaults() {
	own := ownNamespace()
	if o.leaderElectionNamespace == "" {
		o.leaderElectionNamespace = own
	}
	if o.clusterNamespace == "" {
		o.clusterNamespace = own
	}
}

// ownNamespace is the namespace the operator runs in, and outside a cluster the
// one that the manifests use.
func ownNamespace() string {
	if name := os.Getenv("POD_NAMESPACE"); name != "" {
		return name
	}
	if name, err := os.ReadFile(serviceAccountNamespace); err == nil {
		return strings.TrimSpace(string(name))
	}
	return "domaincert-system"
}

// validate reports everything that is wrong at once.
func (o *options) validate() error {
	var problems []error
	problem := func(format string, arguments ...any) {
		problems = append(problems, fmt.Errorf(format, arguments...))
	}
	for flagName, address := range map[string]string{"metrics-bind-address": o.metricsAddress, "health-probe-bind-address": o.healthAddress} {
		if _, _, err := net.SplitHostPort(address); address != "0" && err != nil {
			problem("--%s=%s is not host:port, :port or 0", flagName, address)
		}
	}
	namespaces := append([]string{o.leaderElectionNamespace, o.clusterNamespace}, o.namespaces()...)
	for _, name := range namespaces {
		if len(validation.IsDNS1123Label(name)) > 0 {
			problem("%q is not the name of a namespace", name)
		}
	}
	const mostWorkers = 256
	if o.concurrency < 1 || o.concurrency > mostWorkers {
		problem("--concurrency=%d is not between 1 and %d", o.concurrency, mostWorkers)
	}
	modes := []controllers.SecretMode{controllers.SecretsWatched, controllers.SecretsGot, controllers.SecretsNamed}
	if !slices.Contains(modes, o.secrets().Mode) {
		problem("--secret-access=%s is not watch, get or named", o.secretAccess)
	}
	if o.secretPollInterval < time.Second {
		problem("--secret-poll-interval=%s is less than 1s", o.secretPollInterval)
	}
	if _, ok := levels()[o.logLevel]; !ok {
		problem("--log-level=%s is not error, info, debug or trace", o.logLevel)
	}
	if o.logFormat != "json" && o.logFormat != "console" {
		problem("--log-format=%s is not json or console", o.logFormat)
	}
	return errors.Join(problems...)
}

// namespaces to act in; none means all.
func (o *options) namespaces() []string {
	if o.watchNamespaces == "" {
		return nil
	}
	return strings.Split(o.watchNamespaces, ",")
}

// secrets is how Secrets are looked at.
func (o *options) secrets() controllers.SecretAccess {
	return controllers.SecretAccess{Mode: controllers.SecretMode(o.secretAccess), Poll: o.secretPollInterval}
}

// levels by name. There is none above trace on purpose: from V(8) on, client-go
// logs the bodies of API requests, and among them are Secrets.
func levels() map[string]zapcore.Level {
	return map[string]zapcore.Level{
		"error": zapcore.ErrorLevel,
		"info":  zapcore.InfoLevel,
		"debug": -1,
		"trace": -4,
	}
}

// logger writes to output as the flags say.
func (o *options) logger(output io.Writer) logr.Logger {
	const (
		sampledFirst = 100
		sampledThen  = 100
	)
	settings := []zap.Opts{
		zap.WriteTo(output),
		zap.Level(levels()[o.logLevel]),
		// A retry is logged as an error; where it came from is no news.
		zap.StacktraceLevel(zapcore.DPanicLevel),
	}
	if o.logFormat == "console" {
		return zap.New(append(settings, zap.ConsoleEncoder())...)
	}
	sampled := func(core zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(core, time.Second, sampledFirst, sampledThen)
	}
	return zap.New(append(settings, zap.JSONEncoder(), zap.RawZapOpts(wrapCore(sampled)))...)
}
