//go:build watchllm_tokenizers

package main

// With OpenAI's tokenizers, estimates of its models count text exactly. docs/adr says why they are not in every build.
import _ "github.com/watchllm/watchllm/internal/estimate/openai"
