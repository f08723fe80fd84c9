package imports

import "strings"

// A seller says where the models of one of a table's providers belong.
type seller struct {
	provider string   // in this book
	prefixes []string // of the table's own making; empty: names carry none
	bare     bool     // names without the prefix are this seller's too
	suffix   string   // what clients write behind a name to choose this seller
	// thinkingReprices is set where the price of reasoning is the price of the whole answer of a call that reasons.
	thinkingReprices bool
	plain            bool // names with a slash or a colon are regions, sizes, and what routers sell under this seller's name
	// skip are beginnings of names that are left out: places, which the curated rules price ("us.", "eu."), and what others sell.
	skip []string
}

// openWeights are models that OpenAI made and does not serve: its name on a call to them means somebody else's server.
var openWeights = []string{"gpt-oss"}

// stepModels are image models of Fireworks, billed by the step; a table has the price of a step as that of a token.
var stepModels = []string{"accounts/fireworks/models/flux-", "flux-"}

var bedrockGeos = []string{"in.", "us.", "eu.", "apac.", "jp.", "au.", "ca.", "global.", "us-gov.", "sa.", "ap.", "amer."}

// litellmSellers maps litellm_provider. A provider that is not here is not imported.
var litellmSellers = map[string]seller{
	"openai":                        {provider: "openai", plain: true, prefixes: []string{"openai/"}, bare: true, skip: openWeights},
	"text-completion-openai":        {provider: "openai", bare: true},
	"azure":                         {provider: "azure.ai.openai", plain: true, prefixes: []string{"azure/"}, skip: []string{"us/", "eu/", "global/", "global-standard/"}},
	"azure_ai":                      {provider: "azure.ai.openai", plain: true, prefixes: []string{"azure_ai/"}},
	"anthropic":                     {provider: "anthropic", plain: true, prefixes: []string{"anthropic/"}, bare: true},
	"gemini":                        {provider: "gcp.gemini", plain: true, prefixes: []string{"gemini/"}},
	"vertex_ai":                     {provider: "gcp.vertex_ai", prefixes: []string{"vertex_ai/"}},
	"vertex_ai-language-models":     {provider: "gcp.vertex_ai", prefixes: []string{"vertex_ai/"}, bare: true},
	"vertex_ai-embedding-models":    {provider: "gcp.vertex_ai", prefixes: []string{"vertex_ai/"}, bare: true},
	"vertex_ai-image-models":        {provider: "gcp.vertex_ai", prefixes: []string{"vertex_ai/"}, bare: true},
	"vertex_ai-anthropic_models":    {provider: "gcp.vertex_ai", prefixes: []string{"vertex_ai/"}},
	"vertex_ai-mistral_models":      {provider: "gcp.vertex_ai", prefixes: []string{"vertex_ai/"}},
	"vertex_ai-llama_models":        {provider: "gcp.vertex_ai", prefixes: []string{"vertex_ai/"}},
	"vertex_ai-deepseek_models":     {provider: "gcp.vertex_ai", prefixes: []string{"vertex_ai/"}},
	"vertex_ai-qwen_models":         {provider: "gcp.vertex_ai", prefixes: []string{"vertex_ai/"}},
	"vertex_ai-openai_models":       {provider: "gcp.vertex_ai", prefixes: []string{"vertex_ai/"}},
	"vertex_ai-ai21_models":         {provider: "gcp.vertex_ai", prefixes: []string{"vertex_ai/"}},
	"vertex_ai-zai_models":          {provider: "gcp.vertex_ai", prefixes: []string{"vertex_ai/"}},
	"vertex_ai-minimax_models":      {provider: "gcp.vertex_ai", prefixes: []string{"vertex_ai/"}},
	"vertex_ai-moonshot_models":     {provider: "gcp.vertex_ai", prefixes: []string{"vertex_ai/"}},
	"bedrock":                       {provider: "aws.bedrock", prefixes: []string{"bedrock/"}, bare: true, skip: bedrockGeos},
	"bedrock_converse":              {provider: "aws.bedrock", prefixes: []string{"bedrock/"}, bare: true, skip: bedrockGeos},
	"mistral":                       {provider: "mistral_ai", plain: true, prefixes: []string{"mistral/"}},
	"codestral":                     {provider: "mistral_ai", prefixes: []string{"codestral/"}},
	"deepseek":                      {provider: "deepseek", plain: true, prefixes: []string{"deepseek/"}, bare: true},
	"xai":                           {provider: "xai", plain: true, prefixes: []string{"xai/"}},
	"cohere":                        {provider: "cohere", plain: true, prefixes: []string{"cohere/"}, bare: true},
	"cohere_chat":                   {provider: "cohere", plain: true, prefixes: []string{"cohere/"}, bare: true},
	"groq":                          {provider: "groq", prefixes: []string{"groq/"}},
	"together_ai":                   {provider: "together_ai", prefixes: []string{"together_ai/"}},
	"fireworks_ai":                  {provider: "fireworks_ai", prefixes: []string{"fireworks_ai/"}, skip: stepModels},
	"fireworks_ai-embedding-models": {provider: "fireworks_ai", prefixes: []string{"fireworks_ai/"}},
	"perplexity":                    {provider: "perplexity", prefixes: []string{"perplexity/"}},
	"dashscope":                     {provider: "alibaba_cloud", prefixes: []string{"dashscope/"}, thinkingReprices: true},
	"moonshot":                      {provider: "moonshot_ai", prefixes: []string{"moonshot/"}},
	"zai":                           {provider: "zai", prefixes: []string{"zai/"}},
	"minimax":                       {provider: "minimax", prefixes: []string{"minimax/"}},
	"nvidia_nim":                    {provider: "nvidia", prefixes: []string{"nvidia_nim/"}},
	"cerebras":                      {provider: "cerebras", prefixes: []string{"cerebras/"}},
	"deepinfra":                     {provider: "deepinfra", prefixes: []string{"deepinfra/"}},
	"voyage":                        {provider: "voyageai", prefixes: []string{"voyage/"}},
	"jina_ai":                       {provider: "jina_ai", prefixes: []string{"jina_ai/"}, bare: true},
	"elevenlabs":                    {provider: "elevenlabs", prefixes: []string{"elevenlabs/"}},
	"deepgram":                      {provider: "deepgram", prefixes: []string{"deepgram/"}},
	"watsonx":                       {provider: "ibm.watsonx.ai", prefixes: []string{"watsonx/"}},
	"databricks":                    {provider: "databricks", prefixes: []string{"databricks/"}},
	"snowflake":                     {provider: "snowflake", prefixes: []string{"snowflake/"}},
	"baseten":                       {provider: "baseten", prefixes: []string{"baseten/"}},
	"sambanova":                     {provider: "sambanova", prefixes: []string{"sambanova/"}},
	"ai21":                          {provider: "ai21", prefixes: []string{"ai21/"}, bare: true},
	"github_copilot":                {provider: "github.copilot", prefixes: []string{"github_copilot/"}},
	"novita":                        {provider: "novita", prefixes: []string{"novita/"}},
	"nebius":                        {provider: "nebius", prefixes: []string{"nebius/"}},
	"hyperbolic":                    {provider: "hyperbolic", prefixes: []string{"hyperbolic/"}},
	"assemblyai":                    {provider: "assemblyai", prefixes: []string{"assemblyai/"}},
	"openrouter":                    {provider: "openrouter", prefixes: []string{"openrouter/"}},
	"cloudflare":                    {provider: "cloudflare", prefixes: []string{"cloudflare/"}},
	"vercel_ai_gateway":             {provider: "vercel.ai_gateway", prefixes: []string{"vercel_ai_gateway/"}},
	"oci":                           {provider: "oci", prefixes: []string{"oci/"}},
	"replicate":                     {provider: "replicate", prefixes: []string{"replicate/"}},
	"nscale":                        {provider: "nscale", prefixes: []string{"nscale/"}},
	"lambda_ai":                     {provider: "lambda_ai", prefixes: []string{"lambda_ai/"}},
	"friendliai":                    {provider: "friendliai", prefixes: []string{"friendliai/"}},
	"crusoe":                        {provider: "crusoe", prefixes: []string{"crusoe/"}},
	"ovhcloud":                      {provider: "ovhcloud", prefixes: []string{"ovhcloud/"}},
	"scaleway":                      {provider: "scaleway", prefixes: []string{"scaleway/"}},
	"gmi":                           {provider: "gmi", prefixes: []string{"gmi/"}},
	"inception":                     {provider: "inception", prefixes: []string{"inception/"}},
	"morph":                         {provider: "morph", prefixes: []string{"morph/"}},
	"meta":                          {provider: "meta", prefixes: []string{"meta/"}},
}

