package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// defaultDataDir is where data and keys live unless a flag says otherwise; collector.yaml has the same default.
func defaultDataDir() string {
	if dir := os.Getenv("WATCHLLM_DATA_DIR"); dir != "" {
		return dir
	}
	return ".watchllm"
}

// findConfig is the configuration that was named, else collector.yaml in the working directory, else the one of the checkout that this
// program was built in.
func findConfig(named string) (string, error) {
	const name = "collector.yaml"
	if named != "" {
		return named, nil
	}
	if _, err := os.Stat(name); err == nil {
		return name, nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	beside := filepath.Join(filepath.Dir(filepath.Dir(self)), name)
	if _, err := os.Stat(beside); err != nil {
		return "", fmt.Errorf("there is no %s here and none at %s; name one with --config", name, short(beside))
	}
	return beside, nil
}

// layout is what run needs to know of a collector configuration: where it listens and where its files are.
// It is read from the configuration itself, so that what run prints is what the collector does.
type layout struct {
	grpc, http, events, query, clickhouse, health string // addresses; empty where the configuration has none
	metrics                                       string
	keysFile                                      string
	library                                       string // of the embedded engine; empty means the cache folder
	embedded                                      bool   // the chdb extension is in service::extensions
}

// readLayout reads a configuration.
func readLayout(ctx context.Context, file string) (layout, error) {
	conf, err := resolveConfig(ctx, file)
	if err != nil {
		return layout{}, err
	}
	text := func(key string) string {
		s, _ := conf.Get(key).(string)
		return s
	}
	l := layout{
		grpc:     text("receivers::otlp::protocols::grpc::endpoint"),
		http:     text("receivers::otlp::protocols::http::endpoint"),
		events:   text("receivers::llm_event::endpoint"),
		keysFile: text("extensions::api_key_auth::keys_file"),
	}
	l.metrics = metricsAddress(conf.Get("service::telemetry::metrics::readers"))
	enabled, _ := conf.Get("service::extensions").([]any)
	started := func(kind string) bool {
		return slices.ContainsFunc(enabled, func(e any) bool {
			name, _ := e.(string)
			return name == kind || strings.HasPrefix(name, kind+"/")
		})
	}
	if started("llm_query") {
		l.query = text("extensions::llm_query::endpoint")
	}
	if started("health_check") {
		l.health = text("extensions::health_check::endpoint")
	}
	if l.embedded = started("chdb"); l.embedded {
		l.clickhouse = text("extensions::chdb::listen")
		l.library = text("extensions::chdb::library")
	}
	return l, nil
}

// metricsAddress is where the first pull reader of the collector's own metrics listens.
func metricsAddress(readers any) string {
	list, _ := readers.([]any)
	for _, r := range list {
		reader, _ := r.(map[string]any)
		pull, _ := reader["pull"].(map[string]any)
		exporter, _ := pull["exporter"].(map[string]any)
		if p, ok := exporter["prometheus"].(map[string]any); ok {
			return net.JoinHostPort(fmt.Sprint(p["host"]), fmt.Sprint(p["port"]))
		}
	}
	return ""
}

// listener is an address that the collector is about to take.
type listener struct {
	address, what, variable string // variable of collector.yaml that moves it
}

func (l layout) listeners() []listener {
	all := []listener{
		{l.grpc, "OTLP gRPC", "WATCHLLM_OTLP_GRPC_ENDPOINT"},
		{l.http, "OTLP HTTP", "WATCHLLM_OTLP_HTTP_ENDPOINT"},
		{l.events, "JSON events", "WATCHLLM_EVENTS_ENDPOINT"},
		{l.query, "the query API", "WATCHLLM_QUERY_ENDPOINT"},
		{l.clickhouse, "ClickHouse HTTP", "WATCHLLM_CLICKHOUSE_ENDPOINT"},
		{l.health, "health", "WATCHLLM_HEALTH_ENDPOINT"},
		{l.metrics, "the collector's own metrics", "WATCHLLM_METRICS_PORT"},
	}
	return slices.DeleteFunc(all, func(x listener) bool { return x.address == "" })
}

// url is the address a client on this machine uses.
func url(address, scheme string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return scheme + "://" + address
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "127.0.0.1"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}
