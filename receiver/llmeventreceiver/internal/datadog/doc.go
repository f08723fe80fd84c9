// Package datadog decodes what dd-trace sends for LLM Observability.
package datadog
