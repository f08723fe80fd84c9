//go:generate go tool -modfile=../../tools/go.mod mdatagen metadata.yaml

// Package llmtenantprocessor stamps tenant and project of the authenticated sender on data and removes what the payload claimed.
package llmtenantprocessor
