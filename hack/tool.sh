#!/usr/bin/env bash
# Puts a development tool into bin/: `hack/tool.sh NAME` builds what
# hack/tools/NAME/go.mod names as its tool. Each tool has a module of its own, so
# that one's dependencies never move another's, and a bump rebuilds one tool.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source hack/cached-build.sh

name=$1
dir=hack/tools/$name

case $name in
helm)
	# Helm compares its own version with what charts ask for; unset it is "v4.3".
	version=$(awk '$1 == "helm.sh/helm/v4" { print $2; exit }' "$dir/go.mod")
	ldflags="-s -w -X helm.sh/helm/v4/internal/version.version=$version"
	note="about 4 minutes on 2 quiet cores"
	;;
golangci-lint)
	ldflags="-s -w"
	note="about 2 minutes on 2 quiet cores"
	;;
*)
	ldflags="-s -w"
	note="under a minute on 2 quiet cores"
	;;
esac

cached_build "$name" "$dir" tool "$note" -ldflags "$ldflags"
mkdir -p bin
ln -sfn "$built" "bin/$name"
