//go:generate go tool -modfile=../../tools/go.mod mdatagen metadata.yaml

// Package llmeventreceiver takes LLM events as JSON over HTTP and turns them into spans and logs.
package llmeventreceiver
