//go:build !watchllm_no_tokenizers

package main

// Estimates count tokens of OpenAI's models exactly with their tokenizers. Nothing of them is in memory before the first estimate; whoever
// needs the 10 MB of the file builds with the tag watchllm_no_tokenizers, and estimates go by bytes.
import _ "github.com/watchllm/watchllm/internal/estimate/openai"
