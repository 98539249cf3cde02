{{/* What differs between the versions of the chart. */}}
{{- define "photos.logLevel" -}}{{ .Values.server.logLevel }}{{- end -}}

{{- define "photos.versionEnv" -}}
- {name: THUMBNAIL_FORMAT, value: {{ .Values.thumbnails.format | quote }}}
- {name: THUMBNAIL_LEGACY_JPEG, value: {{ .Values.thumbnails.legacyJpeg | quote }}}
- {name: THUMBNAIL_QUALITY, value: {{ .Values.thumbnails.quality | quote }}}
- {name: TRASH_DAYS, value: {{ ternary .Values.trash.days 0 .Values.trash.enabled | quote }}}
{{- end -}}
