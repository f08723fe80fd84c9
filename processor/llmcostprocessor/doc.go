// Package llmcostprocessor reads LLM spans of any dialect into the canonical gen_ai attributes and prices every model call.
package llmcostprocessor

//go:generate go tool -modfile=../../tools/go.mod mdatagen metadata.yaml
