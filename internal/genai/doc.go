// Package genai reads the LLM meaning of a span, whatever convention it was written in, into one canonical call.
package genai
