package main

import (
	"fmt"
	"io"
	"path/filepath"
)

// banner tells a person where to send and where to look.
type banner struct {
	layout
	headline string
	key      string
	keyIsNew bool
	keyFile  string
	dataDir  string
	logFile  string
}

func (b banner) print(out io.Writer) {
	line := func(what, where string) {
		if where != "" {
			fmt.Fprintf(out, "    %-22s %s\n", what, where)
		}
	}
	at := func(address, scheme string) string {
		if address == "" {
			return ""
		}
		return url(address, scheme)
	}
	fmt.Fprintf(out, "\n%s\n\n  Send\n", b.headline)
	line("OTLP gRPC", at(b.grpc, "http"))
	line("OTLP HTTP", at(b.http, "http"))
	line("JSON events", at(b.events, "http"))
	fmt.Fprintf(out, "\n  Look\n")
	line("query API", at(b.query, "http"))
	if b.clickhouse != "" {
		line("ClickHouse HTTP", fmt.Sprintf("%s  (user default, password in %s)", at(b.clickhouse, "http"), short(filepath.Join(b.dataDir, "clickhouse-password"))))
	}
	line("health", at(b.health, "http"))
	fmt.Fprintf(out, "\n  Data is in %s, the collector's log in %s\n", short(b.dataDir), short(b.logFile))
	switch {
	case b.keyIsNew:
		fmt.Fprintf(out, "\n  Your first API key, shown this once (it is kept in %s):\n\n    %s\n", short(b.keyFile), b.key)
		fmt.Fprintf(out, "\n  Paste this where your application starts:\n\n    export OTEL_EXPORTER_OTLP_ENDPOINT=%s OTEL_EXPORTER_OTLP_HEADERS=\"x-api-key=%s\"\n", at(b.http, "http"), b.key)
	case b.keyFile != "" && b.keysFile != "":
		fmt.Fprintf(out, "\n  Paste this where your application starts:\n\n    export OTEL_EXPORTER_OTLP_ENDPOINT=%s OTEL_EXPORTER_OTLP_HEADERS=\"x-api-key=$(cat %s)\"\n", at(b.http, "http"), short(b.keyFile))
	}
	fmt.Fprintf(out, "\n  Ctrl-C stops it.\n\n")
}

// short names a path relative to the current folder where that reads better.
func short(path string) string {
	if here, err := filepath.Abs("."); err == nil {
		if rel, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(rel) {
			return rel
		}
	}
	return path
}
