#!/usr/bin/env bash
# Puts cert-manager's controllers and its custom resource definitions into
# bin/certmanager, from the module test/certmanager. Both are kept outside the
# clone; the definitions are cert-manager's own and are never committed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source hack/cached-build.sh

dir=test/certmanager
module=github.com/cert-manager/cert-manager
version=$(awk -v module="$module" '$1 == module { print $2; exit }' "$dir/go.mod")

# Without the version its requests and log lines say "canary".
cached_build certmanager "$dir" . \
	"cert-manager $version, once: about 65 MB to download, then 2 to 3 minutes on 2 quiet cores" \
	-ldflags "-s -w -X $module/pkg/util.AppVersion=$version"

crds=${built%/*}/crds
if [[ ! -d $crds ]]; then
	scratch=$(mktemp -d "${built%/*}/.crds.XXXXXX")
	trap 'rm -rf "$scratch"' EXIT
	source=$(cd "$dir" && go mod download "$module" && go list -mod=readonly -m -f '{{.Dir}}' "$module")
	# The module cache is read-only; what is kept here can be removed.
	install -m 0644 "$source"/deploy/crds/*.yaml "$scratch"
	chmod 0755 "$scratch"
	# A rename is atomic: of two builds at once, one wins and none is half there.
	mv -T "$scratch" "$crds" 2>/dev/null || [[ -d $crds ]]
fi

mkdir -p bin
ln -sfn "${built%/*}" bin/certmanager