// genaiSellers maps the provider ids of genai-prices.
var genaiSellers = map[string]seller{
	"openai":         {provider: "openai", plain: true, skip: openWeights},
	"anthropic":      {provider: "anthropic", plain: true},
	"google":         {provider: "gcp.gemini", plain: true, skip: []string{"claude"}},
	"azure":          {provider: "azure.ai.openai", plain: true},
	"aws":            {provider: "aws.bedrock", skip: append([]string{"regional."}, bedrockGeos...)},
	"mistral":        {provider: "mistral_ai", plain: true},
	"x-ai":           {provider: "xai", plain: true},
	"cohere":         {provider: "cohere", plain: true},
	"groq":           {provider: "groq"},
	"together":       {provider: "together_ai"},
	"fireworks":      {provider: "fireworks_ai"},
	"perplexity":     {provider: "perplexity"},
	"moonshotai":     {provider: "moonshot_ai"},
	"zai":            {provider: "zai"},
	"minimax":        {provider: "minimax"},
	"cerebras":       {provider: "cerebras", prefixes: []string{"cerebras/", "cerebras:"}},
	"voyageai":       {provider: "voyageai"},
	"elevenlabs":     {provider: "elevenlabs"},
	"databricks":     {provider: "databricks"},
	"baseten":        {provider: "baseten"},
	"github-copilot": {provider: "github.copilot"},
	"openrouter":     {provider: "openrouter"},
	"novita":         {provider: "novita"},
	"cloudflare":     {provider: "cloudflare"},
	"ovhcloud":       {provider: "ovhcloud"},
	"arcee":          {provider: "arcee"},
	"cursor":         {provider: "cursor"},

	// The router takes what the chosen server takes; clients choose it behind the model's name.
	"huggingface_cerebras":     {provider: "huggingface", suffix: ":cerebras"},
	"huggingface_fireworks-ai": {provider: "huggingface", suffix: ":fireworks-ai"},
	"huggingface_groq":         {provider: "huggingface", suffix: ":groq"},
	"huggingface_hyperbolic":   {provider: "huggingface", suffix: ":hyperbolic"},
	"huggingface_nebius":       {provider: "huggingface", suffix: ":nebius"},
	"huggingface_novita":       {provider: "huggingface", suffix: ":novita"},
	"huggingface_nscale":       {provider: "huggingface", suffix: ":nscale"},
	"huggingface_ovhcloud":     {provider: "huggingface", suffix: ":ovhcloud"},
	"huggingface_publicai":     {provider: "huggingface", suffix: ":publicai"},
	"huggingface_sambanova":    {provider: "huggingface", suffix: ":sambanova"},
	"huggingface_together":     {provider: "huggingface", suffix: ":together"},
}

