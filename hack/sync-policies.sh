#!/usr/bin/env bash
# Copies config/policies into the chart, each policy behind the values that switch
# it on. Their names are the release's there, since they are of the whole cluster.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

templates=charts/domaincert/templates
rm -rf "$templates/policies"
mkdir -p "$templates/policies"
policy() { # FILE VALUE...: the template of a file, which the values switch on
	local file=$1 condition
	shift
	condition=$(printf ' .Values.admissionPolicies.%s' "$@")
	[[ $# -eq 1 ]] || condition=" and$condition"
	{
		echo "{{- if$condition }}"
		# Comments are for who reads the source.
		grep -v '^ *#' "$file" | sed -E '
			s/^(  policyName: |  name: )domaincert-/\1{{ include "domaincert.fullname" . }}-/
			/^  name: /a\  labels:\n    {{- include "domaincert.labels" . | nindent 4 }}'
		echo '{{- end }}'
	} >"$templates/policies/$(basename "$file")"
}
for file in config/policies/*.yaml; do
	[[ $file == */kustomization.yaml ]] || policy "$file" enabled
done
policy config/policies/claims/claims.yaml enabled claims
