package estimate

import "strings"

// family is a group of models that share a tokenizer and a chat template, as far as is known.
type family struct {
	name string
	// How many tokens a token of the baseline is: in English, code and JSON; in other alphabets, Chinese, Japanese and Korean; and in
	// every other script, whose letters may take a token for each of their bytes.
	text, beyond, rare span
	// What the template adds: for the call, a message, a call of a tool, its result, for having tools, for a tool, and how many tokens
	// of the template a token of a tool's definition becomes.
	call, message, toolCall, result, tools, tool, definition span
}

// What is common: little is known of most templates, so the bounds are wide where a template may say much (a system prompt of its
// own, instructions for tools).
var (
	framingCall       = span{0, 4, 30}
	framingMessage    = span{0, 4, 7}
	framingToolCall   = span{2, 14, 40}
	framingResult     = span{1, 8, 40}
	framingTools      = span{0, 40, 260}
	framingTool       = span{0, 6, 40}
	framingDefinition = span{0.4, 0.9, 1.6}
)

var (
	// A tokenizer counts its texts; what it adds around them was published: three tokens a message and three for the answer.
	openAI = &family{
		name: "openai", text: span{0.65, 1, 1.5}, beyond: span{0.6, 1.05, 2}, rare: span{0.5, 1.1, 3.8},
		call: span{2, 3, 12}, message: span{2, 4, 6}, toolCall: span{2, 10, 30}, result: span{1, 4, 16},
		tools: span{0, 10, 60}, tool: span{0, 4, 30}, definition: span{0.35, 0.8, 1.3},
	}
	// Open weights of OpenAI come with a system prompt of their own.
	openAIOpen = &family{
		name: "gpt-oss", text: openAI.text, beyond: openAI.beyond, rare: openAI.rare,
		call: span{2, 60, 110}, message: span{2, 4, 8}, toolCall: span{2, 10, 30}, result: span{1, 4, 16},
		tools: span{0, 20, 80}, tool: span{0, 4, 30}, definition: span{0.35, 0.8, 1.3},
	}
	anthropic = &family{
		name: "anthropic", text: span{0.65, 1, 1.65}, beyond: span{0.7, 1.45, 2.4}, rare: span{0.5, 2, 5},
		call: span{2, 5, 45}, message: span{0, 4, 7}, toolCall: span{20, 45, 75}, result: span{4, 26, 50},
		tools: span{0, 340, 620}, tool: span{0, 20, 60}, definition: span{0.5, 1, 1.8},
	}
	// From Opus 4.7 on Claude has another tokenizer, which makes about a third more tokens of the same text.
	anthropicNew = &family{
		name: "anthropic-2026", text: span{0.8, 1.4, 2.3}, beyond: span{0.7, 1.7, 3}, rare: span{0.5, 2, 6},
		call: span{2, 6, 45}, message: span{0, 5, 9}, toolCall: span{15, 40, 80}, result: span{4, 26, 60},
		tools: span{0, 300, 800}, tool: span{0, 20, 60}, definition: span{0.5, 1.3, 2.3},
	}
	gemini = &family{
		name: "gemini", text: span{0.65, 1, 1.7}, beyond: span{0.5, 0.95, 1.75}, rare: span{0.4, 1.1, 3},
		call: span{0, 1, 12}, message: span{0, 1, 5}, toolCall: span{2, 9, 25}, result: span{1, 10, 25},
		tools: span{0, 5, 60}, tool: span{0, 4, 30}, definition: span{0.3, 0.55, 1.4},
	}
	otherFamily = &family{
		name: "other", text: span{0.6, 1, 1.8}, beyond: span{0.4, 0.95, 2.8}, rare: span{0.4, 1.5, 7},
		call: framingCall, message: framingMessage, toolCall: framingToolCall, result: framingResult,
		tools: framingTools, tool: framingTool, definition: framingDefinition,
	}
)

