package pricing

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// with is the built-in book with a file of the user's.
func with(t testing.TB, own string) *Book {
	t.Helper()
	layers, err := builtIn()
	require.NoError(t, err)
	b, err := loadLayers(append(layers, layer{texts: textsOf(own), user: true}))
	require.NoError(t, err)
	return b
}

// said is who bills for a call by which model, in the status that says how sure that is.
func said(b *Book, c Call) string {
	c.Time, c.Usage = at("2026-11-01T00:00:00Z"), Usage{Input: n(1000), Output: n(10)}
	r := b.Price(&c)
	record, _, _ := strings.Cut(recordOf(r), "@20")
	if record == "" {
		return r.StatusText()
	}
	return record + " " + r.StatusText()
}

// The steps of "How a name finds its price" in docs/prices.md, in their order.
func TestWhoBills(t *testing.T) {
	b := with(t, `
provider: azure.ai.openai
spellings: [Corp-LLM, my.proxy, google]
hosts: {"llm.corp.example": , "*.gw.corp.example": , api.groq.com: }
prefixes: [corp/]
models:
  prod-chat: {like: azure.ai.openai/gpt-4.1, names: [prod-chat-eu]}
---
provider: local
hosts: {gpu.corp.example: }
---
provider: house
models: {house-1: {prices: [{mtok: {input: 1, output: 1}}]}}
`)
	for name, tc := range map[string]struct {
		call Call
		want string
	}{
		"a host of one's own":               {Call{Provider: "openai", ServerAddress: "llm.corp.example:443", RequestModel: "gpt-4.1"}, "azure.ai.openai/gpt-4.1 assumed:deployment_type"},
		"a pattern of one's own":            {Call{Provider: "anthropic", ServerAddress: "https://a.gw.corp.example/v1", RequestModel: "gpt-4.1"}, "azure.ai.openai/gpt-4.1 assumed:deployment_type"},
		"one's own host beats ours":         {Call{Provider: "groq", ServerAddress: "api.groq.com", RequestModel: "gpt-4.1"}, "azure.ai.openai/gpt-4.1 assumed:deployment_type"},
		"a host of one's own that is local": {Call{Provider: "openai", ServerAddress: "gpu.corp.example", RequestModel: "x"}, "local"},
		"a spelling of one's own":           {Call{Provider: "CORP-llm", RequestModel: "gpt-4.1"}, "azure.ai.openai/gpt-4.1 assumed:deployment_type"},
		"with the API after a dot":          {Call{Provider: "my.proxy.chat", RequestModel: "gpt-4.1"}, "azure.ai.openai/gpt-4.1 assumed:deployment_type"},
		"one's own spelling beats a host":   {Call{Provider: "corp-llm", ServerAddress: "api.openai.com", RequestModel: "gpt-4.1"}, "azure.ai.openai/gpt-4.1 assumed:deployment_type"},
		"a spelling taken from another":     {Call{Provider: "google", RequestModel: "gpt-4.1"}, "azure.ai.openai/gpt-4.1 assumed:deployment_type"},
		"a prefix of one's own":             {Call{Provider: "azure", RequestModel: "corp/gpt-4.1"}, "azure.ai.openai/gpt-4.1 assumed:deployment_type"},
		"a deployment":                      {Call{Provider: "azure", RequestModel: "prod-chat"}, "azure.ai.openai/prod-chat assumed:deployment_type"},
		"a deployment's other name":         {Call{Provider: "azure", RequestModel: "Prod-Chat-EU "}, "azure.ai.openai/prod-chat assumed:deployment_type"},
		"a deployment that nobody wrote":    {Call{Provider: "azure", RequestModel: "prod-chat-2"}, "unknown_model"},
		"a deployment by what answered":     {Call{Provider: "azure", RequestModel: "prod-chat-2", ResponseModel: "gpt-4.1-2025-04-14"}, "azure.ai.openai/gpt-4.1 assumed:deployment_type"},
		"a provider of one's own":           {Call{Provider: "house", RequestModel: "house-1"}, "house/house-1 exact"},
		"a provider of one's own, by name":  {Call{RequestModel: "house-1"}, "unknown_model"},

		"a host beats the name":          {Call{Provider: "openai", ServerAddress: "api.deepseek.com", RequestModel: "deepseek-v4-flash"}, "deepseek/deepseek-v4-flash exact"},
		"a host that another sells at":   {Call{Provider: "openai", ServerAddress: "api.mistral.ai", RequestModel: "gpt-4.1"}, "unknown_model"},
		"a name":                         {Call{Provider: "anthropic", RequestModel: "claude-opus-4-8"}, "anthropic/claude-opus-4-8 exact"},
		"a name at an unknown host":      {Call{Provider: "openai", ServerAddress: "proxy.example.com", RequestModel: "gpt-4.1"}, "openai/gpt-4.1 exact"},
		"a name in other letters":        {Call{Provider: " Anthropic.Messages ", RequestModel: "CLAUDE-Opus-4-8 "}, "anthropic/claude-opus-4-8 exact"},
		"a name that nobody knows":       {Call{Provider: "acme", RequestModel: "claude-opus-4-8"}, "unknown_model"},
		"a local server":                 {Call{Provider: "vllm", RequestModel: "claude-opus-4-8"}, "local"},
		"the model that answered":        {Call{Provider: "openai", RequestModel: "gpt-4.1", ResponseModel: "gpt-4.1-mini"}, "openai/gpt-4.1-mini exact"},
		"the model that was asked for":   {Call{Provider: "openai", RequestModel: "gpt-4.1", ResponseModel: "served-by-x"}, "openai/gpt-4.1 assumed:request_model"},
		"no name, one vendor's model":    {Call{RequestModel: "claude-opus-4-8"}, "anthropic/claude-opus-4-8 assumed:provider"},
		"no name, anybody's model":       {Call{RequestModel: "llama-3.3-70b-versatile"}, "unknown_model"},
		"a gateway, one vendor's model":  {Call{Provider: "langchain", RequestModel: "claude-opus-4-8"}, "anthropic/claude-opus-4-8 assumed:provider"},
		"OpenAI's protocol at home":      {Call{Provider: "openai", ServerAddress: "localhost:8000", RequestModel: "qwen3"}, "local"},
		"OpenAI's own model at home":     {Call{Provider: "openai", ServerAddress: "localhost:4000", RequestModel: "gpt-4.1"}, "openai/gpt-4.1 exact"},
		"OpenAI's next model at home":    {Call{Provider: "openai", ServerAddress: "localhost:4000", RequestModel: "gpt-99"}, "unknown_model"},
		"open weights by OpenAI's name":  {Call{Provider: "openai", ServerAddress: "proxy.example.com", RequestModel: "gpt-oss-120b"}, "unknown_model"},
		"a machine of one's own, nobody": {Call{ServerAddress: "10.0.0.7", RequestModel: "qwen3"}, "local"},
	} {
		assert.Equal(t, tc.want, said(b, tc.call), name)
	}
}

