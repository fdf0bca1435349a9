package stage

import (
	"context"
	"fmt"
	"net"
	"net/http"
)

// StartOperator starts the operator with the rights of its ServiceAccount and
// waits until it is ready.
func (s *Stage) StartOperator(ctx context.Context) error {
	account := "system:serviceaccount:" + OperatorNamespace + ":domaincert"
	kubeconfig, err := s.Cluster.AddUser(account, "system:serviceaccounts", "system:authenticated")
	if err != nil {
		return err
	}
	health, err := FreeAddress(ctx)
	if err != nil {
		return err
	}
	metrics, err := FreeAddress(ctx)
	if err != nil {
		return err
	}
	output, err := s.log(operatorLog)
	if err != nil {
		return err
	}
	level := s.options.LogLevel
	if level == "" {
		level = "info"
	}
	s.operator, err = s.start("domaincert", output,
		"--kubeconfig", kubeconfig,
		"--cluster-resource-namespace", OperatorNamespace,
		"--health-probe-bind-address", health,
		"--metrics-bind-address", metrics, "--metrics-secure=false",
		"--log-level", level,
		// The simulator's API speaks plain http, and its edge is on loopback.
		"--allow-insecure-endpoints", "--allow-private-edge-addresses")
	if err != nil {
		return err
	}
	s.MetricsURL = "http://" + metrics + "/metrics"
	return poll(ctx, func(ctx context.Context) error {
		_, err := request(ctx, http.MethodGet, "http://"+health+"/readyz", nil)
		return err
	})
}

// OperatorLog is the path of the operator's log.
func (s *Stage) OperatorLog() string { return s.path(operatorLog) }

// Metrics returns what the operator tells a scrape.
func (s *Stage) Metrics(ctx context.Context) ([]byte, error) {
	return request(ctx, http.MethodGet, s.MetricsURL, nil)
}

// FreeAddress returns a loopback address that nobody listens on now.
func FreeAddress(ctx context.Context) (string, error) {
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	address := listener.Addr().String()
	return address, listener.Close()
}
