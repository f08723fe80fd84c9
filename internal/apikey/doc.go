// Package apikey makes, reads, hashes and stores API keys; it knows nothing of HTTP or of the collector.
package apikey
