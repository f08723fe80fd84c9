// Package litellm reads what LiteLLM's generic API callback posts: one StandardLoggingPayload a call.
package litellm
