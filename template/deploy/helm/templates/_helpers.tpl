{{/* The names of all objects begin with this. The longest ending has 18 characters. */}}
{{- define "service.fullname" -}}
{{- $name := .Release.Name -}}
{{- if not (contains .Chart.Name $name) }}{{ $name = printf "%s-%s" $name .Chart.Name }}{{ end -}}
{{- $name | trunc 44 | trimSuffix "-" -}}
{{- end -}}

{{- define "service.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "service.labels" -}}
{{ include "service.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}

{{- define "service.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ printf "%s@%s" .repository .digest }}
{{- else }}{{ printf "%s:%s" .repository (.tag | default $.Chart.AppVersion) }}{{ end }}
{{- end }}
{{- end -}}

{{- define "service.account" -}}
{{- .Values.serviceAccount.name | default (include "service.fullname" .) -}}
{{- end -}}

{{/* Text of a setting. Helm reads each number as a float, which it would print as 1.048576e+06. */}}
{{- define "service.text" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ toJson . }}{{ end -}}
{{- end -}}

{{/* The enabled roles as JSON, each merged with the defaults. */}}
{{- define "service.roles" -}}
{{- $found := dict -}}
{{- range $name, $role := .Values.roles }}
{{- $merged := mustMergeOverwrite (deepCopy $.Values.defaults) (deepCopy $role) }}
{{- if $merged.enabled }}{{ $_ := set $found $name $merged }}{{ end }}
{{- end }}
{{- toJson $found -}}
{{- end -}}

{{/* The settings of all roles as JSON. Without a certificate, a proxy in front of them ends TLS. */}}
{{- define "service.settings" -}}
{{- $found := dict -}}
{{- range $role := include "service.roles" . | fromJson }}
{{- range $transport := $role.transports }}
{{- if and (not $.Values.tls.secret) (has $transport (list "http" "tcp" "grpc" "webrtc")) }}
{{- $_ := set $found (printf "%s_TLS" (upper $transport)) "proxy" }}
{{- end }}
{{- end }}
{{- end }}
{{- range $setting, $value := .Values.settings }}
{{- $_ := set $found $setting (include "service.text" $value) }}
{{- end }}
{{- toJson $found -}}
{{- end -}}

{{/* Ports of a role: name, number, protocol; as JSON. */}}
{{- define "service.ports" -}}
{{- $known := dict
  "http" (list (dict "name" "http" "port" 8000 "protocol" "TCP"))
  "tcp" (list (dict "name" "tcp" "port" 7000 "protocol" "TCP"))
  "grpc" (list (dict "name" "grpc" "port" 50051 "protocol" "TCP"))
  "quic" (list (dict "name" "quic" "port" 4433 "protocol" "UDP"))
  "webrtc" (list (dict "name" "webrtc" "port" 8089 "protocol" "TCP") (dict "name" "webrtc-udp" "port" 8089 "protocol" "UDP"))
  "p2p" (list (dict "name" "p2p" "port" 4001 "protocol" "UDP")) -}}
{{- $found := list -}}
{{- range .transports }}{{ $found = concat $found (get $known .) }}{{ end -}}
{{- toJson $found -}}
{{- end -}}

{{- define "service.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "service.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
image: {{ include "service.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end -}}

{{/* Variables with the paths of the secrets, and of the certificate. */}}
{{- define "service.paths" -}}
{{- range $setting, $_ := .Values.secrets }}
{{- /* These two are names of files themselves. */}}
- name: {{ $setting }}{{ if not (has $setting (list "AUTH_JWKS_FILE" "TLS_CLIENT_CA")) }}_FILE{{ end }}
  value: /run/secrets/service/{{ $setting }}
{{- end }}
{{- if .Values.tls.secret }}
- name: TLS_CERTIFICATE
  value: /run/secrets/tls/tls.crt
- name: TLS_PRIVATE_KEY
  value: /run/secrets/tls/tls.key
{{- end }}
{{- end -}}

{{/* Whole folders: a file mounted alone would never get the new value of a secret. */}}
{{- define "service.mounts" -}}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
  - {name: secrets, mountPath: /run/secrets/service, readOnly: true}
{{- if .Values.tls.secret }}
  - {name: tls, mountPath: /run/secrets/tls, readOnly: true}
{{- end }}
{{- end -}}

{{- define "service.volumes" -}}
volumes:
  - name: tmp
    emptyDir: {sizeLimit: 64Mi}
  - name: secrets
    projected:
      defaultMode: 0440
      sources:
        {{- range $setting, $from := .Values.secrets }}
        - secret:
            name: {{ $from.name | quote }}
            items: [{key: {{ $from.key | quote }}, path: {{ $setting }}}]
        {{- end }}
{{- with .Values.tls.secret }}
  - name: tls
    secret: {secretName: {{ . | quote }}, defaultMode: 0440}
{{- end }}
{{- end -}}

{{/* Messages for values that no schema can refuse. */}}
{{- define "service.check" -}}
{{- $roles := include "service.roles" . | fromJson -}}
{{- if not $roles }}{{ fail "roles: no role is enabled; set enabled: true in at least one" }}{{ end -}}
{{- $owned := list "DATABASE_URL" "BROKER_URL" "CACHE_URL" "AUTH_JWT_KEY" "AUTH_TOKEN" "P2P_KEY" "WEBRTC_ICE_PASSWORD" "OTEL_EXPORTER_OTLP_HEADERS" "SENTRY_DSN" -}}
{{- $all := dict "settings" .Values.settings -}}
{{- range $name, $role := $roles }}{{ $_ := set $all (printf "roles.%s.settings" $name) $role.settings }}{{ end -}}
{{- range $place, $settings := $all }}
{{- range $setting, $_ := $settings }}
{{- if or (has $setting $owned) (hasKey $.Values.secrets $setting) }}{{ fail (printf "%s.%s: this is a secret; put it into a Secret, and name that in secrets.%s" $place $setting $setting) }}{{ end }}
{{- if or (eq $setting "AUTH_JWKS_FILE" "TLS_CLIENT_CA") (hasSuffix "_FILE" $setting) }}{{ fail (printf "%s.%s: files come from Secrets; put it there, and name that in secrets.%s" $place $setting $setting) }}{{ end }}
{{- if and (hasSuffix "_COMMAND" $setting) (has (trimSuffix "_COMMAND" $setting) $owned) }}{{ fail (printf "%s.%s: the image has no such program; put the secret into a Secret, and name that in secrets.%s" $place $setting (trimSuffix "_COMMAND" $setting)) }}{{ end }}
{{- if regexMatch "_PORT$|^TLS_(CERTIFICATE|PRIVATE_KEY)$" $setting }}{{ fail (printf "%s.%s: the chart sets this; remove it" $place $setting) }}{{ end }}
{{- end }}
{{- end }}
{{- range $name, $role := $roles }}
{{- if and (eq $name "worker") $role.transports }}{{ fail "roles.worker.transports: a worker has none; set it to []" }}{{ end }}
{{- if and (ne $name "worker") (not $role.transports) }}{{ fail (printf "roles.%s.transports: name at least one, such as [http]" $name) }}{{ end }}
{{- if and (has "quic" $role.transports) (not $.Values.tls.secret) }}{{ fail (printf "roles.%s.transports: quic needs a certificate; set tls.secret to the name of a Secret" $name) }}{{ end }}
{{- if and (has "p2p" $role.transports) (not (hasKey $.Values.secrets "P2P_KEY")) }}{{ fail (printf "roles.%s.transports: p2p needs a key; set secrets.P2P_KEY to the name and the key of a Secret" $name) }}{{ end }}
{{- with $role.autoscaling }}
{{- if gt (int .min) (int .max) }}{{ fail (printf "roles.%s.autoscaling: min is %d and max is %d; min must not be above max" $name (int .min) (int .max)) }}{{ end }}
{{- if and (eq .mode "keda") (eq $name "producer") (not $.Values.keda.prometheus) }}{{ fail "roles.producer.autoscaling.mode: keda needs the outbox depth; set keda.prometheus to the URL of Prometheus" }}{{ end }}
{{- $partitions := int ($role.settings.BROKER_PARTITIONS | default $.Values.settings.BROKER_PARTITIONS) }}
{{- if and (ne .mode "none") (eq $name "consumer") (gt $partitions 0) (gt (int .max) $partitions) }}{{ fail (printf "roles.consumer.autoscaling.max: %d replicas share %d partitions, and the rest would be idle; set max to %d at most" (int .max) $partitions $partitions) }}{{ end }}
{{- end }}
{{- end }}
{{- end -}}
