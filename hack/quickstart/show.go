package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/domaincert/domaincert/test/stage"
	"github.com/domaincert/domaincert/test/testcerts"
)

// show is what the user sees.
type show struct {
	stage  *stage.Stage
	output io.Writer
}

// perform goes from nothing to a renewed certificate.
func (s *show) perform(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s.say("From a TLS Secret to the edge of %s, simulated, in %s\n", s.stage.Product().Title, s.stage.Directory)
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"start etcd and kube-apiserver", s.stage.StartCluster},
		{"start edgesim, the simulated provider", s.stage.StartSimulator},
		{"install the CRDs and the operator's role", s.stage.Install},
		{"start domaincert, the operator", s.stage.StartOperator},
		{"apply config/samples/quickstart", s.stage.ApplySamples},
	} {
		if err := s.timed(step.name, func() error { return step.do(ctx) }); err != nil {
			return err
		}
	}
	s.say("\nA certificate for %s is put into the Secret %s/%s:\n", stage.Domain, stage.Namespace, stage.SecretName)
	if err := s.follow(ctx, s.stage.Issue()); err != nil {
		return err
	}
	s.say("\nThe Secret is renewed:\n")
	return s.follow(ctx, s.stage.Issue())
}

// follow writes a certificate into the Secret and shows how it arrives.
func (s *show) follow(ctx context.Context, pair testcerts.Pair) error {
	if err := s.timed("write the Secret", func() error { return s.stage.ApplyCertificate(ctx, pair) }); err != nil {
		return err
	}
	written := time.Now()
	since := func(await func(context.Context, string) error) func() error {
		return func() error { return await(ctx, pair.Fingerprint) }
	}
	if err := s.timedFrom(written, "the edge serves it after", since(s.stage.AwaitServed)); err != nil {
		return err
	}
	if err := s.timedFrom(written, "the object is Verified and Ready after", since(s.stage.AwaitReady)); err != nil {
		return err
	}
	if err := s.table(ctx); err != nil {
		return err
	}
	return s.served(ctx)
}

// table prints what a user would ask for first.
func (s *show) table(ctx context.Context) error {
	table, err := s.stage.Kubectl(ctx, "get", "dcert", "--namespace", stage.Namespace, "-o", "wide")
	if err != nil {
		return err
	}
	s.say("\n$ kubectl get dcert -n %s -o wide\n%s", stage.Namespace, table)
	return nil
}

// served prints the certificate that the edge serves.
func (s *show) served(ctx context.Context) error {
	leaf, err := s.stage.Served(ctx)
	if err != nil {
		return err
	}
	s.say("\nA TLS handshake with the edge, %s, SNI %s, shows:\n", s.stage.Addresses.Edge, stage.Domain)
	s.say("  subject    %s\n  issuer     %s\n  not after  %s\n  SHA-256    %s\n",
		leaf.Subject, leaf.Issuer, leaf.NotAfter.Format(time.RFC3339), stage.Fingerprint(leaf))
	return nil
}

// lookAround tells what to do while everything is up.
func (s *show) lookAround() {
	kubectl := "kubectl --namespace " + stage.Namespace
	s.say("\nEverything is up until Ctrl-C. Look around in another terminal:\n\n")
	for _, line := range []string{
		"export KUBECONFIG=" + s.stage.Cluster.Kubeconfig,
		"alias kubectl=" + s.stage.Cluster.Kubectl,
		"kubectl get dcert -A",
		kubectl + " describe dcert " + stage.Name,
		kubectl + " get events",
		"kubectl explain dcert.spec",
		"curl " + s.stage.Addresses.Admin + "/journal",
		"curl " + s.stage.MetricsURL,
		"tail -f " + s.stage.OperatorLog(),
	} {
		s.say("  %s\n", line)
	}
}

// explain shows what helps to see why it failed. An interruption needs none.
func (s *show) explain(err error) {
	if errors.Is(err, errInterrupted) {
		return
	}
	s.say("\nIt failed: %v\n", err)
	for _, hint := range s.stage.Hints() {
		s.say("\n%s:\n%s\n", hint.Title, strings.TrimRight(hint.Text, "\n"))
	}
}

// timed announces a step, takes it, and says how long it took.
func (s *show) timed(name string, do func() error) error {
	return s.timedFrom(time.Now(), name, do)
}

// timedFrom is timed for a step whose time counts from an earlier moment.
func (s *show) timedFrom(start time.Time, name string, do func() error) error {
	const width = 44
	s.say("  %s %s ", name, strings.Repeat(".", width-len(name)))
	if err := do(); err != nil {
		s.say("failed\n")
		return fmt.Errorf("%s: %w", name, err)
	}
	s.say("%5.2f s\n", time.Since(start).Seconds())
	return nil
}

func (s *show) say(format string, arguments ...any) { fmt.Fprintf(s.output, format, arguments...) }
