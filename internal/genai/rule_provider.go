package genai

import "strings"

// applyProvider spells the provider as OpenTelemetry does. A name nobody knows stays as it came.
func applyProvider(r *reading) {
	r.call.Provider = normaliseProvider(r.facts.str(fieldProvider))
}

// providers maps every spelling seen, in lower case, to OpenTelemetry's. An empty value marks a framework: it calls models, it is
// no provider, and nothing can be concluded from it about counts or prices.
var providers = map[string]string{
	"openai": "openai", "open_ai": "openai", "openai.azure": "azure.ai.openai",
	"anthropic": "anthropic", "claude": "anthropic",
	"aws.bedrock": "aws.bedrock", "aws_bedrock": "aws.bedrock", "bedrock": "aws.bedrock", "amazon-bedrock": "aws.bedrock",
	"amazon_bedrock": "aws.bedrock", "bedrock_converse": "aws.bedrock", "aws": "aws.bedrock", "amazon": "aws.bedrock",
	"azure.ai.openai": "azure.ai.openai", "az.ai.openai": "azure.ai.openai", "azure_openai": "azure.ai.openai", "azure-openai": "azure.ai.openai",
	"azure": "azure.ai.openai", "azureopenai": "azure.ai.openai", "azure_ai_openai": "azure.ai.openai",
	"azure.ai.inference": "azure.ai.inference", "az.ai.inference": "azure.ai.inference", "azure_ai": "azure.ai.inference",
	"gcp.gemini": "gcp.gemini", "gemini": "gcp.gemini", "google.generative-ai": "gcp.gemini", "google_genai": "gcp.gemini",
	"google-gla": "gcp.gemini", "google.ai.studio": "gcp.gemini",
	"google_generativeai": "gcp.gemini", "google-generativeai": "gcp.gemini", "google_ai_studio": "gcp.gemini", "generativelanguage": "gcp.gemini",
	"gcp.vertex_ai": "gcp.vertex_ai", "vertex_ai": "gcp.vertex_ai", "vertexai": "gcp.vertex_ai", "google.vertex": "gcp.vertex_ai",
	"google_anthropic_vertex": "gcp.vertex_ai", "google-vertex-anthropic": "gcp.vertex_ai", "google_vertexai": "gcp.vertex_ai", "vertex": "gcp.vertex_ai", "google-vertex": "gcp.vertex_ai",
	"gcp.gen_ai": "gcp.gen_ai", "google": "gcp.gen_ai", "gcp.vertex.agent": "gcp.gemini",
	"cohere": "cohere", "cohereai": "cohere",
	"deepseek": "deepseek", "groq": "groq",
	"ibm.watsonx.ai": "ibm.watsonx.ai", "watsonx": "ibm.watsonx.ai", "ibm.watson.ai": "ibm.watsonx.ai", "ibm_watsonx": "ibm.watsonx.ai", "ibm.watsonx": "ibm.watsonx.ai",
	"mistral_ai": "mistral_ai", "mistral": "mistral_ai", "mistralai": "mistral_ai",
	"moonshot_ai": "moonshot_ai", "moonshot": "moonshot_ai", "moonshotai": "moonshot_ai",
	"perplexity": "perplexity", "perplexityai": "perplexity",
	"x_ai": "x_ai", "xai": "x_ai", "x.ai": "x_ai", "grok": "x_ai",
	"openrouter": "openrouter", "together_ai": "together_ai", "together": "together_ai", "togetherai": "together_ai",
	"fireworks": "fireworks", "fireworks_ai": "fireworks", "cerebras": "cerebras", "ollama": "ollama", "vllm": "vllm",
	"replicate": "replicate", "huggingface": "huggingface", "voyageai": "voyageai", "voyage": "voyageai", "jina": "jina", "ai21": "ai21",
	"deepinfra": "deepinfra", "deep_infra": "deepinfra", "alibaba_cloud": "alibaba_cloud", "dashscope": "alibaba_cloud", "alibaba": "alibaba_cloud",
	"minimax": "minimax", "zai": "zai", "nvidia": "nvidia", "databricks": "databricks", "snowflake": "snowflake", "elevenlabs": "elevenlabs",
	"deepgram": "deepgram", "sambanova": "sambanova", "baseten": "baseten", "github.copilot": "github.copilot",

	"langchain": "", "langgraph": "", "llamaindex": "", "llama_index": "", "crewai": "", "strands-agents": "", "strands": "", "haystack": "",
	"autogen": "", "semantic_kernel": "", "microsoft.agent_framework": "", "agent_framework": "", "mastra": "", "pydantic_ai": "", "agno": "",
	"litellm": "", "litellm_proxy": "", "unknown": "", "dspy": "", "smolagents": "", "openai_agents": "", "n8n": "", "flowise": "",
}

// KnownProvider reports whether the name is one of the spellings WatchLLM writes itself, for uses that need a bounded set.
func KnownProvider(name string) bool { return name != "" && providers[name] == name }

func normaliseProvider(name string) string {
	if name == "" {
		return ""
	}
	if p, ok := providers[name]; ok {
		return p
	}
	lower := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), " ", "_") // "Azure OpenAI"
	if p, ok := providers[lower]; ok {
		return p
	}
	// The AI SDK appends the API it speaks: openai.chat, anthropic.messages, google.vertex.chat, amazon-bedrock.converse.
	for rest := lower; ; {
		cut := strings.LastIndexByte(rest, '.')
		if cut <= 0 {
			return name
		}
		rest = rest[:cut]
		if p, ok := providers[rest]; ok {
			return p
		}
	}
}
