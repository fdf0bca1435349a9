#!/usr/bin/env bash
# Runs the benchmarks of every package that has any, one package at a time, so
# that they do not slow each other down. BENCH selects by name (default all);
# arguments go to `go test`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mapfile -t packages < <(
	git grep --untracked -l '^func Benchmark' -- '*_test.go' | xargs -r -n1 dirname | sort -u | sed 's|^|./|'
)
if ((${#packages[@]} == 0)); then
	echo "no package has benchmarks" >&2
	exit 1
fi
exec go test -run '^$' -bench "${BENCH:-.}" -benchmem -p 1 -timeout 1h "$@" "${packages[@]}"
