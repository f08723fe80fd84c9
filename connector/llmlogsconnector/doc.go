// Package llmlogsconnector makes spans of the LLM calls that clients tell of in log events, so that everything behind it sees one kind
// of thing.
package llmlogsconnector

//go:generate go tool -modfile=../../tools/go.mod mdatagen metadata.yaml
