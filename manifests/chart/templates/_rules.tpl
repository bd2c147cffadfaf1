{{/* What the controller does, and nothing else; with a Role instead of a ClusterRole it reads neither nodes nor namespaces. */}}
{{- define "plimsoll.rules" -}}
{{- $workload := .Values.readOnly | ternary "[get, list, watch]" "[get, list, watch, patch]" -}}
- apiGroups: [apps]
  resources: [deployments, statefulsets, daemonsets]
  verbs: {{ $workload }}
- apiGroups: [batch]
  resources: [cronjobs]
  verbs: {{ $workload }}
# Argo Rollouts, where it is installed; elsewhere this rule allows nothing.
- apiGroups: [argoproj.io]
  resources: [rollouts]
  verbs: {{ $workload }}
- apiGroups: ['']
  resources: [pods]
  verbs: [list]
{{- if not .Values.namespaces }}
- apiGroups: ['']
  resources: [nodes]
  verbs: [list]
{{- end }}
- apiGroups: ['']
  resources: [serviceaccounts]
  verbs: [get]
- apiGroups: [plimsoll.dev]
  resources: [trackedimages]
  verbs: [get, list, watch, create, delete]
- apiGroups: [plimsoll.dev]
  resources: [trackedimages/status]
  verbs: [patch]
- apiGroups: [plimsoll.dev]
  resources: [imagepolicies]
  verbs: [list, watch]
- apiGroups: [plimsoll.dev]
  resources: [imagepolicies/status]
  verbs: [patch]
{{- if not .Values.namespaces }}
- apiGroups: ['']
  resources: [namespaces]
  verbs: [list, watch]
{{- end }}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}
