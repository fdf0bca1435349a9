// Command certmanager runs cert-manager's controllers against a cluster, for
// tests that need certificates issued and renewed as they are in production. It
// is cert-manager's controllers, not its shipped binary: the packages are its
// own, unchanged, but there is no webhook (what a Certificate says is not
// validated, so that a minute's lifetime is accepted), no cainjector and no ACME,
// and its custom resource definitions have to be there before it starts.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/cert-manager/cert-manager/pkg/controller"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"   // approves requests to cert-manager's own issuers
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"         // signs requests to CA issuers
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned" // signs requests to self-signed issuers
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"           // writes the Secret
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"        // makes the next private key
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/metrics"           // observes expiry
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"         // says Ready
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"    // makes CertificateRequests
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"   // removes old CertificateRequests
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"           // says Issuing when it is time
	_ "github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"                 // makes ClusterIssuers Ready
	_ "github.com/cert-manager/cert-manager/pkg/controller/issuers"                        // makes Issuers Ready
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"                                 // checks CA issuers
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"                         // checks self-signed issuers
	"golang.org/x/sync/errgroup"
)

const (
	// workers of each controller.
	workers = 2
	// What cert-manager waits after an issuance failed, as shipped.
	firstBackoff, lastBackoff = time.Hour, 32 * time.Hour
)

// options are what the flags say.
type options struct {
	kubeconfig, clusterResourceNamespace, readyFile string
}

func main() {
	var o options
	flag.StringVar(&o.kubeconfig, "kubeconfig", "", "path of a kubeconfig; that of the Pod it runs in by default")
	flag.StringVar(&o.clusterResourceNamespace, "cluster-resource-namespace", "cert-manager", "namespace of the Secrets that ClusterIssuers name")
	flag.StringVar(&o.readyFile, "ready-file", "", "path of a file that is written once all caches are filled")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "certmanager:", err)
		os.Exit(1)
	}
}

// run runs the controllers until the context ends. There is no leader election:
// a test runs one.
func run(ctx context.Context, o options) error {
	group, ctx := errgroup.WithContext(ctx)
	factory, err := controller.NewContextFactory(ctx, controller.ContextOptions{
		Kubeconfig:    o.kubeconfig,
		IssuerOptions: controller.IssuerOptions{ClusterResourceNamespace: o.clusterResourceNamespace},
		CertificateOptions: controller.CertificateOptions{
			CertificateRequestMinimumBackoffDuration: firstBackoff,
			CertificateRequestMaximumBackoffDuration: lastBackoff,
		},
	})
	if err != nil {
		return fmt.Errorf("connect to the cluster: %w", err)
	}
	informers, err := factory.Build("informers")
	if err != nil {
		return fmt.Errorf("make the informers: %w", err)
	}
	names, err := start(ctx, group, factory)
	if err != nil {
		return err
	}
	informers.KubeSharedInformerFactory.Start(ctx.Done())
	informers.SharedInformerFactory.Start(ctx.Done())
	informers.HTTP01ResourceMetadataInformersFactory.Start(ctx.Done())
	group.Go(func() error {
		informers.KubeSharedInformerFactory.WaitForCacheSync(ctx.Done())
		informers.SharedInformerFactory.WaitForCacheSync(ctx.Done())
		if ctx.Err() != nil {
			return nil // asked to stop before it was ready
		}
		return ready(o.readyFile, names)
	})
	return group.Wait()
}

// start makes all controllers and lets each run in the group. They wait for
// their caches by themselves.
func start(ctx context.Context, group *errgroup.Group, factory *controller.ContextFactory) ([]string, error) {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(controller.Known())) {
		if strings.HasPrefix(name, "certificatesigningrequests-") {
			continue // experimental, and off as shipped
		}
		made, err := controller.Known()[name](factory)
		if err != nil {
			return nil, fmt.Errorf("make the controller %s: %w", name, err)
		}
		names = append(names, name)
		group.Go(func() error {
			if err := made.Run(workers, ctx); err != nil && !errors.Is(ctx.Err(), context.Canceled) {
				return fmt.Errorf("run the controller %s: %w", name, err)
			}
			return nil
		})
	}
	return names, nil
}

// ready says that the caches are filled, on the terminal and in the file.
func ready(file string, names []string) error {
	fmt.Fprintln(os.Stderr, "certmanager: ready:", strings.Join(names, " "))
	if file == "" {
		return nil
	}
	if err := os.WriteFile(file, []byte("ready\n"), 0o600); err != nil {
		return fmt.Errorf("write the ready file: %w", err)
	}
	return nil
}