// Proxies take names that begin with who bills. Either that is who is charged for, or nobody: never the vendor of the model.
func TestRoutedNames(t *testing.T) {
	b := book(t)
	for _, provider := range []string{"litellm", "", "openai", "gateway"} {
		for name, want := range map[string]string{
			"azure/gpt-4.1":       "azure.ai.openai/gpt-4.1 assumed:deployment_type+provider",
			"Azure/gpt-4.1 ":      "azure.ai.openai/gpt-4.1 assumed:deployment_type+provider",
			"azure_ai/gpt-4.1":    "azure.ai.openai/gpt-4.1 assumed:deployment_type+provider",
			"azure/my-deployment": "unknown_model",
			"bedrock/us.anthropic.claude-opus-4-5-20251101-v1:0":    "aws.bedrock/claude-opus-4-5 assumed:provider",
			"bedrock/converse/anthropic.claude-opus-4-8":            "aws.bedrock/claude-opus-4-8 assumed:region+provider",
			"bedrock/unheard-of":                                    "unknown_model",
			"vertex_ai/claude-opus-4-5@20251101":                    "gcp.vertex_ai/claude-opus-4-5 assumed:region+provider",
			"vertex_ai/gemini-2.5-pro":                              "gcp.vertex_ai/gemini-2.5-pro assumed:provider",
			"gemini/gemini-2.5-pro":                                 "gcp.gemini/gemini-2.5-pro assumed:provider",
			"groq/llama-3.3-70b-versatile":                          "groq/llama-3.3-70b-versatile assumed:provider",
			"openrouter/anthropic/claude-opus-4.5:nitro":            "openrouter/anthropic/claude-opus-4.5 assumed:provider+route",
			"litellm_proxy/azure/gpt-4.1":                           "azure.ai.openai/gpt-4.1 assumed:deployment_type+provider",
			"litellm_proxy/claude-opus-4-8":                         "anthropic/claude-opus-4-8 assumed:provider",
			"ollama/claude-opus-4-8":                                "local",
			"hosted_vllm/gpt-4.1":                                   "local",
			"github_copilot/claude-opus-99":                         "unknown_model",
			"replicate/gpt-4.1":                                     "unknown_model",
			"azure":                                                 "unknown_model",
			"azure/":                                                "unknown_model",
			"/gpt-4.1":                                              "unknown_model",
			"litellm_proxy/litellm_proxy/litellm_proxy/azure/gpt-4": "unknown_model",
		} {
			assert.Equal(t, want, said(b, Call{Provider: provider, RequestModel: name}), "%q %s", provider, name)
		}
		// The answer's name says which model it was, not who bills.
		assert.Equal(t, "azure.ai.openai/gpt-4.1-mini assumed:deployment_type+provider",
			said(b, Call{Provider: provider, RequestModel: "azure/my-deployment", ResponseModel: "gpt-4.1-mini-2025-04-14"}))
		assert.Equal(t, "unknown_model", said(b, Call{Provider: provider, RequestModel: "groq/x", ResponseModel: "gpt-4.1"}))
		assert.Equal(t, "azure.ai.openai/gpt-4.1 assumed:deployment_type+provider", said(b, Call{Provider: provider, RequestModel: "best", ResponseModel: "azure/gpt-4.1"}))
	}
	assert.Equal(t, "azure.ai.openai/gpt-4.1 assumed:deployment_type", said(b, Call{Provider: "azure", RequestModel: "azure/gpt-4.1"}), "named twice")
	assert.Equal(t, "unknown_model", said(b, Call{Provider: "anthropic", RequestModel: "bedrock/anthropic.claude-opus-4-8"}), "the provider contradicts")
	assert.Equal(t, "unknown_model", said(b, Call{Provider: "openai", ServerAddress: "api.openai.com", RequestModel: "azure/gpt-4.1"}), "OpenAI knows no such name")
	assert.Equal(t, "aws.bedrock/amazon.nova-pro-v1:0 assumed:provider", said(b, Call{Provider: "openai", ServerAddress: "localhost:4000", RequestModel: "bedrock/amazon.nova-pro-v1:0"}),
		"a proxy on one's own machine is not a model there")
}

