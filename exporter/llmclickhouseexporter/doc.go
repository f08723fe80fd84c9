//go:generate go tool -modfile=../../tools/go.mod mdatagen metadata.yaml

// Package llmclickhouseexporter stores spans in ClickHouse, each exactly once, in typed columns.
package llmclickhouseexporter
