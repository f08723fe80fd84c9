//go:generate go tool -modfile=../../tools/go.mod mdatagen metadata.yaml

// Package llmqueryextension answers questions about calls, costs and traces over HTTP, each asker seeing its own project only.
package llmqueryextension
