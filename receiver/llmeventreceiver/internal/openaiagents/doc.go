// Package openaiagents reads what the OpenAI Agents SDKs export to OpenAI's trace ingestion.
package openaiagents