func TestARNs(t *testing.T) {
	const (
		profile     = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1B2c3d4e5f6"
		provisioned = "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abcdefghijkl"
		imported    = "arn:aws:bedrock:us-east-1:123456789012:imported-model/zzzzzzzzzzzz"
	)
	b := with(t, `
provider: aws.bedrock
models:
  search-profile: {like: aws.bedrock/claude-opus-4-5, names: ["`+profile+`"]}
  # The profile was made of a global one: no ten percent more.
  global-profile: {like: aws.bedrock/claude-opus-4-5, names: [glob4l1d], region: none}
  committed: {names: [abcdefghijkl], prices: [{mtok: {input: 0, output: 0}}]}
`)
	for name, want := range map[string]string{
		profile:                  "aws.bedrock/search-profile exact 5.5",
		strings.ToUpper(profile): "aws.bedrock/search-profile exact 5.5",
		"search-profile":         "aws.bedrock/search-profile assumed:region 5",
		"glob4l1d":               "aws.bedrock/global-profile exact 5",
		"arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/glob4l1d": "aws.bedrock/global-profile exact 5",
		provisioned: "aws.bedrock/committed exact 0",
		imported:    "unknown_model ",
		"arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/claude-opus-4-5":                         "unknown_model ",
		"arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-5-20251101-v1:0":                          "aws.bedrock/claude-opus-4-5 exact 5.5",
		"arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/anthropic.claude-opus-4-5-20251101-v1:0":               "aws.bedrock/claude-opus-4-5 exact 6",
		"arn:aws:bedrock:us-east-1:123456789012:inference-profile/global.anthropic.claude-opus-4-5-20251101-v1:0":      "aws.bedrock/claude-opus-4-5 exact 5",
		"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-5-20251101-v1:0":          "aws.bedrock/claude-opus-4-5 exact 5.5",
		"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-5-20251101-v1:0-and-more": "unknown_model ",
		"arn:aws:bedrock:us-east-1:123456789012:inference-profile/":                                                    "unknown_model ",
	} {
		r := b.Price(&Call{Provider: "aws.bedrock", RequestModel: name, Time: at("2026-11-01T00:00:00Z"), Usage: Usage{Input: n(1_000_000), Output: n(0)}})
		got := strings.TrimPrefix(strings.Split(recordOf(r), "@")[0]+" "+r.StatusText()+" "+r.Amount.String(), " ")
		assert.Equal(t, want, got, name)
	}
}

