{{- define "photos.fullname" -}}
{{- if contains "photos" .Release.Name -}}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{- else -}}{{ printf "%s-photos" .Release.Name | trunc 40 | trimSuffix "-" }}{{- end -}}
{{- end -}}

{{/* Labels of a component: include "photos.labels" (list . "server") */}}
{{- define "photos.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: photos
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "photos.labels" -}}
{{- $root := index . 0 -}}
{{ include "photos.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version }}
{{- end -}}

{{- define "photos.image" -}}
{{- $root := index . 0 -}}{{- $image := index . 1 -}}
{{ $image.repository }}:{{ $image.tag | default $root.Chart.AppVersion }}
{{- end -}}

{{/* A readiness probe that lets an install be ready within seconds: include "photos.ready" (list "/path" port) */}}
{{- define "photos.ready" -}}
httpGet: {path: {{ index . 0 }}, port: {{ index . 1 }}}
periodSeconds: 1
timeoutSeconds: 3
failureThreshold: 5
{{- end -}}

{{/* The same for every render of a release, so that an upgrade never changes it; a real chart would ask for it or look it up. */}}
{{- define "photos.dbPassword" -}}
{{ .Values.postgresql.auth.password | default (printf "%s/%s" .Release.Namespace .Release.Name | sha256sum | trunc 24) }}
{{- end -}}

{{- define "photos.dbHost" -}}
{{- if .Values.postgresql.enabled -}}{{ include "photos.fullname" . }}-postgresql{{- else -}}{{ required "externalDatabase.host is needed when postgresql.enabled is false" .Values.externalDatabase.host }}{{- end -}}
{{- end -}}

{{- define "photos.dbSecret" -}}
{{- if and (not .Values.postgresql.enabled) .Values.externalDatabase.existingSecret -}}{{ .Values.externalDatabase.existingSecret }}{{- else -}}{{ include "photos.fullname" . }}-database{{- end -}}
{{- end -}}

{{- define "photos.dbSecretKey" -}}
{{- if and (not .Values.postgresql.enabled) .Values.externalDatabase.existingSecret -}}{{ .Values.externalDatabase.existingSecretKey }}{{- else -}}password{{- end -}}
{{- end -}}
