package pricing

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNames(t *testing.T) {
	for _, tc := range []struct{ provider, name, want string }{
		{"openai", "gpt-4o-mini", "openai/gpt-4o-mini"},
		{"openai", "GPT-4o-Mini", "openai/gpt-4o-mini"},
		{"openai", " gpt-4o-mini ", "openai/gpt-4o-mini"},
		{"openai", "openai/gpt-4o-mini", "openai/gpt-4o-mini"},
		{"openai", "gpt-4o-mini-2024-07-18", "openai/gpt-4o-mini"},
		{"openai", "gpt-5-mini-2026-03-01", "openai/gpt-5-mini"},
		{"openai", "gpt-5.2-chat-latest", "openai/gpt-5.2"},
		{"openai", "ft:gpt-4.1-2025-04-14:acme::B1xYz", "openai/ft:gpt-4.1-2025-04-14"},
		{"openai", "ft:gpt-4.1-2025-04-14:acme:suffix:B1xYz", "openai/ft:gpt-4.1-2025-04-14"},
		{"openai", "ft:gpt-3.5-turbo:acme::x", "openai/ft:gpt-3.5-turbo"},
		{"azure", "gpt-4o-mini-2024-07-18.ft-0123", "azure.ai.openai/ft:gpt-4o-mini-2024-07-18"},
		{"azure", "gpt-35-turbo", "azure.ai.openai/gpt-3.5-turbo"},
		{"anthropic", "claude-opus-4-5-20251101", "anthropic/claude-opus-4-5"},
		{"anthropic", "claude-3-5-haiku-latest", "anthropic/claude-3-5-haiku"},
		{"anthropic", "claude-sonnet-4-20250514", "anthropic/claude-sonnet-4-0"},
		{"anthropic", "anthropic/claude-opus-4.8", "anthropic/claude-opus-4-8"},
		{"anthropic", "claude-opus-4-8[1m]", "anthropic/claude-opus-4-8"},
		{"gcp.gemini", "models/gemini-2.5-flash", "gcp.gemini/gemini-2.5-flash"},
		{"google", "gemini/gemini-2.5-flash", "gcp.gemini/gemini-2.5-flash"},
		{"gcp.vertex_ai", "publishers/google/models/gemini-2.5-pro", "gcp.vertex_ai/gemini-2.5-pro"},
		{"gcp.vertex_ai", "projects/p/locations/us-east5/publishers/anthropic/models/claude-opus-4-5@20251101", "gcp.vertex_ai/claude-opus-4-5"},
		{"gcp.vertex_ai", "claude-opus-4-6@default", "gcp.vertex_ai/claude-opus-4-6"},
		{"bedrock", "us.amazon.nova-pro-v1:0", "aws.bedrock/amazon.nova-pro-v1:0"},
		{"bedrock", "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-5-sonnet-20240620-v1:0", "aws.bedrock/claude-3-5-sonnet"},
		{"xai", "xai/grok-4.20-0309-reasoning", "xai/grok-4.20"},
		{"mistral", "open-mistral-nemo-2407", "mistral_ai/open-mistral-nemo"},

		// Guesses that would misprice have to miss.
		{"openai", "gpt-4o-transcribe-next", ""},
		{"openai", "gpt-4", "openai/gpt-4"},
		{"openai", "gpt-4-something", ""},
		{"openai", "gpt-4o-2024-13-45", ""},
		{"openai", "gpt-oss-120b", ""},
		{"openai", "ft:gpt-9:acme::x", ""},
		{"openai", "meta-llama/gpt-4o-mini", ""},
		{"anthropic", "claude-opus-5-6", ""},
		{"anthropic", "claude-opus-4-8@preview", ""},
		{"bedrock", "amazon.titan-embed-text-v3:0", ""},
		{"bedrock", "arn:aws:bedrock:us-east-1:1:provisioned-model/x", ""},
		{"bedrock", "arn:aws:bedrock", ""},
		{"gcp.gemini", "tunedModels/my-gemini-2.5-flash", ""},
		{"gcp.gemini", "models/", ""},
		{"openai", "", ""},
		{"openai", "-", ""},
		{"openai", "@", ""},
		{"openai", "ft:", ""},
		{"openai", "-2024-01-01", ""},
		{"openai", strings.Repeat("gpt-4o", 1000), ""},
	} {
		got := ""
		if m := book(t).providerNamed(tc.provider).find(tc.name).model; m != nil {
			got = m.id
		}
		assert.Equal(t, tc.want, got, "%s %q", tc.provider, tc.name)
	}
}

func TestSnapshotsWithPricesOfTheirOwn(t *testing.T) {
	c := Call{Provider: "openai", RequestModel: "gpt-4o-2026-01-01", Time: july, Usage: Usage{Input: n(1000), Output: n(0)}}
	r := book(t).Price(&c)
	assert.Equal(t, "assumed:snapshot", r.StatusText(), "gpt-4o's snapshots have not all cost the same")
	c.RequestModel = "gpt-5-mini-2026-03-01"
	r = book(t).Price(&c)
	assert.Equal(t, "exact", r.StatusText())
}

