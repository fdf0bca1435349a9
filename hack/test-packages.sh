#!/usr/bin/env bash
# Prints the packages whose tests start a control plane ("integration"), or all
# other packages with tests ("unit"). Told apart by what their tests import, so
# that no list has to be kept.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Test programs are named PACKAGE.test.
tests_with() {
	go list -test -f "$1" ./... | sed -n 's/\.test$//p' | sort -u
}
all=$(tests_with '{{.ImportPath}}')
integration=$(tests_with '{{$p := .ImportPath}}{{range .Deps}}{{if eq . "sigs.k8s.io/controller-runtime/pkg/envtest"}}{{$p}}{{end}}{{end}}')

case ${1:-} in
integration) chosen=$integration ;;
unit) chosen=$(comm -23 <(echo "$all") <(echo "$integration")) ;;
*)
	echo "usage: $0 unit|integration" >&2
	exit 2
	;;
esac

# Given no package, `go test` would test the folder it stands in.
if [[ -z $chosen ]]; then
	echo "no package has $1 tests" >&2
	exit 1
fi
echo "$chosen"
