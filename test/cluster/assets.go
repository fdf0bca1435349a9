package cluster

import (
	"fmt"
	"os"
	"path/filepath"
)

// findAssets returns the folder with the programs, absolute and complete.
func findAssets(options Options) (string, error) {
	wanted := []string{"etcd", "kube-apiserver", "kubectl"}
	if options.ControllerManager {
		wanted = append(wanted, "kube-controller-manager")
	}
	folder, err := assetsFolder(options.Assets)
	if err != nil {
		return "", err
	}
	for _, name := range wanted {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			return "", fmt.Errorf("%s has no %s; name another folder in KUBEBUILDER_ASSETS, or unset it and run: make control-plane", folder, name)
		}
	}
	return folder, nil
}

func assetsFolder(chosen string) (string, error) {
	if chosen == "" {
		chosen = os.Getenv("KUBEBUILDER_ASSETS")
	}
	if chosen != "" {
		return filepath.Abs(chosen)
	}
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("look for bin/k8s: %w", err)
	}
	for above := start; ; above = filepath.Dir(above) {
		folder := filepath.Join(above, "bin", "k8s")
		if _, err := os.Stat(folder); err == nil {
			return folder, nil
		}
		if above == filepath.Dir(above) {
			return "", fmt.Errorf("there is no control plane in bin/k8s; run: make control-plane")
		}
	}
}

// ownDirectory returns the directory to use, which belongs to this cluster
// alone: Stop removes it with everything in it.
func ownDirectory(chosen string) (string, error) {
	if chosen == "" {
		return os.MkdirTemp("", "domaincert-cluster-")
	}
	chosen, err := filepath.Abs(chosen)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(chosen, 0o700); err != nil {
		return "", err
	}
	entries, err := os.ReadDir(chosen)
	if err != nil {
		return "", err
	}
	if len(entries) > 0 {
		return "", fmt.Errorf("%s is not empty; the cluster's directory is removed at the end, so it must be its own", chosen)
	}
	return chosen, nil
}
