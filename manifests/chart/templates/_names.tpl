{{/* What every object is called: the release where that says plimsoll, else both. */}}
{{- define "plimsoll.name" -}}
{{- if contains "plimsoll" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-plimsoll" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{/* By these a Deployment knows its pods; they never change. */}}
{{- define "plimsoll.selector" -}}
app.kubernetes.io/name: {{ include "plimsoll.name" . }}
{{- end }}

{{- define "plimsoll.labels" -}}
{{ include "plimsoll.selector" . }}
app.kubernetes.io/part-of: plimsoll
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "plimsoll.image" -}}
{{- .Values.image.repository }}
{{- if or .Values.image.tag (not .Values.image.digest) }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ end }}
{{- end }}

{{/* The Secret with registries.yaml, or nothing. */}}
{{- define "plimsoll.registries" -}}
{{- if .Values.registries.existingSecret -}}
{{- .Values.registries.existingSecret -}}
{{- else if .Values.registries.config -}}
{{- include "plimsoll.name" . }}-registries
{{- end -}}
{{- end }}

{{- define "plimsoll.subjects" -}}
subjects:
  - kind: ServiceAccount
    name: {{ include "plimsoll.name" . }}
    namespace: {{ .Release.Namespace }}
{{- end }}