// familyOf goes by the model's name, which clients of gateways and clouds spell with prefixes.
func familyOf(model string) *family {
	name := bare(model)
	switch {
	case strings.Contains(name, "gpt-oss"):
		return openAIOpen
	case strings.HasPrefix(name, "gpt-"), strings.HasPrefix(name, "chatgpt-"), isSeries(name), strings.HasPrefix(name, "ft:gpt-"):
		return openAI
	case strings.Contains(name, "claude"):
		if oldClaude(name) {
			return anthropic
		}
		return anthropicNew
	case strings.HasPrefix(name, "gemini"), strings.HasPrefix(name, "gemma"):
		return gemini
	default:
		return otherFamily
	}
}

// bare is a model's name in small letters without the path in front of it.
func bare(name string) string {
	name = strings.ToLower(name)
	if at := strings.LastIndexByte(name, '/'); at >= 0 {
		name = name[at+1:]
	}
	return name
}

// isSeries reports whether a name is one of OpenAI's o1, o3, o4-mini and so on.
func isSeries(name string) bool {
	return len(name) >= 2 && name[0] == 'o' && '1' <= name[1] && name[1] <= '9' && (len(name) == 2 || name[2] == '-')
}

// oldClaudes is what is in the names of the models that have the tokenizer of Claude 3. Those not listed have the newer one.
var oldClaudes = [...]string{
	"claude-2", "claude-3", "claude-instant", "claude-v", "opus-4-0", "opus-4-1", "opus-4-5", "opus-4-6", "opus-4.1", "opus-4.5", "opus-4.6",
	"opus-4-2025", "opus-4@", "sonnet-4", "haiku-4",
}

func oldClaude(name string) bool {
	for _, part := range oldClaudes {
		if strings.Contains(name, part) {
			return true
		}
	}
	return strings.HasSuffix(name, "opus-4")
}

// unreasoning is how the names of models begin that write nothing they do not show. Whether another one reasoned no span says.
var unreasoning = [...]string{
	"gpt-3.5", "gpt-35", "gpt-4", "chatgpt-4o", "ft:gpt-3.5", "ft:gpt-4",
	"claude-2", "claude-instant", "claude-3-haiku", "claude-3-opus", "claude-3-sonnet", "claude-3-5",
	"gemini-1", "gemini-2.0", "gemma", "llama", "meta-llama", "mistral", "ministral", "mixtral", "codestral", "open-mi", "pixtral",
	"command-r", "nova-micro", "nova-lite", "nova-pro", "titan", "qwen2", "phi-3", "phi-4",
}

// reasons reports whether a model may have written tokens that it does not show, which are paid for.
func reasons(model string) bool {
	name := bare(model)
	for _, vendor := range [...]string{"anthropic.", "meta.", "amazon.", "mistral.", "cohere.", "us.", "eu.", "apac.", "global."} {
		name = strings.TrimPrefix(name, vendor)
	}
	for _, vendor := range [...]string{"anthropic.", "meta.", "amazon.", "mistral.", "cohere."} {
		name = strings.TrimPrefix(name, vendor)
	}
	if strings.Contains(name, "reason") || strings.Contains(name, "thinking") {
		return true
	}
	for _, begin := range unreasoning {
		if strings.HasPrefix(name, begin) {
			return false
		}
	}
	return true
}

// input is how many tokens the prompt has. Reasoning of earlier turns is sent by some clients and left out by most providers.
func (f *family) input(a *amounts) Counts {
	s := a.said.plus(f.call).plus(f.message.by(a.messages)).plus(f.toolCall.by(a.calls)).plus(f.result.by(a.results))
	s.high += a.thoughts.high
	if a.definitions > 0 {
		s = s.plus(f.tools).plus(f.tool.by(a.definitions)).plus(a.tools.times(f.definition))
	}
	return s.counts()
}

// output is how many tokens the answer has, as far as it can be seen.
func (f *family) output(a *amounts) Counts {
	s := a.said.plus(f.toolCall.by(a.calls)).plus(span{0, 1, 6})
	s.mid += a.thoughts.mid
	s.high += a.thoughts.high
	return s.counts()
}
