// Package native reads the contract watchllm.events/1, WatchLLM's own.
package native
