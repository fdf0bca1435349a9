#!/usr/bin/env bash
# Copies what is generated under config/ into the chart, so that the two ways to
# install cannot drift: the CRDs, and the rules of the operator's role.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

templates=charts/domaincert/templates
role=config/rbac/role.yaml

# CRDs of kinds that are gone must not stay behind.
rm -rf "$templates/crds"
mkdir -p "$templates/crds"
for crd in config/crd/bases/*.yaml; do
	{
		echo '{{- if .Values.crds.enabled }}'
		awk '
			{ print }
			/^  annotations:$/ && !done {
				print "    {{- if .Values.crds.keep }}"
				print "    helm.sh/resource-policy: keep"
				print "    {{- end }}"
				done = 1
			}
			END { if (!done) { print "no annotations in " FILENAME > "/dev/stderr"; exit 1 } }
		' "$crd"
		echo '{{- end }}'
	} >"$templates/crds/$(basename "$crd" | sed 's/^domaincert\.io_//')"
done

{
	cat <<'HEADER'
{{- if .Values.rbac.create }}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ include "domaincert.fullname" . }}
  labels:
    {{- include "domaincert.labels" . | nindent 4 }}
HEADER
	sed -n '/^rules:/,$p' "$role"
	echo '{{- end }}'
} >"$templates/clusterrole.yaml"
