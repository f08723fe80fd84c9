//go:generate go tool -modfile=../../tools/go.mod mdatagen metadata.yaml

// Package queuestorageextension stores queues on disk, at the cost of writing each byte once.
package queuestorageextension