func TestProviderSpellings(t *testing.T) {
	for spelling, want := range map[string]string{
		"openai": "openai", "OpenAI": "openai", "openai.responses": "openai", "openai.chat": "openai",
		"az.ai.openai": "azure.ai.openai", "azure-openai.responses": "azure.ai.openai", "azure.ai.inference": "azure.ai.openai",
		"anthropic.messages": "anthropic", "google.generative-ai": "gcp.gemini", "google_genai": "gcp.gemini", "gcp.gen_ai": "gcp.gemini",
		"google.vertex.chat": "gcp.vertex_ai", "vertex_ai": "gcp.vertex_ai", "amazon-bedrock": "aws.bedrock", "aws_bedrock": "aws.bedrock",
		"mistral": "mistral_ai", "x_ai": "xai", "xai.chat": "xai", "deepseek": "deepseek", "vllm": "local", "langchain": "gateway",
		"acme": "", "acme.chat": "", "": "", ".": "", "openaix": "",
	} {
		got := ""
		if p := book(t).providerNamed(spelling); p != nil {
			got = p.name
		}
		assert.Equal(t, want, got, spelling)
	}
}

func TestHostNames(t *testing.T) {
	for in, want := range map[string]string{
		"api.openai.com": "api.openai.com", "API.openai.com:443": "api.openai.com", "https://api.openai.com/v1/": "api.openai.com",
		"http://user:pw@host:1/x": "host", "[::1]:8000": "::1", "::1": "::1", "127.0.0.1:11434": "127.0.0.1", "host.": "host", "": "", "[": "[",
	} {
		assert.Equal(t, want, hostName(in), in)
	}
}

func TestLocalHosts(t *testing.T) {
	for _, host := range []string{
		"localhost", "127.0.0.1", "127.8.9.1", "::1", "10.1.2.3", "192.168.1.4", "172.16.0.1", "169.254.1.1", "fd00::1", "fe80::1", "0.0.0.0",
		"host.docker.internal", "ollama", "vllm.default.svc", "vllm.ml.svc.cluster.local", "box.lan", "::ffff:10.0.0.1",
	} {
		assert.True(t, localHost(host), host)
	}
	for _, host := range []string{"", "api.openai.com", "8.8.8.8", "172.32.0.1", "2001:db8::1", "example.localhost.com", "1.2.3"} {
		assert.False(t, localHost(host), host)
	}
}

func TestHostsSayWhoBills(t *testing.T) {
	price := func(provider, host, model string) Result {
		return book(t).Price(&Call{Provider: provider, ServerAddress: host, RequestModel: model, Time: july, Usage: Usage{Input: n(1000), Output: n(0)}})
	}
	assert.Equal(t, "deepseek/deepseek-v4-flash@2026-04-26", recordOf(price("openai", "api.deepseek.com", "deepseek-v4-flash")), "a client library's protocol is not who bills")
	assert.Equal(t, "azure.ai.openai/gpt-4.1@2025-04-14", recordOf(price("openai", "acme.openai.azure.com", "gpt-4.1")))
	assert.Equal(t, StatusUnknownModel, price("openai", "api.groq.com", "gpt-4.1").Status)
	assert.Equal(t, "openai/gpt-4.1@2025-04-14", recordOf(price("openai", "llm-proxy.example.com", "gpt-4.1")))
}

// Names come from clients: they must not stay in memory, nor alias the request they came in.
func TestResolveCacheIsBounded(t *testing.T) {
	b := load(t, "provider: test\nsource: {page: p, read: \"2026-01-02\"}\nmodels: {m: {prices: [{mtok: {input: 1, output: 1}}]}}\n")
	c := Call{Provider: "test", Time: july, Usage: Usage{Input: n(1), Output: n(1)}}
	for i := range 3 * cacheSlots {
		c.RequestModel = "m" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676%26))
		assert.Equal(t, StatusUnknownModel, b.Price(&c).Status)
	}
	c.RequestModel = strings.Repeat("m", maxCached)
	first := b.resolve(&c)
	assert.NotSame(t, first, b.resolve(&c), "absurdly long names are not kept")

	text := []byte("m-and-the-rest-of-the-request")
	c.RequestModel = string(text[:1])
	assert.Same(t, b.resolve(&c), b.resolve(&c))
	c.Usage.Input = n(2)
	assert.Equal(t, StatusExact, b.Price(&c).Status)
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"gpt-4o", "ft:gpt-4o:x::y", "arn:aws:bedrock:a:b:inference-profile/us.x", "models/x", "a@b", "us.", "-20250101"} {
		f.Add("bedrock", s, "host:1")
	}
	b := book(f)
	f.Fuzz(func(t *testing.T, provider, name, host string) {
		c := Call{Provider: provider, RequestModel: name, ServerAddress: host, Usage: Usage{Input: n(1), Output: n(1)}}
		if r := b.Price(&c); r.Amount.Known && r.Amount.Pico < 0 {
			t.Fatal("negative")
		}
	})
}
