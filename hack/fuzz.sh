#!/usr/bin/env bash
# Runs every fuzz target for FUZZTIME (default 30s) each. `go test -fuzz` takes
# one target of one package at a time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

found=0
while IFS=: read -r file declaration; do
	target=${declaration#func }
	target=${target%%(*}
	found=$((found + 1))
	echo "== ${file%/*} $target"
	go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-30s}" "./${file%/*}"
done < <(git grep --untracked '^func Fuzz[A-Za-z0-9_]*(' -- '*_test.go')

if ((found == 0)); then
	echo "no fuzz target found" >&2
	exit 1
fi
echo "$found fuzz targets ran"
