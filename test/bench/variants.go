package main

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"

	"github.com/watchllm/watchllm/internal/apikey"
)

// variant is a collector with a pipeline that is measured.
type variant struct {
	name, binary string
	template     string
	discards     bool
	withKey      bool
}

func variants(watchllm, contrib, profile string) []variant {
	ours := func(storage string) string {
		text := strings.ReplaceAll(oursYAML, "@STORAGE@", storage)
		if profile == "" {
			return text
		}
		text = strings.Replace(text, "extensions:\n", "extensions:\n  pprof: {endpoint: "+profile+"}\n", 1)
		return strings.Replace(text, "extensions: [", "extensions: [pprof, ", 1)
	}
	theirs := func(storage string) string { return strings.NewReplacer("@STORAGE@", storage).Replace(contribYAML) }
	return []variant{
		{name: "nop", binary: contrib, template: nopYAML, discards: true},
		{name: "ours_disk", binary: watchllm, template: ours("storage: queue_storage"), withKey: true},
		{name: "contrib_disk", binary: contrib, template: theirs("storage: file_storage")},
		{name: "ours_memory", binary: watchllm, template: ours(""), withKey: true},
		{name: "contrib_memory", binary: contrib, template: theirs("")},
	}
}

func (v variant) config(dir, store string) (config, url, key string, err error) {
	address, err := freeAddress()
	if err != nil {
		return "", "", "", err
	}
	if v.withKey {
		if key, _, err = apikey.EnsureFirst(filepath.Join(dir, "keys.yaml"), filepath.Join(dir, "key"), "acme", "shop"); err != nil {
			return "", "", "", err
		}
	}
	config = strings.NewReplacer("@DIR@", dir, "@ADDRESS@", address, "@STORE@", store).Replace(v.template)
	return config, fmt.Sprintf("http://%s/v1/traces", address), key, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// oursYAML is the default path of collector.yaml: key, tenant, prices, store.
const oursYAML = `
extensions:
  queue_storage:
    directory: @DIR@/queue
  api_key_auth:
    keys_file: @DIR@/keys.yaml
  otlp_guard:
receivers:
  otlp:
    protocols:
      http:
        endpoint: @ADDRESS@
        max_request_body_size: 33554432
        middlewares: [{id: api_key_auth}, {id: otlp_guard}]
        compression_algorithms: []
processors:
  memory_limiter: {check_interval: 1s, limit_mib: 1024, spike_limit_mib: 256}
  llm_tenant: {require_identity: true}
  llm_cost:
exporters:
  llm_clickhouse:
    endpoint: @STORE@
    create_schema: false
    sending_queue:
      @STORAGE@
    dead_letter: {directory: @DIR@/dead-letter}
connectors:
  forward:
service:
  extensions: [queue_storage, api_key_auth, otlp_guard]
  pipelines:
    traces/in: {receivers: [otlp], processors: [memory_limiter, llm_tenant], exporters: [forward]}
    traces: {receivers: [forward], processors: [llm_cost], exporters: [llm_clickhouse]}
  telemetry:
    metrics: {level: none}
`

// contribYAML batches by items in the exporter, as its documentation advises.
const contribYAML = `
extensions:
  file_storage:
    directory: @DIR@/queue
    create_directory: true
    timeout: 10s
receivers:
  otlp:
    protocols:
      http: {endpoint: @ADDRESS@, max_request_body_size: 33554432}
exporters:
  clickhouse:
    endpoint: @STORE@
    create_schema: false
    timeout: 60s
    retry_on_failure: {max_elapsed_time: 0s}
    sending_queue:
      @STORAGE@
      batch: {min_size: 8192, flush_timeout: 1s, sizer: items}
service:
  extensions: [file_storage]
  pipelines:
    traces: {receivers: [otlp], exporters: [clickhouse]}
  telemetry:
    metrics: {level: none}
`

// nopYAML receives and forgets.
const nopYAML = `
receivers:
  otlp:
    protocols:
      http: {endpoint: @ADDRESS@, max_request_body_size: 33554432}
exporters:
  nop:
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [nop]}
  telemetry:
    metrics: {level: none}
`
