package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/domaincert/domaincert/test/testcerts"
)

// Kubectl runs kubectl as the administrator and returns what it prints on
// standard output.
func (s *Stage) Kubectl(ctx context.Context, arguments ...string) (string, error) {
	return s.kubectl(ctx, nil, arguments...)
}

// kubectl is Kubectl with something on its standard input, which is how keys
// reach it: never through a file or an argument.
func (s *Stage) kubectl(ctx context.Context, input []byte, arguments ...string) (string, error) {
	// The cache would otherwise stay behind in the user's home.
	own := []string{"--kubeconfig", s.Cluster.Kubeconfig, "--cache-dir", s.path("kubectl-cache")}
	command := exec.CommandContext(ctx, s.Cluster.Kubectl, append(own, arguments...)...) //nolint:gosec // running kubectl is its purpose
	command.Dir = s.options.Root
	command.Stdin = bytes.NewReader(input)
	var output, failure bytes.Buffer
	command.Stdout, command.Stderr = &output, &failure
	// Ctrl-C on a terminal is for the quickstart, which says what it means.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err := command.Run()
	switch {
	case err == nil:
		return output.String(), nil
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	default:
		return "", fmt.Errorf("kubectl %s: %s", strings.Join(arguments, " "), strings.TrimSpace(failure.String()))
	}
}

// Install brings the CRDs, the operator's namespace and its roles.
func (s *Stage) Install(ctx context.Context) error {
	return s.steps(ctx,
		"apply --server-side -f config/crd/bases",
		"wait --for=condition=Established crd --all --timeout=60s",
		"create namespace "+OperatorNamespace,
		"apply --server-side -k config/rbac --namespace "+OperatorNamespace,
	)
}

// steps runs kubectl with each line of arguments.
func (s *Stage) steps(ctx context.Context, lines ...string) error {
	for _, step := range lines {
		if _, err := s.Kubectl(ctx, strings.Fields(step)...); err != nil {
			return err
		}
	}
	return nil
}

// ApplySamples applies config/samples/quickstart for the product, with the
// simulator's addresses filled in, and makes the Secret with the account's
// credentials.
func (s *Stage) ApplySamples(ctx context.Context) error {
	if err := s.ApplySecret(ctx, OperatorNamespace, "edgesim-credentials", corev1.SecretTypeOpaque, s.credentials()); err != nil {
		return err
	}
	fill := strings.NewReplacer("${EDGESIM_API}", s.Addresses.API, "${EDGESIM_EDGE}", s.Addresses.Edge)
	for _, name := range []string{"namespace.yaml", "clusteredgeprovider-" + s.product.Name + ".yaml", "domaincertificate.yaml"} {
		sample, err := os.ReadFile(filepath.Join(s.options.Root, "config/samples/quickstart", name))
		if err != nil {
			return err
		}
		if _, err := s.kubectl(ctx, []byte(fill.Replace(string(sample))), "apply", "-f", "-"); err != nil {
			return err
		}
	}
	return nil
}

// ApplyCertificate writes the TLS Secret.
func (s *Stage) ApplyCertificate(ctx context.Context, pair testcerts.Pair) error {
	return s.ApplySecret(ctx, Namespace, SecretName, corev1.SecretTypeTLS, map[string][]byte{
		corev1.TLSCertKey:       pair.CertificatePEM,
		corev1.TLSPrivateKeyKey: pair.KeyPEM,
	})
}

// ApplySecret writes a Secret. It applies on the server's side: on the client's, kubectl would put a
// copy of the keys into an annotation.
func (s *Stage) ApplySecret(ctx context.Context, namespace, name string, kind corev1.SecretType, data map[string][]byte) error {
	manifest, err := json.Marshal(corev1.Secret{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Type:       kind,
		Data:       data,
	})
	if err != nil {
		return err
	}
	_, err = s.kubectl(ctx, manifest, "apply", "--server-side", "-f", "-")
	return err
}