// A place's rule comes with the model that another of the same provider is like.
func TestDeploymentsHaveTheirModelsRegions(t *testing.T) {
	b := with(t, "provider: azure.ai.openai\nmodels:\n  prod: {like: azure.ai.openai/gpt-4.1}\n  flat: {like: azure.ai.openai/gpt-4.1, region: none}\n")
	for model, want := range map[string]string{"gpt-4.1": "2.2", "prod": "2.2", "flat": "2"} {
		r := b.Price(&Call{Provider: "azure", RequestModel: model, Region: "data_zone", Time: july, Usage: Usage{Input: n(1_000_000), Output: n(0)}})
		assert.Equal(t, want, r.Amount.String(), model)
	}
}

func TestBadProvidersAreRefused(t *testing.T) {
	ours := head + "spellings: [tester]\n---\nprovider: second\n"
	for name, tc := range map[string]struct{ own, want string }{
		"a name of ours as a spelling":   {"provider: second\nspellings: [test]\n", `spelling "test" is the name of another provider: say by hosts`},
		"a spelling of ours as provider": {"provider: tester\n", `provider "tester" is a spelling of provider test: write that`},
		"a route to nobody":              {"provider: second\nroutes: [nobody]\n", `routes: "nobody": no provider has this spelling`},
	} {
		_, err := tryLoad(ours, tc.own)
		assert.ErrorContains(t, err, tc.want, name)
	}
}

// What stands behind a known name makes it another: only what docs/prices.md lists may follow.
func TestMutatedNamesMiss(t *testing.T) {
	b := book(t)
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	r := rand.New(rand.NewPCG(31, 32))
	checked := 0
	for _, p := range b.providers {
		for name, m := range p.models {
			for range 3 {
				more := make([]byte, 1+r.IntN(6))
				for i := range more {
					more[i] = letters[r.IntN(len(letters))]
				}
				tail := string(more)
				if r.IntN(2) == 0 {
					tail = "-" + tail
				}
				mutated := name + tail
				if p.models[mutated] != nil || decorated(p, mutated) {
					continue
				}
				checked++
				require.Nil(t, p.find(mutated).model, "%s: %q is not %s", p.name, mutated, m.id)
			}
		}
	}
	require.Greater(t, checked, 10_000)
}

// decorated reports whether a name ends in something that may follow any name.
func decorated(p *provider, name string) bool {
	_, dated := dropDate(name)
	return dated || strings.HasSuffix(name, "-latest") || strings.HasSuffix(name, "-preview") ||
		slices.ContainsFunc(p.suffixes, func(s suffix) bool { return strings.HasSuffix(name, s.text) })
}

func FuzzMutatedName(f *testing.F) {
	f.Add(uint(1), "x")
	f.Add(uint(2), "-20250101")
	f.Add(uint(3), "0")
	b := book(f)
	type known struct {
		p    *provider
		name string
	}
	var names []known
	for _, name := range b.ProviderNames() {
		p := b.providers[name]
		var models []string
		for m := range p.models {
			models = append(models, m)
		}
		slices.Sort(models)
		for _, m := range models {
			names = append(names, known{p, m})
		}
	}
	f.Fuzz(func(t *testing.T, i uint, tail string) {
		k := names[i%uint(len(names))]
		for _, c := range tail {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return
			}
		}
		mutated := k.name + tail
		if tail == "" || k.p.models[mutated] != nil || decorated(k.p, mutated) {
			return
		}
		if m := k.p.find(mutated).model; m != nil {
			t.Fatalf("%s: %q is priced as %s", k.p.name, mutated, m.id)
		}
	})
}
