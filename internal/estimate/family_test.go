package estimate

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFamilies(t *testing.T) {
	for model, want := range map[string]struct {
		family   *family
		encoding string
		reasons  bool
	}{
		"gpt-4o-mini-2024-07-18":     {openAI, O200k, false},
		"openai/gpt-4.1":             {openAI, O200k, false},
		"ft:gpt-4o:acme::x1":         {openAI, O200k, false},
		"GPT-4-turbo":                {openAI, Cl100k, false},
		"gpt-35-turbo":               {openAI, Cl100k, false},
		"gpt-5-mini":                 {openAI, O200k, true},
		"o3":                         {openAI, O200k, true},
		"o4-mini":                    {openAI, O200k, true},
		"gpt-7":                      {openAI, "", true},
		"openai/gpt-oss-120b":        {openAIOpen, O200k, true},
		"claude-3-5-sonnet-20241022": {anthropic, "", false},
		"claude-sonnet-4-5":          {anthropic, "", true},
		"claude-opus-4":              {anthropic, "", true},
		"claude-opus-4-20250514":     {anthropic, "", true},
		"claude-opus-4-6":            {anthropic, "", true},
		"claude-opus-4-7":            {anthropicNew, "", true},
		"claude-opus-5":              {anthropicNew, "", true},
		"us.anthropic.claude-3-haiku-20240307-v1:0": {anthropic, "", false},
		"gemini-2.0-flash":                          {gemini, "", false},
		"models/gemini-2.5-pro":                     {gemini, "", true},
		"eu.amazon.nova-lite-v1:0":                  {otherFamily, "", false},
		"meta-llama/Llama-3.3-70B":                  {otherFamily, "", false},
		"magistral-medium":                          {otherFamily, "", true},
		"command-a-reasoning":                       {otherFamily, "", true},
		"orca-mini":                                 {otherFamily, "", true},
		"":                                          {otherFamily, "", true},
	} {
		f := familyOf(model)
		assert.Equal(t, want.family.name, f.name, model)
		assert.Equal(t, want.encoding, encodingOf(f, model), model)
		assert.Equal(t, want.reasons, reasons(model), "%s reasons", model)
	}
}

// Bounds that cross would say nothing.
func TestBoundsAreInOrder(t *testing.T) {
	for _, f := range [...]*family{openAI, openAIOpen, anthropic, anthropicNew, gemini, otherFamily} {
		for _, s := range [...]span{f.text, f.beyond, f.rare, f.call, f.message, f.toolCall, f.result, f.tools, f.tool, f.definition} {
			assert.True(t, 0 <= s.low && s.low <= s.mid && s.mid <= s.high, "%s: %+v", f.name, s)
		}
	}
}