// name is what a client calls the model that the table has under key; ok is false for keys that are no model's name: prices of one
// region, size or deployment, which the rules of the curated lists stand for.
func (s seller) name(key string) (name string, ok bool) {
	for _, p := range s.prefixes {
		if rest, found := strings.CutPrefix(key, p); found {
			return s.clean(rest)
		}
	}
	if !s.bare || strings.HasPrefix(key, "openrouter/") {
		return "", false
	}
	return s.clean(key)
}

func (s seller) clean(name string) (string, bool) {
	name = strings.ToLower(name)
	for _, p := range s.prefixes {
		name = strings.TrimPrefix(name, p)
	}
	for _, r := range s.skip {
		if strings.HasPrefix(name, r) {
			return "", false
		}
	}
	if s.provider == "aws.bedrock" && (strings.Contains(name, "/") || !strings.Contains(name, ".")) {
		return "", false // a region's or a commitment's copy, or a name without the vendor that every id has
	}
	if s.provider == "openrouter" && !strings.Contains(name, "/") {
		return "", false // its slugs name the vendor
	}
	// Clients send paths; names are looked up without what leads to the model.
	if i := strings.LastIndex("/"+name, "/models/"); i >= 0 {
		name = name[i+len("models/"):]
	}
	first, _, _ := strings.Cut(name, "/")
	switch {
	case name == "", strings.HasSuffix(name, "-"), strings.HasSuffix(name, "@"), strings.Contains(name, "%"), s.plain && strings.ContainsAny(name, "/:"),
		strings.HasPrefix(name, "ft:"), strings.HasSuffix(name, "/*"), strings.Contains(name, "*"),
		strings.Contains(first, "-x-"), first == "standard", first == "hd", first == "low", first == "medium", first == "high", first == "auto",
		strings.HasSuffix(first, "-steps"), first == "container":
		return "", false
	}
	return name + s.suffix, true
}
