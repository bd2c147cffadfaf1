{{/* What every object is called: as asked, else the release where that says plimsoll, else both. */}}
{{- define "plimsoll.name" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains "plimsoll" .Release.Name -}}
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
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Labels and annotations of an object: those of all, and its own. Takes the context and a dict of both. */}}
{{- define "plimsoll.marks" -}}
{{- $context := index . 0 -}}
{{- $own := index . 1 -}}
labels:
  {{- merge (dict) ($own.labels | default dict) (include "plimsoll.labels" $context | fromYaml) | toYaml | nindent 2 }}
{{- with merge (dict) ($own.annotations | default dict) $context.Values.commonAnnotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
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

{{- define "plimsoll.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "plimsoll.name" .) -}}
{{- end }}

{{- define "plimsoll.subjects" -}}
subjects:
  - kind: ServiceAccount
    name: {{ include "plimsoll.serviceAccount" . }}
    namespace: {{ .Release.Namespace }}
{{- end }}
