#!/usr/bin/env bash
# Regenerates everything into the tree and fails, with the difference, where that
# changed a file. The tree is compared with itself before, so uncommitted work
# is no failure; in a clone that is the same as comparing with the commit. go.mod
# and go.sum are checked as well.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# tree writes the files as they are now as a git tree and prints its name. The
# index is a scratch one: what the user has staged stays staged.
tree() {
	GIT_INDEX_FILE=$scratch/index git add --all .
	GIT_INDEX_FILE=$scratch/index git write-tree
}

go mod tidy -diff || {
	echo "verify: go.mod or go.sum is not tidy: run go mod tidy" >&2
	exit 1
}

before=$(tree)
make --no-print-directory generate manifests
after=$(tree)
if ! git --no-pager diff --exit-code "$before" "$after" --; then
	echo "verify: the files above were out of date and have been regenerated: commit them" >&2
	exit 1
fi
echo "verify: generated files are up to date" >&2
