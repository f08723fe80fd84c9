//go:generate go tool -modfile=../../tools/go.mod mdatagen metadata.yaml

// Package chdbextension keeps the embedded ClickHouse engine running: a process
// of its own beside the collector, started with it and stopped after the
// pipelines.
package chdbextension
