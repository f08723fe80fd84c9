// Package openai links in the encodings of OpenAI's models: import it for its effect, as the distribution does under the build tag
// watchllm_tokenizers.
package openai

import (
	"github.com/tiktoken-go/tokenizer/codec"

	"github.com/watchllm/watchllm/internal/estimate"
)

func init() {
	estimate.Register(estimate.O200k, func() estimate.Tokenizer { return codec.NewO200kBase() })
	estimate.Register(estimate.Cl100k, func() estimate.Tokenizer { return codec.NewCl100kBase() })
}
