{{- define "domaincert.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 53 | trimSuffix "-" }}
{{- end }}

{{/* The release's name, with the chart's unless it is part of it already. */}}
{{- define "domaincert.fullname" -}}
{{- $name := include "domaincert.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 53 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 53 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "domaincert.selectorLabels" -}}
app.kubernetes.io/name: {{ include "domaincert.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "domaincert.labels" -}}
{{ include "domaincert.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: domaincert
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "domaincert.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "domaincert.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "domaincert.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}
{{- end }}

{{/* The ServiceAccount as the only subject of a binding. */}}
{{- define "domaincert.subjects" -}}
subjects:
- kind: ServiceAccount
  name: {{ include "domaincert.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}
