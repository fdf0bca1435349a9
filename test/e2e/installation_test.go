package e2e_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/domaincert/domaincert/test/program"
	"github.com/domaincert/domaincert/test/stage"
)

// serviceAccount is the user that the chart makes for the operator.
const serviceAccount = "system:serviceaccount:" + stage.OperatorNamespace + ":domaincert"

// installation is what Helm made of the chart. No node runs the Pod, so its
// container's arguments, environment and identity are used outside.
type installation struct {
	stage      *stage.Stage
	arguments  []string
	kubeconfig string
}

// install installs the chart with some values, and with what a simulator needs
// allowed.
func install(ctx context.Context, s *stage.Stage, values ...string) installation {
	GinkgoHelper()
	helm := os.Getenv("HELM")
	if helm == "" {
		helm = filepath.Join(root, "bin/helm")
	}
	output, err := exec.CommandContext(ctx, helm, "install", "domaincert", filepath.Join(root, "charts/domaincert"),
		"--kubeconfig", s.Cluster.Kubeconfig, "--namespace", stage.OperatorNamespace, "--create-namespace",
		"--set", strings.Join(append(values, "allow.insecureEndpoints=true", "allow.privateEdgeAddresses=true"), ",")).CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), "%s", output)

	text, err := s.Kubectl(ctx, "get", "deployment", "domaincert", "-n", stage.OperatorNamespace, "-o", "json")
	Expect(err).NotTo(HaveOccurred())
	var deployment appsv1.Deployment
	Expect(json.Unmarshal([]byte(text), &deployment)).To(Succeed())
	pod := deployment.Spec.Template.Spec
	return installation{
		stage:      s,
		arguments:  pod.Containers[0].Args,
		kubeconfig: kubeconfigOf(ctx, s, pod.ServiceAccountName),
	}
}

// token of a ServiceAccount in the operator's namespace.
func token(ctx context.Context, s *stage.Stage, account string) string {
	GinkgoHelper()
	text, err := s.Kubectl(ctx, "create", "token", account, "-n", stage.OperatorNamespace)
	Expect(err).NotTo(HaveOccurred())
	return strings.TrimSpace(text)
}

// kubeconfigOf is a file that authenticates as a ServiceAccount.
func kubeconfigOf(ctx context.Context, s *stage.Stage, account string) string {
	GinkgoHelper()
	server := s.Cluster.Config()
	config := clientcmdapi.NewConfig()
	config.Clusters["stage"] = &clientcmdapi.Cluster{Server: server.Host, CertificateAuthorityData: server.CAData}
	config.AuthInfos["operator"] = &clientcmdapi.AuthInfo{Token: token(ctx, s, account)}
	config.Contexts["stage"] = &clientcmdapi.Context{Cluster: "stage", AuthInfo: "operator"}
	config.CurrentContext = "stage"
	name := filepath.Join(GinkgoT().TempDir(), "kubeconfig")
	Expect(clientcmd.WriteToFile(*config, name)).To(Succeed())
	return name
}

// replica is one of the installed Pods.
type replica struct {
	*program.Program
	metricsURL string
}

// start runs a replica and waits until it is ready. It is stopped at the end of
// the spec or container that it is started in.
func (i installation) start(ctx context.Context) replica {
	GinkgoHelper()
	health, err := stage.FreeAddress(ctx)
	Expect(err).NotTo(HaveOccurred())
	metrics, err := stage.FreeAddress(ctx)
	Expect(err).NotTo(HaveOccurred())
	started, err := program.Start(program.Options{
		Path: filepath.Join(root, "bin/domaincert"),
		// A Pod has its ports for itself. The last of two equal flags holds.
		Arguments: append(append([]string{}, i.arguments...), "--kubeconfig="+i.kubeconfig,
			"--health-probe-bind-address="+health, "--metrics-bind-address="+metrics),
		Environment: []string{"POD_NAMESPACE=" + stage.OperatorNamespace},
		Output:      GinkgoWriter,
	})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(started.Stop)
	Eventually(func(ctx context.Context) (int, error) {
		status, _, err := get(ctx, "http://"+health+"/readyz", "")
		return status, err
	}).WithContext(ctx).WithTimeout(patience).Should(Equal(http.StatusOK))
	return replica{Program: started, metricsURL: "https://" + metrics + "/metrics"}
}

// get asks for a page, with a token unless it is empty.
func get(ctx context.Context, url, token string) (status int, body string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		// The certificate for metrics is made at start, and nobody knows its authority.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	answer, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, "", err
	}
	return answer.StatusCode, string(content), answer.Body.Close()
}

// apply applies manifests that hold no keys.
func apply(ctx context.Context, s *stage.Stage, manifests ...string) {
	GinkgoHelper()
	name := filepath.Join(GinkgoT().TempDir(), "manifest.yaml")
	Expect(os.WriteFile(name, []byte(strings.Join(manifests, "\n---\n")), 0o600)).To(Succeed())
	_, err := s.Kubectl(ctx, "apply", "--server-side", "-f", name)
	Expect(err).NotTo(HaveOccurred())
}
