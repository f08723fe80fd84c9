// Package semconv names every attribute WatchLLM writes; it is generated from sdk-conventions/registry.
package semconv

//go:generate go run ./generate ../../sdk-conventions/registry generated_attributes.go
