#!/usr/bin/env bash
# Puts a Kubernetes control plane into bin/k8s: etcd, kube-apiserver,
# kube-controller-manager and kubectl, built from the module test/controlplane
# as one program under four names. A KUBEBUILDER_ASSETS set by the user wins:
# then nothing is built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source hack/cached-build.sh

programs=(etcd kube-apiserver kube-controller-manager kubectl)

if [[ -n ${KUBEBUILDER_ASSETS:-} ]]; then
	for program in etcd kube-apiserver; do
		if [[ ! -x $KUBEBUILDER_ASSETS/$program ]]; then
			echo "control plane: KUBEBUILDER_ASSETS=$KUBEBUILDER_ASSETS has no $program; correct it, or unset it to have one built" >&2
			exit 1
		fi
	done
	echo "control plane: using KUBEBUILDER_ASSETS=$KUBEBUILDER_ASSETS" >&2
	exit 0
fi

# Without these every program calls itself v0.0.0-master, and Helm's capability
# checks refuse such a server. Any change of flags costs everyone a full build.
version=$(awk '$1 == "k8s.io/kubernetes" { print $2; exit }' test/controlplane/go.mod)
minor=${version#v1.}
ldflags="-s -w"
ldflags+=" -X k8s.io/component-base/version.gitVersion=$version"
ldflags+=" -X k8s.io/component-base/version.gitMajor=1"
ldflags+=" -X k8s.io/component-base/version.gitMinor=${minor%%.*}"
ldflags+=" -X k8s.io/component-base/version.gitTreeState=clean"
ldflags+=" -X k8s.io/client-go/pkg/version.gitVersion=$version"

cached_build controlplane test/controlplane . \
	"Kubernetes $version, once: about 95 MB to download, then 8 to 10 minutes on 2 quiet cores" \
	-ldflags "$ldflags"

mkdir -p bin/k8s
for program in "${programs[@]}"; do
	ln -sfn "$built" "bin/k8s/$program"
done
