#!/usr/bin/env bash
# Copies what is generated under config/ into the chart, so that the two ways to
# install cannot drift: the CRDs, and the rules of the operator's role, of which
# the one for Secrets follows a value.
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
	sed -n '/^rules:/,$p' "$role" | awk '
		# What may be done with Secrets is a value: rules are held back until it is
		# seen whether they speak of them.
		function flush() {
			if (secrets) {
				print "{{- if ne .Values.rbac.secretAccess \"named\" }}"
				sub(/  - list\n  - watch\n/, "  {{- if eq .Values.rbac.secretAccess \"watch\" }}\n  - list\n  - watch\n  {{- end }}\n", rule)
				done = rule ~ /secretAccess/
			}
			printf "%s", rule
			if (secrets) { print "{{- end }}" }
			rule = ""; secrets = 0
		}
		/^- apiGroups:$/ { flush() }
		/^  - secrets$/ { secrets = 1 }
		{ rule = rule $0 "\n" }
		END { flush(); if (!done) { print "no rule for Secrets in the role" > "/dev/stderr"; exit 1 } }
	'
	echo '{{- end }}'
} >"$templates/clusterrole.yaml"

hack/sync-policies.sh
